import { createConnection } from 'mysql2'
import type { Connection } from 'mysql2'
import type { Duplex } from 'node:stream'
import { mysqlFailure } from './mysql-errors.ts'
import { openFramed } from './mysql-framing.ts'
import type { Framed } from './mysql-framing.ts'

export type MysqlTarget = {
  readonly backend: string
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string
  /** Null: no TLS. `ca`: PEM, in place of the authorities that Node knows. The server's name is always verified. */
  readonly tls: { readonly ca?: string | undefined } | null
  readonly maxResponseBytes: number
}

export type MysqlParam = string | number | null

/** One connection, on which one statement runs at a time. */
export type MysqlConnection = {
  /** By which another connection can end what runs here. */
  readonly threadId: number
  /** False once it has ended, for whatever reason. */
  readonly isUsable: boolean
  /** Rows as objects. Throws what `fuse/errors.ts` has; an abort of the signal ends the connection. */
  execute(sql: string, params: readonly MysqlParam[], signal: AbortSignal, abortedAs: () => Error): Promise<readonly unknown[]>
  destroy(): void
}

const connectMs = 2_000

/** As many prepared statements as one connection keeps on the server; the longest unused is closed. */
const preparedStatements = 32

/**
 * Connects, logs in and makes the session read-only, before anything else: from then on the server itself refuses every write, whatever the account
 * may do (MySQL 5.6.5, MariaDB 10.0). An abort of the signal ends the attempt and its socket; `abortedAs` is what it is thrown as.
 */
export const connectMysql = async (target: MysqlTarget, signal: AbortSignal, abortedAs: () => Error): Promise<MysqlConnection> => {
  if (signal.aborted) throw abortedAs()
  const framed = openFramed(target.backend, target, target.maxResponseBytes)
  const driver = createConnection(driverOptions(target, framed.stream))
  // Every command has a callback that is told too; without a listener the event would end the process.
  driver.on('error', () => {})
  const connection = present(target, driver, framed)
  try {
    await endedBy(signal, framed.stream, abortedAs, () =>
      settle(target.backend, framed, (done) => driver.query('SET SESSION TRANSACTION READ ONLY', (error) => done(error))))
    return connection
  } catch (error) {
    connection.destroy()
    throw error
  }
}

const driverOptions = ({ host, port, database, user, password, tls }: MysqlTarget, stream: Duplex) => ({
  host, port, database, user, password,
  stream: () => stream,
  ...(tls && { ssl: { rejectUnauthorized: true, verifyIdentity: true, ...(tls.ca === undefined ? {} : { ca: tls.ca }) } }),
  connectTimeout: connectMs,
  charset: 'utf8mb4',
  multipleStatements: false,
  flags: ['-LOCAL_FILES'],
  // Dates as the database writes them: they are local times of the backend's, not of this process.
  dateStrings: true,
  supportBigNumbers: true,
  bigNumberStrings: true,
  jsonStrings: true,
  maxPreparedStatements: preparedStatements,
  // The driver would write code around the names of columns, and run it.
  disableEval: true,
})

const present = ({ backend }: MysqlTarget, driver: Connection, framed: Framed): MysqlConnection => ({
  get threadId() { return driver.threadId },
  get isUsable() { return !framed.stream.destroyed && !framed.stream.readableEnded },
  execute: (sql, params, signal, abortedAs) =>
    endedBy(signal, framed.stream, abortedAs, async () => {
      const result = await settle(backend, framed, (done) => driver.execute(sql, [...params], (error, found) => done(error, found)))
      const rows: readonly unknown[] = Array.isArray(result) ? result : []
      return rows
    }),
  destroy: () => void framed.stream.destroy(),
})

/** Runs `work` with a signal that destroys the stream; whatever it then fails with, it was the abort. */
const endedBy = async <T>(signal: AbortSignal, stream: Duplex, abortedAs: () => Error, work: () => Promise<T>): Promise<T> => {
  if (signal.aborted) throw abortedAs()
  const abort = () => void stream.destroy(abortedAs())
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

type Done = (error: Error | null, value?: unknown) => void

/** A command's end, or the connection's. The driver forgets some commands when the connection goes, and tells others twice. */
const settle = async (backend: string, { stream, expectAnswers }: Framed, start: (done: Done) => unknown): Promise<unknown> => {
  expectAnswers(true)
  const ended = Promise.withResolvers<unknown>()
  const fail = (error: unknown) => ended.reject(mysqlFailure(backend, stream.errored ?? error))
  const lost = () => fail(new Error('the connection was closed'))
  stream.once('close', lost)
  start((error, value) => (error ? fail(error) : ended.resolve(value)))
  try {
    return await ended.promise
  } finally {
    stream.off('close', lost)
    expectAnswers(false)
  }
}
