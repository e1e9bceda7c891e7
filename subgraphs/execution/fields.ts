import type { CompiledField } from './compiled-set.ts'
import { placeAt } from './place.ts'
import type { IsPlain } from './plain-leaves.ts'
import type { Place } from './place.ts'
import { after, isPromise } from './promises.ts'
import { Info } from './running.ts'
import type { Running } from './running.ts'
import { settleError } from './settle.ts'

export type Answer = Record<string, unknown>

const put = (answer: Answer, { key, inherited }: CompiledField, value: unknown): void => {
  if (inherited) Object.defineProperty(answer, key, { value, writable: true, enumerable: true, configurable: true })
  else answer[key] = value
}

type Late = { readonly field: CompiledField; readonly value: Promise<unknown> }

/** All fields of an object at once: the object, or a promise of it where any of them takes time. Throws, or rejects, where one may not be null and is. */
export const executeFields = (fields: readonly CompiledField[], source: unknown, running: Running, place: Place | undefined): unknown => {
  const answer: Answer = {}
  let late: Late[] | null = null
  try {
    for (let index = 0; index < fields.length; index += 1) {
      const field = fields[index]
      if (!field) continue
      const value = executeField(field, source, running, place)
      put(answer, field, value)
      if (value instanceof Promise) (late ??= []).push({ field, value })
    }
  } catch (error) {
    if (late) return rejectAfter(late, error)
    throw error
  }
  return late ? settleLate(answer, late) : answer
}

/** What runs is seen to its end, so that it never rejects unheard. */
const rejectAfter = async (late: readonly Late[], error: unknown): Promise<never> => {
  await Promise.allSettled(late.map(({ value }) => value))
  throw error
}

const settleLate = async (answer: Answer, late: readonly Late[]): Promise<Answer> => {
  const values = await Promise.all(late.map(({ value }) => value))
  for (const [index, { field }] of late.entries()) put(answer, field, values[index])
  return answer
}

/** One after the other: the root fields of a mutation (section 6.2.2). */
export const executeInTurn = async (fields: readonly CompiledField[], source: unknown, running: Running): Promise<Answer> => {
  const answer: Answer = {}
  for (const field of fields) put(answer, field, await executeField(field, source, running, undefined))
  return answer
}

export const executeField = (field: CompiledField, source: unknown, running: Running, parent: Place | undefined): unknown => {
  if (field.isTypename) return field.parentType.name
  if (field.isPlain !== undefined && field.isProperty && isObject(source)) return executeLeaf(field, field.isPlain, source, running, parent)
  const place = placeAt(parent, field.key, field.parentType.name)
  try {
    const whole = field.executeWhole?.(field, running, place)
    if (whole !== undefined) return whole
    const resolved = resolve(field, source, running, place)
    // Most of what a resolver gives for a leaf is one.
    if (field.isPlain?.(resolved) === true) return resolved
    return completeResolved(field, resolved, running, place)
  } catch (error) {
    return settleError(error, field.definition.type, field, running, place)
  }
}

const resolve = (field: CompiledField, source: unknown, running: Running, place: Place): unknown =>
  field.resolve ? field.resolve(source, field.argumentsFor(running.variables), running.contextValue, new Info(field, running, place)) : readProperty(field, source, running, place)

/** Reads a property. Where it is what its type makes of it, which is nearly always, nothing else has to be known of it. */
const executeLeaf = (field: CompiledField, isPlain: IsPlain, source: Record<string, unknown>, running: Running, parent: Place | undefined): unknown => {
  try {
    field.check?.(running.contextValue)
    const value = source[field.name]
    if (isPlain(value)) return value
    if (field.isNullable && (value === null || value === undefined)) return null
  } catch (error) {
    return settleError(error, field.definition.type, field, running, placeAt(parent, field.key, field.parentType.name))
  }
  return executeOdd(field, source, running, placeAt(parent, field.key, field.parentType.name))
}

/** What is no plain leaf: a promise, a method, or what its type has to make a leaf of. */
const executeOdd = (field: CompiledField, source: unknown, running: Running, place: Place): unknown => {
  try {
    return completeResolved(field, resolve(field, source, running, place), running, place)
  } catch (error) {
    return settleError(error, field.definition.type, field, running, place)
  }
}

const completeResolved = (field: CompiledField, resolved: unknown, running: Running, place: Place): unknown => {
  const fail = (error: unknown) => settleError(error, field.definition.type, field, running, place)
  if (isPromise(resolved)) return after(resolved, (late) => field.complete(late, field, running, place), fail)
  const completed = field.complete(resolved, field, running, place)
  return completed instanceof Promise ? completed.then(undefined, fail) : completed
}

const isObject = (value: unknown): value is Record<string, unknown> => (typeof value === 'object' || typeof value === 'function') && value !== null

/** What graphql-js does where there is no resolver: the property, or what the method of that name returns. */
const readProperty = (field: CompiledField, source: unknown, running: Running, place: Place): unknown => {
  const given = field.definition.args.length > 0 ? field.argumentsFor(running.variables) : null
  if (!isObject(source)) return undefined
  const property = source[field.name]
  if (typeof property !== 'function') return property
  return Reflect.apply(property, source, [given ?? {}, running.contextValue, new Info(field, running, place)])
}
