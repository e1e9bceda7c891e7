import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { findDrift } from './drift.ts'
import { readMigrations } from './migrations.ts'

/* `npm run db:migration -- NAME`: the next migration, from what schema.prisma says beside the migrations that there are. */

const write = async (name: string): Promise<string> => {
  const schema = await readFile(path.join(import.meta.dirname, 'schema.prisma'), 'utf8')
  const sql = await findDrift(schema, await readMigrations())
  if (sql === null) return 'There is nothing to do: the migrations make what schema.prisma says.\n'
  const stamp = new Date().toISOString().replaceAll(/\D/g, '').slice(0, 14)
  const folder = path.join(import.meta.dirname, 'migrations', `${stamp}_${name}`)
  await mkdir(folder)
  await writeFile(path.join(folder, 'migration.sql'), sql)
  return `${path.relative(process.cwd(), folder)}/migration.sql is written. Read it before you commit it, and run \`npm run db:generate\`.\n`
}

const [name, ...more] = process.argv.slice(2)
if (name === undefined || more.length > 0 || !/^[a-z0-9_]+$/.test(name)) {
  process.stderr.write('npm run db:migration -- NAME, in lower-case letters, digits and _\n')
  process.exitCode = 1
} else {
  process.stdout.write(await write(name))
}
