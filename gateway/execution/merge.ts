import { isInherited, isObject, setOwn } from './json.ts'
import type { JsonObject } from './json.ts'

/*
 * One fetch's answer is laid over what is known by then, by the rules of the stock executor, as a plan counts on them: objects are merged, lists of
 * the same length element by element, and anything else takes the place of what was there. What can't be merged, because a subgraph gave
 * text where another gave an object, throws, and the fetch has failed.
 */

const isPlain = (value: unknown): value is JsonObject => isObject(value) && !Array.isArray(value)

const cannotMerge = (key: string) => new TypeError(`what two subgraphs say of ${key} can't be merged`)

/** Changes `target`; parts of `source` become parts of it. What is not there (undefined) is left as it is. */
export const deepMerge = (target: JsonObject, source: JsonObject): void => {
  if (target === source) return
  for (const key of Object.keys(source)) {
    const value = source[key]
    if (value !== undefined) mergeKey(target, key, value)
  }
}

const mergeKey = (target: JsonObject, key: string, value: unknown): void => {
  const known = isInherited(key) && !Object.hasOwn(target, key) ? undefined : target[key]
  if (typeof value !== 'object' || value === null || known === undefined) return put(target, key, value)
  if (isPlain(value)) {
    if (isObject(known)) return deepMerge(known, value)
    if (known) return mergeIntoLeaf(key, value)
  } else if (Array.isArray(value) && Array.isArray(known) && known.length === value.length) return mergeLists(known, value)
  put(target, key, value)
}

const put = (target: JsonObject, key: string, value: unknown): void => {
  if (isInherited(key)) setOwn(target, key, value)
  else target[key] = value
}

/** An object without anything in it changes nothing. */
const mergeIntoLeaf = (key: string, value: JsonObject): void => {
  if (Object.values(value).some((each) => each !== undefined)) throw cannotMerge(key)
}

const mergeLists = (known: unknown[], value: readonly unknown[]): void => {
  for (const [index, element] of value.entries()) {
    const before = known[index]
    if (isPlain(before) && isPlain(element)) deepMerge(before, element)
    else known[index] = element
  }
}

/** The same where it is not yet known whether either is an object. */
export const mergeInto = (target: unknown, source: unknown): void => {
  if (!isObject(source)) return
  if (isObject(target)) deepMerge(target, source)
  else mergeIntoLeaf('an entity', source)
}
