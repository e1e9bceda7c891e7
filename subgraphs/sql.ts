import { inspect } from 'node:util'
import { DatabaseUnavailable } from '../prisma/client.ts'
import type { Database } from '../prisma/client.ts'
import { Unreachable } from '../fuse/errors.ts'
import type { z } from 'zod'

/** Runs one statement and gives its rows as `schema` reads them. */
export type Select = <T>(schema: z.ZodType<T>, statement: string, ...values: readonly unknown[]) => Promise<T>

export type Sql = {
  /** Rejects with `Unreachable` where the database is not there. */
  readonly select: Select
  /** All of `work` or nothing of it. What another transaction is in the way of is tried again. */
  readonly transaction: <T>(work: (select: Select) => Promise<T>) => Promise<T>
}

type Raw = { $queryRawUnsafe(statement: string, ...values: unknown[]): Promise<unknown> }

/** PostgreSQL keeps no NUL, and no half of a character, so nothing that has one is kept anywhere. */
export const isKeepable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')

const uuid = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/

/** What no id of ours can be is not asked for: the database would refuse the whole statement. */
export const isId = (id: string): boolean => uuid.test(id)

const selectBy = (client: Raw): Select => async (schema, statement, ...values) => schema.parse(await client.$queryRawUnsafe(statement, ...values))

const attempts = 4
const transactionMs = 10_000

/** SQLSTATE: serialization failure, deadlock, and a key that another transaction took between our look and our write. */
const passing = /\b(?:40001|40P01|23505)\b/

/** What Prisma and the driver say of a connection: codes of Prisma's, SQLSTATE classes 08 and 57P, and the operating system's words. */
const gone = /\b(?:P1001|P1002|P1008|P1017|P2024|P2028|08\d{3}|57P0\d|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ETIMEDOUT)\b|connection (?:terminated|closed|ended)|timeout exceeded when trying to connect|server has closed the connection/i

const describe = (error: unknown): string => inspect(error, { depth: 5, breakLength: Number.POSITIVE_INFINITY })

const isUnavailable = (error: unknown): boolean => error instanceof DatabaseUnavailable || gone.test(describe(error))

export type SqlOptions = {
  /** Whose data it is, as errors name it. */
  readonly name: string
  /** Called each time that the database could not be asked. */
  readonly unavailable?: (() => void) | undefined
}

export const openSql = (database: Database, { name, unavailable = () => undefined }: SqlOptions): Sql => {
  const translated = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work()
    } catch (error) {
      if (!isUnavailable(error)) throw error
      unavailable()
      throw new Unreachable(name, 'the database can not be asked', { cause: error })
    }
  }
  const attempt = async <T>(work: (select: Select) => Promise<T>, left: number): Promise<T> => {
    try {
      const client = await database.client()
      return await client.$transaction((tx) => work(selectBy(tx)), { maxWait: transactionMs, timeout: transactionMs })
    } catch (error) {
      if (left > 1 && !isUnavailable(error) && passing.test(describe(error))) return attempt(work, left - 1)
      throw error
    }
  }
  return {
    select: (schema, statement, ...values) => translated(async () => selectBy(await database.client())(schema, statement, ...values)),
    transaction: (work) => translated(() => attempt(work, attempts)),
  }
}
