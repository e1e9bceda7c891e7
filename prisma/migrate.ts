import type { Pool } from 'pg'
import { z } from 'zod'
import { adapterFor } from './adapter.ts'
import { compareMigrations, readMigrations } from './migrations.ts'
import type { AppliedMigration, Migration } from './migrations.ts'
import { DatabaseMismatch } from './unavailable.ts'

/** Ours among the advisory locks of a database; Prisma's own tools take 72707369. */
const lockKey = 4_000_719_001

const waitMs = 30_000

/**
 * Brings a database to what this version knows, and returns the names of the migrations that it took. `pool` has one connection and no time limits.
 * Whatever is missing is done in one transaction that holds a lock: of several processes one does it, the others find it done, and one that dies
 * leaves nothing half done. Throws `DatabaseMismatch` where this version does not understand what is there.
 */
export const migrate = async (pool: Pool): Promise<readonly string[]> => {
  const known = await readMigrations()
  // The usual case needs no lock, and not Prisma's engine either.
  if (compareMigrations(known, await readApplied(pool)).kind === 'current') return []
  await pool.query('BEGIN')
  await pool.query(`SET LOCAL lock_timeout = ${waitMs}`)
  await pool.query('SELECT pg_advisory_xact_lock($1)', [lockKey])
  const applied = await catchUp(pool, known)
  await pool.query('COMMIT')
  return applied
}

const catchUp = async (pool: Pool, known: readonly Migration[]): Promise<readonly string[]> => {
  const before = compareMigrations(known, await readApplied(pool))
  if (before.kind === 'refused') throw new DatabaseMismatch(before.reason)
  if (before.kind === 'current') return []
  await pool.query(migrationsTable)
  const { applyMigrations } = await import('./schema-engine.ts')
  const applied = await applyMigrations(adapterFor(pool), known)
  const after = compareMigrations(known, await readApplied(pool))
  if (after.kind !== 'current') throw new Error(`after ${applied.join(', ')} the database is ${after.kind}`)
  return applied
}

/** As Prisma makes it; its engine would look for it by a query that fails, and that would end the transaction. */
const migrationsTable = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`

const rowsShape = z.array(z.object({ name: z.string(), checksum: z.string(), isFinished: z.boolean(), isRolledBack: z.boolean() }))

const readApplied = async (pool: Pool): Promise<readonly AppliedMigration[]> => {
  const { rows: tables } = await pool.query(`SELECT 1 WHERE to_regclass('"_prisma_migrations"') IS NOT NULL`)
  if (tables.length === 0) return []
  const { rows } = await pool.query(
    `SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS "isFinished", rolled_back_at IS NOT NULL AS "isRolledBack" FROM "_prisma_migrations"`,
  )
  return rowsShape.parse(rows)
}
