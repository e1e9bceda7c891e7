import { access, mkdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { Pool } from 'pg'
import type { DatabaseLog } from './client.ts'
import { cuttingShort } from './cutting-short.ts'
import { lockFile } from './directory-lock.ts'
import { migrate } from './migrate.ts'
import { clientOver } from './opened.ts'
import type { Opened } from './opened.ts'
import { startPglite } from './pglite.ts'
import type { Pglite } from './pglite.ts'
import { DatabaseUnavailable, describeFailure } from './unavailable.ts'

/** Whoever waits longer than this for PGlite's one connection is told so. */
const waitMs = 5_000

export type PgliteSettings = { readonly dataDir: string; readonly answerMs: number }

/** PGlite on the files in `<dataDir>/database`, made where they are missing. One process at a time has them. The signal gives up the opening, whatever it is at. */
export const openPgliteDatabase = async (settings: PgliteSettings, log: DatabaseLog, signal: AbortSignal): Promise<Opened> => {
  const unlock = await takeDirectory(settings.dataDir)
  try {
    const pglite = await startIn(settings, signal)
    pglite.onEnd(unlock)
    return await cuttingShort(signal, pglite.kill, () => openOver(pglite, log))
  } catch (error) {
    unlock()
    throw error
  }
}

const takeDirectory = async (dataDir: string): Promise<() => void> => {
  const unlock = await lockIn(dataDir).catch((error: unknown) => {
    throw new DatabaseUnavailable(`no database can be kept in ${dataDir}: ${describeFailure(error)}`, { cause: error })
  })
  if (unlock) return unlock
  throw new DatabaseUnavailable(
    `another process uses the database in ${dataDir}, and PGlite is for one: give this one a directory of its own (FUSEBOARD_DATA), or all of them one PostgreSQL (DATABASE_URL=postgresql://…)`,
  )
}

const lockIn = async (dataDir: string): Promise<(() => void) | null> => {
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  return lockFile(path.join(dataDir, 'database.lock'))
}

const startIn = async ({ dataDir, answerMs }: PgliteSettings, signal: AbortSignal): Promise<Pglite> => {
  const folder = path.join(dataDir, 'database')
  try {
    if (!(await exists(folder))) await makeFiles(folder, signal)
    // Whoever had it is gone, as the directory is ours; where they died just as they made this, it is empty, and PostgreSQL would refuse to start.
    await rm(path.join(folder, 'postmaster.pid'), { force: true })
    return await startPglite(folder, answerMs, signal)
  } catch (error) {
    throw new DatabaseUnavailable(`PGlite does not start in ${folder}: ${describeFailure(error)}`, { cause: error })
  }
}

const exists = (file: string): Promise<boolean> => access(file).then(() => true, () => false)

/** PGlite writes a new database file by file. It gets its name when it is whole, so that a process that dies meanwhile leaves nothing broken. */
const makeFiles = async (folder: string, signal: AbortSignal): Promise<void> => {
  const unfinished = `${folder}.new`
  await rm(unfinished, { recursive: true, force: true })
  const pglite = await startPglite(unfinished, undefined, signal)
  await pglite.close()
  await rename(unfinished, folder)
}

/** PGlite is one session: what would be a pool elsewhere has one connection. */
const poolOf = (pglite: Pglite): Pool =>
  new Pool({
    max: 1,
    idleTimeoutMillis: 0,
    connectionTimeoutMillis: waitMs,
    user: 'postgres',
    database: 'postgres',
    ssl: false,
    application_name: 'fuseboard',
    stream: () => pglite.connect(),
  })

const openOver = async (pglite: Pglite, log: DatabaseLog): Promise<Opened> => {
  const pool = poolOf(pglite)
  const client = clientOver(pool, log)
  const endPool = async () => {
    if (!pool.ending) await pool.end()
  }
  const close = async () => {
    // What runs is waited for; Prisma would roll its transactions back.
    await endPool()
    await client.$disconnect()
    await pglite.close()
  }
  pglite.onEnd(() => void endPool())
  try {
    const migrations = await migrate(pool)
    if (migrations.length > 0) log.info({ migrations }, 'the database was migrated')
  } catch (error) {
    await close()
    throw error
  }
  return { client, onLost: (listener) => pglite.onEnd(listener), close }
}
