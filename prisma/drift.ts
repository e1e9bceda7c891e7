import { Client, Pool } from 'pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import type { SqlDriverAdapter, SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { adapterFor } from './adapter.ts'
import type { Migration } from './migrations.ts'
import { startPglite } from './pglite.ts'
import { diffMigrations } from './schema-engine.ts'

/** The SQL that `schema`, the text of a schema.prisma, needs beside `migrations`; null where they make the same tables. Runs them in memory. */
export const findDrift = async (schema: string, migrations: readonly Migration[]): Promise<string | null> => {
  const pglite = await startPglite('memory://')
  const pool = new Pool({ max: 1, idleTimeoutMillis: 0, user: 'postgres', database: 'postgres', ssl: false, stream: () => pglite.connect() })
  try {
    return await diffMigrations(shadowIn(pool), migrations, schema)
  } finally {
    await pool.end()
    await pglite.close()
  }
}

/** What is in memory is empty, and may be worked in as it is. */
const shadowIn = (pool: Pool): SqlMigrationAwareDriverAdapterFactory => {
  const factory = adapterFor(pool)
  const characters = watchCharacters(pool)
  return { ...factory, connectToShadowDb: async () => readingCharacters(await factory.connect(), characters) }
}

const oids = { char: 18, text: 25 }

type RowDescription = { readonly fields: readonly { dataTypeID: number }[] }

/**
 * PostgreSQL's catalogue has columns of its one-byte type `"char"`. Prisma's engine asks for them, and Prisma's adapter refuses them; it is told that
 * they are text. Returns which columns of the newest answer those are.
 */
const watchCharacters = (pool: Pool): ReadonlySet<number> => {
  const newest = new Set<number>()
  pool.on('connect', (client) => {
    if (!(client instanceof Client)) return
    client.connection.prependListener('rowDescription', ({ fields }: RowDescription) => {
      newest.clear()
      for (const [index, field] of fields.entries()) {
        if (field.dataTypeID !== oids.char) continue
        field.dataTypeID = oids.text
        newest.add(index)
      }
    })
  })
  return newest
}

const readingCharacters = (adapter: SqlDriverAdapter, characters: ReadonlySet<number>): SqlDriverAdapter => ({
  ...adapter,
  queryRaw: async (query) => {
    const answer = await adapter.queryRaw(query)
    return { ...answer, columnTypes: answer.columnTypes.map((type, index) => (characters.has(index) ? ColumnTypeEnum.Character : type)) }
  },
})
