import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'

/** A migration of this version: `name` is its folder, `checksum` what Prisma keeps of it, the SHA-256 of its SQL. */
export type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

/** A row of Prisma's own table `_prisma_migrations`. */
export type AppliedMigration = { readonly name: string; readonly checksum: string; readonly isFinished: boolean; readonly isRolledBack: boolean }

/** How a database compares with what this version knows. */
export type MigrationState =
  | { readonly kind: 'current' }
  | { readonly kind: 'behind' }
  | { readonly kind: 'refused'; readonly reason: string }

const folder = path.join(import.meta.dirname, 'migrations')

/** All migrations, oldest first, from `prisma/migrations/<timestamp>_<name>/migration.sql`. */
export const readMigrations = async (): Promise<readonly Migration[]> => {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(names.toSorted().map(readMigration))
}

const readMigration = async (name: string): Promise<Migration> => {
  const sql = await readFile(path.join(folder, name, 'migration.sql'), 'utf8')
  return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
}

/** Whether the database may be used as it is, has to be migrated, or is none that this version understands. Pure. */
export const compareMigrations = (known: readonly Migration[], applied: readonly AppliedMigration[]): MigrationState => {
  const counting = applied.filter(({ isRolledBack }) => !isRolledBack)
  const failed = counting.filter(({ isFinished }) => !isFinished)
  if (failed.length > 0) return refused('did not finish in this database; mend it, then `prisma migrate resolve` tells how to go on', failed)
  const unknown = counting.filter(({ name }) => !known.some((one) => one.name === name))
  if (unknown.length > 0) return refused('is in this database and unknown to this version: a newer one ran; run that one', unknown)
  const changed = counting.filter(({ name, checksum }) => known.some((one) => one.name === name && one.checksum !== checksum))
  if (changed.length > 0) return refused('was another one when it ran in this database', changed)
  return { kind: known.every(({ name }) => counting.some((one) => one.name === name)) ? 'current' : 'behind' }
}

const refused = (why: string, migrations: readonly AppliedMigration[]): MigrationState => ({
  kind: 'refused',
  reason: `the migration ${migrations.map(({ name }) => name).join(', ')} ${why}`,
})
