import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory, SqlQueryable, Transaction } from '@prisma/driver-adapter-utils'
import type { Pool } from 'pg'
import { translateFailure } from './unavailable.ts'

/**
 * Prisma's adapter over `pool`, which stays its owner's to end. Where the database can't be used, a query of the client rejects with
 * `DatabaseUnavailable`: Prisma passes on what an adapter throws, if it is none of its own errors.
 */
export const adapterFor = (pool: Pool): SqlMigrationAwareDriverAdapterFactory => {
  const factory = new PrismaPg(pool)
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => translating(await factory.connect(), pool),
    connectToShadowDb: () => factory.connectToShadowDb(),
  }
}

const translating = (adapter: SqlDriverAdapter, pool: Pool): SqlDriverAdapter => ({
  ...queries(adapter),
  // As one query of several statements: Prisma's adapter would cut it at every semicolon, those in texts and functions too.
  executeScript: async (script) => {
    await translated(pool.query(script))
  },
  startTransaction: async (isolation) => translatingTransaction(await translated(adapter.startTransaction(isolation))),
  getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: true },
  dispose: () => adapter.dispose(),
})

/** Savepoints are for transactions within transactions, which nothing here makes. */
const translatingTransaction = (transaction: Transaction): Transaction => ({
  ...queries(transaction),
  options: transaction.options,
  commit: () => translated(transaction.commit()),
  rollback: () => translated(transaction.rollback()),
})

const queries = (queryable: SqlQueryable): SqlQueryable => ({
  provider: queryable.provider,
  adapterName: queryable.adapterName,
  queryRaw: (query) => translated(queryable.queryRaw(query)),
  executeRaw: (query) => translated(queryable.executeRaw(query)),
})

const translated = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer
  } catch (error) {
    throw translateFailure(error)
  }
}
