import { createHash, randomUUID } from 'node:crypto'
import { cpSync } from 'node:fs'
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { openDatabase } from '../../prisma/client.ts'
import type { Database, DatabaseLog, DatabaseSettings } from '../../prisma/client.ts'
import { readMigrations } from '../../prisma/migrations.ts'

/** A database of a test's own. Whoever opens another one on its settings closes that one first. */
export type TestDatabase = Database & { readonly settings: DatabaseSettings }

export type DatabaseKind = {
  /** For `skip` of a test: the reason why it can't run here, or false. */
  readonly skip: string | false
  /** Settings for a database that holds nothing at all, not even tables; disposing takes it away. */
  reserve(): Promise<AsyncDisposable & { readonly settings: DatabaseSettings }>
  /** A database that is migrated and has no rows but those of the migrations. */
  open(log?: DatabaseLog): Promise<TestDatabase>
}

export const quiet: DatabaseLog = { info: () => undefined, warn: () => undefined }

const maxConnections = 5

/** The server that tests make databases in: by the environment of PostgreSQL's own programs, else the one that trusts loopback. */
export const administratorUrl = (): URL => {
  const { PGHOST = '127.0.0.1', PGPORT = '5432', PGUSER = 'postgres', PGPASSWORD = '', PGDATABASE = 'postgres' } = process.env
  const url = new URL(`postgresql://${PGHOST}:${PGPORT}/${PGDATABASE}`)
  url.username = PGUSER
  url.password = PGPASSWORD
  return url
}

/** One statement as the administrator of the server. */
export const administer = async (sql: string): Promise<void> => {
  const client = new Client({ connectionString: administratorUrl().href, connectionTimeoutMillis: 2_000 })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

const skipPostgresql = async (): Promise<string | false> => {
  if (process.env['CI'] === 'true') return false
  return administer('SELECT 1').then(
    () => false,
    () => `PostgreSQL can't be reached at ${administratorUrl().host}`,
  )
}

const reservePostgresql: DatabaseKind['reserve'] = async () => {
  const name = `fuseboard_test_${randomUUID().replaceAll('-', '')}`
  await administer(`CREATE DATABASE ${name}`)
  const url = administratorUrl()
  url.pathname = name
  return {
    settings: { url: url.href, maxConnections, dataDir: tmpdir() },
    [Symbol.asyncDispose]: () => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

const reservePglite: DatabaseKind['reserve'] = async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-database-'))
  return { settings: { maxConnections, dataDir }, [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) }
}

const modules = path.join(import.meta.dirname, '../../node_modules')

/** PGlite takes seconds to make its files, so they are made once for a set of migrations and copied from then on. */
const prepareTemplate = async (): Promise<string> => {
  const checksums = (await readMigrations()).map(({ checksum }) => checksum)
  const version = await readFile(path.join(modules, '@electric-sql/pglite/package.json'), 'utf8')
  const key = createHash('sha256').update([version, ...checksums].join()).digest('hex').slice(0, 16)
  const template = path.join(modules, '.cache/fuseboard-pglite', key)
  if (await exists(template)) return template
  await mkdir(path.dirname(template), { recursive: true })
  const dataDir = await mkdtemp(`${template}-`)
  {
    await using database = openDatabase({ maxConnections, dataDir }, quiet)
    await database.client()
  }
  // Another process of the same run may have been faster: its files are as good.
  await rename(dataDir, template).catch(() => rm(dataDir, { recursive: true, force: true }))
  return template
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  )

const prepared: { template: Promise<string> | null } = { template: null }

const openOn = async (reserved: Awaited<ReturnType<DatabaseKind['reserve']>>, log: DatabaseLog): Promise<TestDatabase> => {
  const database = openDatabase(reserved.settings, log)
  await database.client()
  return {
    ...database,
    settings: reserved.settings,
    [Symbol.asyncDispose]: async () => {
      await database[Symbol.asyncDispose]()
      await reserved[Symbol.asyncDispose]()
    },
  }
}

export const databases: Readonly<Record<'pglite' | 'postgresql', DatabaseKind>> = {
  pglite: {
    skip: false,
    reserve: reservePglite,
    open: async (log = quiet) => {
      const template = await (prepared.template ??= prepareTemplate())
      const reserved = await reservePglite()
      // A thousand files: one after the other it takes a third of the time.
      cpSync(template, reserved.settings.dataDir, { recursive: true })
      return openOn(reserved, log)
    },
  },
  postgresql: {
    skip: await skipPostgresql(),
    reserve: reservePostgresql,
    open: async (log = quiet) => openOn(await reservePostgresql(), log),
  },
}
