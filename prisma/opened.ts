import type { Pool } from 'pg'
import { adapterFor } from './adapter.ts'
import { PrismaClient } from './generated/client.ts'
import type { DatabaseLog } from './client.ts'

/** A database that is connected and migrated. */
export type Opened = {
  readonly client: PrismaClient
  /** Called where it can't come back by itself, and has to be opened anew. */
  onLost(listener: () => void): void
  /** Finishes what runs and ends everything that was started for it. */
  close(): Promise<void>
}

/** How long a transaction of the client waits for a connection, and how long it may take, in milliseconds. */
const transactionOptions = { maxWait: 2_500, timeout: 10_000 }

/** Prisma's client over `pool`; ending the pool is left to its owner. */
export const clientOver = (pool: Pool, log: DatabaseLog): PrismaClient => {
  // A connection that is lost while nobody uses it has nobody else to tell; the pool makes another one.
  pool.on('error', ({ message }) => log.warn({ reason: message }, 'a connection to the database was lost'))
  return new PrismaClient({ adapter: adapterFor(pool), transactionOptions, errorFormat: 'minimal' })
}
