import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { Kind, parse } from 'graphql'
import { z } from 'zod'
import { ConfigError } from './config.ts'

/** The texts of operations by their SHA-256, in lower-case hex. */
export type OperationsManifest = ReadonlyMap<string, string>

/** Of a text in UTF-8, in lower-case hex. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

const maxManifestBytes = 16_777_216
const maxMistakes = 20

/** https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format; clients' names are let be. */
const manifestSchema = z.object({
  format: z.literal('apollo-persisted-query-manifest', 'expected apollo-persisted-query-manifest'),
  version: z.literal(1, 'expected 1'),
  operations: z.array(
    z.object({
      id: z.string('expected text'),
      name: z.string('expected text'),
      type: z.enum(['query', 'mutation', 'subscription'], 'expected query, mutation or subscription'),
      body: z.string('expected text'),
    }, 'expected a map'),
    'expected a list',
  ),
}, 'expected a map')

type Entry = z.output<typeof manifestSchema>['operations'][number]

/**
 * Reads a manifest of persisted operations. Throws `ConfigError` where there is none, it is longer than 16 MiB, or anything
 * in it is wrong: an id that is not the hash of its body is a manifest that somebody has changed by hand.
 */
export const readOperationsManifest = async (file: string): Promise<OperationsManifest> => {
  const place = `persistedOperations.file: ${file}`
  const read = manifestSchema.safeParse(await readJson(file, place))
  const mistakes = read.success ? mistakesIn(read.data.operations) : read.error.issues.map(({ path, message }) => [...(path.length > 0 ? [path.map(String).join('.')] : []), message].join(': '))
  if (!read.success || mistakes.length > 0) throw new ConfigError(mistakes.slice(0, maxMistakes).map((mistake) => `${place}: ${mistake}`))
  return new Map(read.data.operations.map(({ id, body }) => [id, body]))
}

const readJson = async (file: string, place: string): Promise<unknown> => {
  const expected = `${place}: expected a manifest of persisted operations`
  try {
    const { size } = await stat(file)
    if (size > maxManifestBytes) throw new ConfigError([`${expected} of at most ${maxManifestBytes} bytes; found ${size}`])
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file)))
  } catch (error) {
    if (error instanceof ConfigError) throw error
    throw new ConfigError([`${expected}; found ${whatInstead(error)}`])
  }
}

const whatInstead = (error: unknown): string => {
  if (error instanceof SyntaxError || error instanceof TypeError) return 'no JSON in UTF-8'
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (code === 'ENOENT') return 'none there'
  return code === 'EISDIR' ? 'a directory' : `one that can't be read (${code})`
}

const mistakesIn = (operations: readonly Entry[]): readonly string[] => {
  const seen = new Set<string>()
  return operations.flatMap((entry, index) => {
    const mistake = seen.has(entry.id) ? 'id: expected each id once; found it again' : mistakeIn(entry)
    seen.add(entry.id)
    return mistake === null ? [] : [`operations.${index}.${mistake}`]
  })
}

const mistakeIn = ({ id, name, type, body }: Entry): string | null => {
  if (id !== sha256(body)) return 'id: expected the SHA-256 of its body in lower-case hex; found another'
  const expected = `body: expected one ${type} of the name ${name}`
  try {
    const found = parse(body).definitions.filter((one) => one.kind === Kind.OPERATION_DEFINITION).map((one) => `${one.operation} ${one.name?.value ?? ''}`)
    return found.length === 1 && found[0] === `${type} ${name}` ? null : `${expected}; found another`
  } catch {
    return `${expected}; found no GraphQL`
  }
}
