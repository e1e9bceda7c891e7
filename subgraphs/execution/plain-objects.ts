import { isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import type { CompiledField, CompiledSet } from './compiled-set.ts'
import { plainLeaf } from './plain-leaves.ts'
import type { Check, Running } from './running.ts'

/*
 * Objects of which all that is asked is a property, down to the leaves: most of what a large answer holds. Such a selection, once it has been used often enough, is
 * read by a function that is generated for it, which V8 makes as fast as one that was written by hand. Its text is made of the names of the schema's own fields, and of integers:
 * a client's aliases, literals and variables are values that it is given, never text. Whatever is not as it should be (a promise, a method, an error, a null, an
 * object with a class) is a `miss`, and all of the object is done the long way, which says what is wrong.
 */

export const miss: unique symbol = Symbol('miss')

/** The answer's object, or `miss`. */
export type ReadPlain = (source: unknown) => unknown

export type PlainSet = {
  readonly read: ReadPlain
  /** What has to be allowed to the caller. */
  readonly checks: readonly Check[]
}

/** Null where something of it takes more than reading a property. */
export const compilePlain = (fields: readonly CompiledField[], running: Running): PlainSet | null => {
  const checks = new Set<Check>()
  const read = compileObject(fields, running, checks)
  return read && { read, checks: [...checks] }
}

const compileObject = (fields: readonly CompiledField[], running: Running, checks: Set<Check>): ReadPlain | null => {
  const parts: Part[] = []
  for (const field of fields) {
    const part = compilePart(field, running, checks)
    if (!part) return null
    parts.push(part)
  }
  return generate(parts)
}

/** `name`: what the schema calls the field; `key`: what the client does. */
export type Part = { readonly name: string; readonly key: string } & ({ readonly constant: string } | { readonly read: ReadPlain })

const compilePart = (field: CompiledField, running: Running, checks: Set<Check>): Part | null => {
  const { key, definition: { name, type } } = field
  if (field.inherited || !schemaName.test(name)) return null
  if (field.isTypename) return { name, key, constant: field.parentType.name }
  if (!field.isProperty) return null
  if (field.check) checks.add(field.check)
  const read = compileValue(type, field.below, running, checks)
  return read && { name, key, read }
}

const schemaName = /^[A-Za-z_][A-Za-z0-9_]*$/

const compileValue = (type: GraphQLOutputType, below: CompiledSet, running: Running, checks: Set<Check>): ReadPlain | null => {
  if (isNonNullType(type)) {
    const read = compileValue(type.ofType, below, running, checks)
    return read && ((value) => (value === null || value === undefined ? miss : read(value)))
  }
  const read = compileNullable(type, below, running, checks)
  return read && ((value) => (value === null || value === undefined ? null : read(value)))
}

const compileNullable = (type: GraphQLOutputType, below: CompiledSet, running: Running, checks: Set<Check>): ReadPlain | null => {
  if (isListType(type)) {
    const read = compileValue(type.ofType, below, running, checks)
    return read && ((value) => (Array.isArray(value) ? readList(value, read) : miss))
  }
  if (isLeafType(type)) {
    const isPlain = plainLeaf(type)
    return isPlain ? (value) => (isPlain(value) ? value : miss) : null
  }
  if (!isObjectType(type) || type.isTypeOf) return null
  const read = compileObject(below(type, running).fields, running, checks)
  return read && ((value) => (isPlainObject(value) ? read(value) : miss))
}

const readList = (values: readonly unknown[], read: ReadPlain): unknown => {
  const list: unknown[] = []
  for (let index = 0; index < values.length; index += 1) {
    const one = read(values[index])
    if (one === miss) return miss
    list.push(one)
  }
  return list
}

/** None that stands for something else, as an error, a promise or a value with its source does. */
const isPlainObject = (value: unknown): boolean => typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

const generate = (parts: readonly Part[]): ReadPlain => {
  const { text, given } = writeReader(parts)
  const made: unknown = Reflect.construct(Function, [...given.map((_, index) => `p${index}`), text])
  const read: unknown = typeof made === 'function' ? Reflect.apply(made, undefined, given) : null
  return isReader(read) ? read : () => miss
}

const isReader = (value: unknown): value is ReadPlain => typeof value === 'function'

/** The text of a function that gives back the reader, and what its parameters p0, p1 … are given. */
export const writeReader = (parts: readonly Part[]): { readonly text: string; readonly given: readonly unknown[] } => {
  const given: unknown[] = [miss]
  const give = (value: unknown): string => `p${given.push(value) - 1}`
  const reads: string[] = []
  const values = parts.map((part, index) => {
    if ('constant' in part) return give(part.constant)
    reads.push(`const v${index} = ${give(part.read)}(s.${part.name})`, `if (v${index} === p0) return p0`)
    return `v${index}`
  })
  // An object that is written as a whole is made at once; a key that is the client's own is no text of ours, so that it and all that follow are set afterwards.
  const renamed = parts.findIndex(({ name, key }) => name !== key)
  const atOnce = renamed === -1 ? parts.length : renamed
  const members = parts.slice(0, atOnce).map(({ name }, index) => `${name}: ${values[index] ?? ''}`)
  const others = parts.slice(atOnce).map(({ key }, index) => `o[${give(key)}] = ${values[atOnce + index] ?? ''}`)
  return { given, text: ["'use strict'", 'return (s) => {', ...reads, `const o = { ${members.join(', ')} }`, ...others, 'return o', '}'].join('\n') }
}
