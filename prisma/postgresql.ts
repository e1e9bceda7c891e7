import { Socket } from 'node:net'
import { addAbortSignal } from 'node:stream'
import { Pool } from 'pg'
import type { PoolConfig } from 'pg'
import type { DatabaseLog } from './client.ts'
import { migrate } from './migrate.ts'
import { clientOver } from './opened.ts'
import type { Opened } from './opened.ts'

export type PostgresqlSettings = { readonly url: string; readonly maxConnections: number }

/**
 * In milliseconds. Who asks waits `connect` for a server that does not answer at first. One that stops answering on a connection that is open is
 * given up after `answer`, a little later than a server that is there would have ended the statement itself.
 */
const limits = { connect: 2_500, statement: 5_000, answer: 6_000, idleInTransaction: 15_000, idle: 60_000 }

/** Connects and migrates; the signal gives that up. The pool connects again by itself, so that what was opened once is never lost for good. */
export const openPostgresql = async ({ url, maxConnections }: PostgresqlSettings, log: DatabaseLog, signal: AbortSignal): Promise<Opened> => {
  const connecting: PoolConfig = { connectionString: url, application_name: 'fuseboard', connectionTimeoutMillis: limits.connect, keepAlive: true }
  await migrateOnce(connecting, log, signal)
  const pool = new Pool({
    ...connecting,
    max: maxConnections,
    idleTimeoutMillis: limits.idle,
    statement_timeout: limits.statement,
    query_timeout: limits.answer,
    idle_in_transaction_session_timeout: limits.idleInTransaction,
  })
  const client = clientOver(pool, log)
  return {
    client,
    onLost: () => undefined,
    close: async () => {
      // What runs is waited for; Prisma would roll its transactions back.
      await pool.end()
      await client.$disconnect()
    },
  }
}

const migrateOnce = async (connecting: PoolConfig, log: DatabaseLog, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted()
  const pool = new Pool({ ...connecting, max: 1, idleTimeoutMillis: 0, stream: () => addAbortSignal(signal, new Socket()) })
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'the connection that migrates the database was lost'))
  try {
    const migrations = await migrate(pool)
    if (migrations.length > 0) log.info({ migrations }, 'the database was migrated')
  } finally {
    // Ending the connection undoes what was not committed.
    await pool.end()
  }
}
