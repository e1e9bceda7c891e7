import { isIP } from 'node:net'
import { z } from 'zod'
import type { CallOptions } from '../call.ts'
import { Overloaded, Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { abortedAs } from './http.ts'
import { connectMysql } from './mysql-connection.ts'
import type { MysqlConnection, MysqlParam, MysqlTarget } from './mysql-connection.ts'

export type { MysqlParam } from './mysql-connection.ts'

/** What `options` says to the wire; an adapter adds its own. */
export const mysqlOptions = z.strictObject({
  user: z.string().min(1).max(80),
  password: z.string().default(''),
  /** `true`, or the PEM of the authority that signed the server's certificate. Both certificate and host name are verified. */
  tls: z.union([z.boolean(), z.strictObject({ ca: z.string().min(1) })]).default(false),
  /** Connections at most. */
  poolSize: z.int().min(1).max(64).default(8),
  /** Statements at most that wait for a connection. */
  queueSize: z.int().min(0).max(10_000).default(1_000),
})

export type MysqlOptions = z.infer<typeof mysqlOptions>

/** MySQL and MariaDB, for reading. */
export type MysqlWire = AsyncDisposable & {
  /**
   * Runs one prepared statement; its rows are objects by column, dates are texts, integers of 64 bits too, and binary columns are Buffers.
   * The text of the statement must be of ours: what comes from outside goes into `params`.
   *
   * Throws `Unreachable` (no connection, or one that broke, also in the midst of a result), `Faulted` (too many connections, shutdown, deadlock, lock
   * wait, resources), `Refused` (log-in, rights, a write), `Malformed` (a schema that does not match, a result of more than
   * `maxResponseBytes`, another protocol), `Overloaded` (the queue is full), `TimedOut` or `Cancelled`.
   */
  query(sql: string, params: readonly MysqlParam[], opt: CallOptions): Promise<readonly unknown[]>
}

const maxParamBytes = 1024 * 1024
const idleMs = 60_000
const killMs = 2_000
const maxKills = 64

/**
 * A pool of connections, opened when needed. A call that is aborted rejects at once and its connection is destroyed, never given to another; the
 * server would go on with the statement until it has something to send, so that another, short connection ends it with KILL. A limit set beforehand,
 * such as max_statement_time, would have to know each call's deadline, says nothing of callers who hang up, and MySQL has another name for it.
 */
export const openMysqlWire = (settings: BackendSettings, options: MysqlOptions): MysqlWire => {
  const target = readTarget(settings, options)
  const { name } = settings
  const closing = new AbortController()
  const slots = openSlots(name, options.poolSize, options.queueSize)
  const idle = openIdle()
  const kills = openKills(target, closing.signal)
  const run = async (sql: string, params: readonly MysqlParam[], signal: AbortSignal): Promise<readonly unknown[]> => {
    const aborted = () => abortedAs(name, signal)
    const connection = idle.take() ?? (await connectMysql(target, signal, aborted))
    try {
      return await connection.execute(sql, params, signal, aborted)
    } finally {
      if (signal.aborted && !connection.isUsable) kills.add(connection)
      idle.give(connection)
    }
  }
  return {
    query: async (sql, params, { signal }) => {
      const bytes = params.reduce<number>((sum, param) => sum + (typeof param === 'string' ? Buffer.byteLength(param) : 0), 0)
      if (bytes > maxParamBytes) throw new Refused(name, `parameters of more than ${maxParamBytes} bytes`)
      const either = AbortSignal.any([signal, closing.signal])
      await slots.take(either, () => abortedAs(name, either))
      try {
        return await run(sql, params, either)
      } finally {
        slots.give()
      }
    },
    [Symbol.asyncDispose]: async () => {
      closing.abort()
      idle.close()
    },
  }
}

const readTarget = ({ name, url, maxResponseBytes }: BackendSettings, { user, password, tls }: MysqlOptions): MysqlTarget => {
  const { protocol, hostname, port, pathname } = new URL(url)
  const database = decodeURIComponent(pathname.slice(1))
  if (protocol !== 'mysql:' || hostname === '' || database === '') throw new Error(`backends.${name}.url: expected mysql://host:port/database`)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  // The driver would take a certificate of `localhost` for that of any address.
  if (tls !== false && isIP(host) !== 0) throw new Error(`backends.${name}.url: expected a host name, which TLS verifies, and not an address`)
  return {
    backend: name,
    host,
    port: port === '' ? 3306 : Number(port),
    database, user, password,
    tls: typeof tls === 'boolean' ? (tls ? {} : null) : tls,
    maxResponseBytes,
  }
}

/** As many at once, and as many more who wait in the order of their coming. */
const openSlots = (backend: string, size: number, queueSize: number) => {
  let free = size
  const waiting = new Set<() => void>()
  return {
    take: async (signal: AbortSignal, aborted: () => Error): Promise<void> => {
      if (signal.aborted) throw aborted()
      if (free > 0) return void (free -= 1)
      if (waiting.size >= queueSize) throw new Overloaded(backend, 'every connection is in use, and the queue for them is full')
      const turn = Promise.withResolvers<undefined>()
      const go = () => turn.resolve(undefined)
      const leave = () => {
        waiting.delete(go)
        turn.reject(aborted())
      }
      waiting.add(go)
      signal.addEventListener('abort', leave, { once: true })
      try {
        await turn.promise
      } finally {
        signal.removeEventListener('abort', leave)
      }
    },
    give: () => {
      const [next] = waiting
      if (!next) return void (free += 1)
      waiting.delete(next)
      next()
    },
  }
}

/** Connections that nobody uses; the one used last is taken first, and those unused for long are closed before something on the way forgets them. */
const openIdle = () => {
  const idle = new Map<MysqlConnection, NodeJS.Timeout>()
  let isClosed = false
  const drop = (connection: MysqlConnection) => {
    clearTimeout(idle.get(connection))
    idle.delete(connection)
  }
  return {
    take: (): MysqlConnection | null => {
      for (const connection of [...idle.keys()].toReversed()) {
        drop(connection)
        if (connection.isUsable) return connection
      }
      return null
    },
    give: (connection: MysqlConnection): void => {
      if (isClosed || !connection.isUsable) return connection.destroy()
      const end = () => {
        drop(connection)
        connection.destroy()
      }
      idle.set(connection, setTimeout(end, idleMs).unref())
    },
    close: (): void => {
      isClosed = true
      for (const connection of [...idle.keys()]) {
        drop(connection)
        connection.destroy()
      }
    },
  }
}

/** Ends on the server what nobody waits for: one connection for all of them at a time, within its time, and without a word if it fails. */
const openKills = (target: MysqlTarget, closing: AbortSignal) => {
  const wanted = new Set<number>()
  let isKilling = false
  const killAll = async () => {
    const signal = AbortSignal.any([closing, AbortSignal.timeout(killMs)])
    const aborted = () => abortedAs(target.backend, signal)
    const connection = await connectMysql(target, signal, aborted)
    try {
      for (const id of wanted) {
        wanted.delete(id)
        // It has ended of itself, most often.
        await connection.execute(`KILL ${id}`, [], signal, aborted).catch(() => {})
      }
    } finally {
      connection.destroy()
    }
  }
  return {
    add: ({ threadId }: MysqlConnection): void => {
      if (wanted.size < maxKills) wanted.add(threadId)
      if (isKilling || closing.aborted) return
      isKilling = true
      void killAll().catch(() => wanted.clear()).finally(() => { isKilling = false })
    },
  }
}
