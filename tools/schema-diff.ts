import { readFile, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { diff } from '@graphql-inspector/core'
import { buildSchema } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { z } from 'zod'
import { roleChanges } from './role-changes.ts'
import { usedIn } from './used-fields.ts'

/*
 * `npm run schema:diff -- --against FILE` tells what has changed for clients since FILE, which of it breaks them, and which may:
 *
 *     git show v1:schema.graphql > /tmp/v1.graphql && npm run schema:diff -- --against /tmp/v1.graphql
 *
 * Exit code 1 where something breaks, 2 where it can't be told, else 0.
 */

const usage = 'usage: npm run schema:diff -- --against FILE [--schema FILE] [--operations FILE] [--json]'

const maxBytes = 16_777_216

export const levels = ['breaking', 'dangerous', 'safe'] as const
export type SchemaChange = { readonly level: (typeof levels)[number]; readonly path: string; readonly message: string }

const levelOf = { BREAKING: 'breaking', DANGEROUS: 'dangerous', NON_BREAKING: 'safe' } as const

/** What may be compared; its message is for whoever typed the command. */
class Unusable extends Error {}

/**
 * What has changed from `before` to `after`, by path. Who may ask is compared role by role: to whoever loses a field it is as if
 * it were removed. With `operations`, what breaks none of them is dangerous only: others may be about.
 */
export const compareSchemas = async (before: GraphQLSchema, after: GraphQLSchema, operations: readonly string[] | null = null): Promise<readonly SchemaChange[]> => {
  const found = await diff(before, after)
  const changes = found
    // Of the directives that stand somewhere, @allow is compared below, and @deprecated is told of as a change of its field.
    .filter(({ type }) => !String(type).startsWith('DIRECTIVE_USAGE_'))
    .map(({ criticality: { level }, path = '', message }): SchemaChange => ({ level: levelOf[level], path, message }))
  const isUsed = operations === null ? () => true : usedIn(before, operations)
  return [...changes, ...roleChanges(before, after)]
    .map((change) => (change.level === 'breaking' && !isUsed(change.path) ? unused(change) : change))
    .toSorted((a, b) => levels.indexOf(a.level) - levels.indexOf(b.level) || (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

const unused = ({ path, message }: SchemaChange): SchemaChange => ({ level: 'dangerous', path, message: `${message} (no listed operation uses it)` })

const readText = async (file: string): Promise<string> => {
  try {
    const { size } = await stat(file)
    if (size > maxBytes) throw new Unusable(`${file}: expected at most ${maxBytes} bytes; found ${size}`)
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (error) {
    if (error instanceof Unusable) throw error
    if (error instanceof TypeError) throw new Unusable(`${file}: expected text in UTF-8; found other bytes`)
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    throw new Unusable(`${file}: expected a file; found ${code === 'ENOENT' ? 'none there' : code === 'EISDIR' ? 'a directory' : `one that can't be read (${code})`}`)
  }
}

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''

const readSchema = async (file: string): Promise<GraphQLSchema> => {
  const sdl = await readText(file)
  if (sdl.trim() === '') throw new Unusable(`${file}: expected a GraphQL schema; found an empty file`)
  try {
    const schema = buildSchema(sdl)
    if (schema.getQueryType()) return schema
  } catch (error) {
    throw new Unusable(`${file}: expected a GraphQL schema; found: ${firstLine(error)}`)
  }
  throw new Unusable(`${file}: expected a GraphQL schema; found one without Query`)
}

const manifest = z.object({ operations: z.array(z.object({ body: z.string() })) })

const readOperations = async (file: string): Promise<readonly string[]> => {
  const text = await readText(file)
  try {
    return manifest.parse(JSON.parse(text)).operations.map(({ body }) => body)
  } catch {
    throw new Unusable(`${file}: expected a manifest of persisted operations; found something else`)
  }
}

const countsOf = (changes: readonly SchemaChange[]) => ({
  breaking: changes.filter(({ level }) => level === 'breaking').length,
  dangerous: changes.filter(({ level }) => level === 'dangerous').length,
  safe: changes.filter(({ level }) => level === 'safe').length,
})

const inWords = (changes: readonly SchemaChange[]): string => {
  const counts = countsOf(changes)
  const groups = levels.filter((level) => counts[level] > 0).map((level) => {
    const lines = changes.filter((change) => change.level === level).map(({ path, message }) => `  ${path}: ${message}\n`)
    return `${level} (${counts[level]})\n${lines.join('')}\n`
  })
  return `${groups.join('')}${counts.breaking} breaking, ${counts.dangerous} dangerous, ${counts.safe} safe\n`
}

const options = { against: { type: 'string' }, schema: { type: 'string' }, operations: { type: 'string' }, json: { type: 'boolean', default: false } } as const

type Told = { readonly exitCode: 0 | 1 | 2; readonly stdout: string; readonly stderr: string }

const tell = async (args: readonly string[]): Promise<Told> => {
  const { values } = parseArgs({ args: [...args], options })
  if (values.against === undefined) throw new Unusable('--against: expected the file of a schema')
  const before = await readSchema(values.against)
  const after = await readSchema(values.schema ?? fileURLToPath(new URL('../schema.graphql', import.meta.url)))
  const changes = await compareSchemas(before, after, values.operations === undefined ? null : await readOperations(values.operations))
  const counts = countsOf(changes)
  const stdout = values.json ? `${JSON.stringify({ ...counts, changes }, null, 2)}\n` : inWords(changes)
  return { exitCode: counts.breaking > 0 ? 1 : 0, stdout, stderr: '' }
}

/** The command without the process around it. Never rejects. */
export const schemaDiff = (args: readonly string[]): Promise<Told> =>
  tell(args).catch((error: unknown) => ({ exitCode: 2, stdout: '', stderr: `${firstLine(error)}\n${usage}\n` }))

if (import.meta.main) {
  const { exitCode, stdout, stderr } = await schemaDiff(process.argv.slice(2))
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  process.exitCode = exitCode
}
