import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { findDrift } from './drift.ts'
import { generateClient } from './generator.ts'
import { readMigrations } from './migrations.ts'

/* `npm run db:check`: fails where the generated client, or what the migrations make, is not what schema.prisma says. */

const here = import.meta.dirname

const filesUnder = async (folder: string): Promise<ReadonlyMap<string, string>> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  const files = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
  return new Map(await Promise.all(files.map(async (file) => [path.relative(folder, file), await readFile(file, 'utf8')] as const)))
}

/** The files of the client that are not as they would be generated. */
const findStale = async (): Promise<readonly string[]> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-client-'))
  try {
    await cp(path.join(here, 'schema.prisma'), path.join(folder, 'schema.prisma'))
    await generateClient(path.join(folder, 'schema.prisma'))
    const [fresh, ours] = await Promise.all([filesUnder(path.join(folder, 'generated')), filesUnder(path.join(here, 'generated'))])
    return [...new Set([...fresh.keys(), ...ours.keys()])].filter((file) => fresh.get(file) !== ours.get(file))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const complain = (what: string): void => {
  process.stderr.write(`${what}\n`)
  process.exitCode = 1
}

const stale = await findStale()
if (stale.length > 0) complain(`prisma/generated/ is not what schema.prisma says (${stale.join(', ')}): run \`npm run db:generate\`.`)
const drift = await findDrift(await readFile(path.join(here, 'schema.prisma'), 'utf8'), await readMigrations())
if (drift !== null) complain(`The migrations do not make what schema.prisma says; \`npm run db:migration -- NAME\` writes the one that is missing:\n${drift}`)
