import type { CompiledField } from './compiled-set.ts'
import { placeAt } from './place.ts'
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
  const place = placeAt(parent, field.key, field.parentType.name)
  try {
    const whole = field.executeWhole?.(field, running, place)
    if (whole !== undefined) return whole
    const resolved = field.resolve
      ? field.resolve(source, field.argumentsFor(running.variables), running.contextValue, new Info(field, running, place))
      : readProperty(field, source, running, place)
    const completed = isPromise(resolved)
      ? after(resolved, (late) => field.complete(late, field, running, place))
      : field.complete(resolved, field, running, place)
    return completed instanceof Promise ? completed.then(undefined, (error: unknown) => settleError(error, field.definition.type, field, running, place)) : completed
  } catch (error) {
    return settleError(error, field.definition.type, field, running, place)
  }
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
