import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Client } from 'pg'
import { z } from 'zod'
import { openDatabase } from '../../prisma/client.ts'
import type { Database } from '../../prisma/client.ts'
import { onLeaving } from '../leaving.ts'

export const databaseKinds = ['pglite', 'postgresql'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

/** A fresh place for the hub's data, and where it is PostgreSQL a fresh database; both go when it is disposed. */
export type BenchDatabase = AsyncDisposable & {
  readonly kind: DatabaseKind
  readonly dataDir: string
  readonly url: string | undefined
  /** The hub's own schema, migrated. PGlite is one process's: not while a hub runs on it. */
  open(): Database
}

const serverUrl = process.env['BENCH_POSTGRES_URL'] ?? 'postgresql://postgres@127.0.0.1:5432/postgres'

const onServer = async (statement: string): Promise<void> => {
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const createDatabase = async (stack: AsyncDisposableStack): Promise<string> => {
  const name = `fuseboard_bench_${randomBytes(6).toString('hex')}`
  await onServer(`CREATE DATABASE ${name}`)
  const script = path.join(import.meta.dirname, 'drop-database.ts')
  stack.defer(onLeaving(() => spawnSync(process.execPath, [script, serverUrl, name], { timeout: 20_000 })))
  stack.defer(() => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

const log = { info: () => undefined, warn: (_: object, message: string) => void process.stderr.write(`${message}\n`) }

export const openBenchDatabase = async (kind: DatabaseKind): Promise<BenchDatabase> => {
  await using opening = new AsyncDisposableStack()
  const dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-bench-'))
  opening.defer(onLeaving(() => rmSync(dataDir, { recursive: true, force: true })))
  opening.defer(() => rm(dataDir, { recursive: true, force: true }))
  const url = kind === 'postgresql' ? await createDatabase(opening) : undefined
  const opened = opening.move()
  return {
    kind, dataDir, url,
    open: () => openDatabase({ url, dataDir, maxConnections: 2 }, log),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}

/** What `--database` may be. */
export const databases = z.enum([...databaseKinds, 'both'])

export const kindsOf = (named: z.output<typeof databases>): readonly DatabaseKind[] => (named === 'both' ? databaseKinds : [named])
