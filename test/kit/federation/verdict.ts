import assert from 'node:assert/strict'
import { z } from 'zod'
import type { Both, Told } from './differential.ts'

/** How two outcomes compare: `same`, or how the stock executor's error paths break the specification (section 7.1.2) where ours do not. */
export type Verdict = 'same' | 'shifted' | 'of the plan' | 'of no entity' | 'of its like'

type Path = readonly (string | number)[]

const keyOf = ({ code, path }: Told): string => JSON.stringify([code, path])
/** What an executor says itself, each says in its own words. */
const textOf = ({ code, message }: Told): string => `${code} ${/ (is down$|fails at )/.test(message) ? message : ''}`

/** Throws unless both are the same, or stock is wrong and ours is right. */
export const judge = ({ stock, ours, root }: Both): Verdict => {
  assert.equal(ours.rejected, stock.rejected, 'one of them gave up')
  assert.equal(ours.data, stock.data, 'the data')
  const [theirs, own] = [stock.errors.map(keyOf).toSorted(), ours.errors.map(keyOf).toSorted()]
  if (theirs.join('\n') === own.join('\n')) {
    if (stock.errors.length === 0) assert.deepEqual(ours.refused.toSorted(), stock.refused.toSorted(), 'what was refused')
    return 'same'
  }
  assert.deepEqual(ours.errors.map(textOf).toSorted(), stock.errors.map(textOf).toSorted(), 'the errors, wherever they are')
  for (const error of ours.errors) assertPlaced(error, root)
  const wrong = stock.errors.filter((error) => !own.includes(keyOf(error)))
  // Errors that are told alike and moved among each other are seen by what was to be found where they point.
  assert.ok(wrong.length > 0 || theirs.length === own.length)
  return wrong.map((error) => blame(error, root)).find((verdict) => verdict !== 'same') ?? 'shifted'
}

const isOfThePlan = (path: Path) => path.some((part) => part === '@' || part === '_entities' || (typeof part === 'string' && part.includes('__alias_')))

/** What is wrong with an error of stock's. */
const blame = (error: Told, root: unknown): Verdict => {
  if (!error.path) throw new assert.AssertionError({ message: `stock gave no path, and ours did: ${error.message}` })
  if (isOfThePlan(error.path)) return 'of the plan'
  if (error.message.endsWith(' is down')) return 'of no entity'
  // Where several have the same key, and one of another type, what is told does not say which of them it was.
  return isPlaced(error, root) ? 'of its like' : 'shifted'
}

const isPlaced = (error: Told, root: unknown): boolean => {
  try {
    assertPlaced(error, root)
    return true
  } catch {
    return false
  }
}

/** What the schemas have in their keys: of these no other subgraph says anything else. */
const keys = new Set(['id', 'x', 'y', 'no', 'isbn', 'edition', 'login', 'code'])

const representationIn = (message: string): { readonly entity: Record<string, unknown>; readonly below: number } | null => {
  const [, text, below] = / of (\{.*\}) fails at (.*)$/.exec(message) ?? []
  if (text === undefined || below === undefined) return null
  return { entity: z.record(z.string(), z.unknown()).parse(JSON.parse(text)), below: below === '' ? 0 : below.split('.').length }
}

/** Whether an error is where a client can find it, and what is said there to have failed is the entity that its subgraph was asked about. */
const assertPlaced = ({ path, message }: Told, root: unknown): void => {
  if (!path) return
  assert.ok(!isOfThePlan(path), `a path of the plan: ${path.join('.')}`)
  const asked = representationIn(message)
  if (!asked) return
  const place = path.slice(0, path.length - asked.below)
  const found = place.reduce<unknown>((value, part) => (typeof value === 'object' && value !== null && Object.hasOwn(value, part) ? Reflect.get(value, part) : undefined), root)
  assert.ok(typeof found === 'object' && found !== null, `nothing is at ${place.join('.')}`)
  // Of what it is its subgraph may have been told otherwise than the rest, but nobody is asked about what does not say.
  assert.ok('__typename' in found && found.__typename, `nobody was asked about what is at ${place.join('.')}`)
  for (const [key, value] of Object.entries(asked.entity)) {
    if (keys.has(key)) assert.deepEqual(Reflect.get(found, key), value, `another entity is at ${place.join('.')}`)
  }
}
