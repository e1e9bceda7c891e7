import { z } from 'zod'
import type { ConfigFile, Where } from './config-file.ts'
import { configSchema } from './config-schema.ts'
import { nearest } from '../subgraphs/nearest.ts'

/** What was read: a file, and the variables of the environment that win over it. */
export type ConfigSource = {
  readonly file: ConfigFile | null
  readonly value: unknown
  /** The variable that a place was read from; null where it is the file's. */
  readonly variableOf: (where: Where) => string | null
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** One line for each mistake: where it is, what was expected there, what was found. Secrets are not repeated. */
export const describeMistake = (issue: z.core.$ZodIssue, source: ConfigSource): readonly string[] => {
  if (issue.code === 'unrecognized_keys') {
    const place = (where: Where) => nameAt(source.file?.atKey(where), where)
    return issue.keys.map((key) => `${place([...issue.path, key])}: ${unknownKey(key, issue.path)}`)
  }
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  const found = issue.code === 'invalid_key' ? JSON.stringify(String(issue.path.at(-1))) : whatIsAt(issue.path, message, source)
  return [`${placeOf(issue.path, source)}: ${message}; found ${found}`]
}

const placeOf = (where: Where, { file, variableOf }: ConfigSource): string => {
  const variable = variableOf(where)
  if (variable !== null) return `the environment: ${variable}`
  return nameAt(file?.at(where), where)
}

const nameAt = (place: string | undefined, where: Where): string =>
  [place ?? 'the configuration', ...(where.length === 0 ? [] : [where.map(String).join('.')])].join(': ')

const unknownKey = (key: string, where: Where): string => {
  const known = knownKeys(where)
  const near = nearest(key, known)
  const found = JSON.stringify(key)
  return near === null ? `expected one of ${known.join(', ')}; found ${found}` : `expected a known key; found ${found}: did you mean ${near}?`
}

/** Where a secret may stand: everything below these. */
const secretPlaces: readonly Where[] = [['auth', 'secret'], ['internal', 'secret'], ['database', 'url'], ['backends', '*', 'headers'], ['backends', '*', 'options']]

const isSecret = (where: Where) =>
  secretPlaces.some((place) => place.every((key, index) => key === '*' || key === where[index]))

const whatIsAt = (where: Where, expected: string, { file, value, variableOf }: ConfigSource): string => {
  const found = where.reduce<unknown>((inner, key) => (Array.isArray(inner) ? inner[Number(key)] : isRecord(inner) ? inner[String(key)] : undefined), value)
  if (isSecret(where)) return found === undefined ? 'nothing' : 'something else, which is not shown'
  const template = variableOf(where) === null ? (file?.template(where) ?? null) : null
  if (template !== null) return `what ${template} stands for`
  // Where a map was expected, what stands there may be what belongs inside it: a secret, say.
  return expected.startsWith('expected a map') || typeof found === 'object' ? kindOf(found) : showScalar(found)
}

const kindOf = (found: unknown): string => {
  if (found === undefined || found === null) return 'nothing'
  if (Array.isArray(found)) return 'a list'
  if (typeof found === 'object') return 'a map'
  return typeof found === 'string' ? 'text' : `a ${typeof found}`
}

/** A URL without its user, password and query. */
const showScalar = (found: unknown): string =>
  found === undefined ? 'nothing' : JSON.stringify(found).replace(/\/\/[^/]*@/, '//…@').replace(/(:\/\/[^?]*)\?.*/, '$1?…"').slice(0, 120)

/** The keys that the schema knows at a place; none where it is no map, or a map of names that anybody may choose. */
export const knownKeys = (where: Where): readonly string[] => {
  const schema = where.reduce<unknown>((inner, key) => below(bare(inner), String(key)), configSchema)
  const at = bare(schema)
  return at instanceof z.ZodObject ? Object.keys(at.shape) : []
}

const below = (schema: unknown, key: string): unknown => {
  if (schema instanceof z.ZodRecord) return schema.valueType
  return schema instanceof z.ZodObject ? Object.entries(schema.shape).find(([name]) => name === key)?.[1] : undefined
}

const bare = (schema: unknown): unknown => {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) return bare(schema.unwrap())
  return schema instanceof z.ZodPipe ? bare(schema.out) : schema
}
