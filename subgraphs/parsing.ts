import { z } from 'zod'
import type { Row } from '../fuse/call.ts'
import { BackendFailure, Malformed } from '../fuse/errors.ts'

/** One row of a backend's answer; one that can't be read is a failure at its own place. */
export const parseRow = <T>(schema: z.ZodType<T>, row: unknown, backend: string, what: string): T | Malformed => {
  const parsed = schema.safeParse(row)
  return parsed.success ? parsed.data : new Malformed(backend, `${what}: ${z.prettifyError(parsed.error)}`)
}

/** A whole answer, where there is nothing to be had of a part. Throws `Malformed`. */
export const parseWhole = <T>(schema: z.ZodType<T>, answer: unknown, backend: string, what: string): T => {
  const parsed = parseRow(schema, answer, backend, what)
  if (parsed instanceof Malformed) throw parsed
  return parsed
}

const anyList = z.array(z.unknown())

/** A list of exactly as many places as were asked for, whatever is at them. Throws `Malformed`. */
export const parseList = (answer: unknown, count: number, backend: string, what: string): readonly unknown[] => {
  const list = parseWhole(anyList, answer, backend, what)
  if (list.length !== count) throw new Malformed(backend, `${what}: ${list.length} places for ${count}`)
  return list
}

/** The row at each place of an answer in the order of what was asked: null where there is none. */
export const parsePlaces = <T>(schema: z.ZodType<T>, answer: unknown, count: number, backend: string, what: string): readonly Row<T>[] =>
  parseList(answer, count, backend, what).map((row) => (row === null ? null : parseRow(schema, row, backend, what)))

/** A row that came at the place of a key. Another's row there would be believed to be the key's, and is `Malformed`. */
export const atItsPlace = <T>(row: Row<T>, key: string | undefined, keyOf: (value: T) => string, backend: string): Row<T> =>
  row === null || row instanceof BackendFailure || keyOf(row) === key ? row : new Malformed(backend, `another's row at the place of ${key ?? 'none'}`)

/** Keys in batches of at most `size`. */
export const inBatches = <K>(keys: readonly K[], size: number): readonly (readonly K[])[] =>
  Array.from({ length: Math.ceil(keys.length / size) }, (_, index) => keys.slice(index * size, (index + 1) * size))

/**
 * Rows that came in any order, at the places of their keys. A key without a row is absent; but where a row does not even say whose it is, nobody
 * can tell an absent row from that one, and each missing key is `Malformed`.
 */
export const atTheirPlaces = <T>(
  keys: readonly string[],
  rows: readonly unknown[],
  keyOf: (row: unknown) => string | null,
  decode: (row: unknown) => T | Malformed,
  backend: string,
): readonly Row<T>[] => {
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  const nameless = byKey.has(null) ? new Malformed(backend, 'a row that does not say whose it is') : null
  return keys.map((key) => (byKey.has(key) ? decode(byKey.get(key)) : nameless))
}
