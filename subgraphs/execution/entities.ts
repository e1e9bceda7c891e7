import { isObjectType } from 'graphql'
import type { GraphQLField, GraphQLObjectType, GraphQLResolveInfo } from 'graphql'
import type { CompiledField, CompiledSet } from './compiled-set.ts'
import { completeElement, completeObject } from './complete.ts'
import type { Complete } from './complete.ts'
import { placeAt } from './place.ts'
import type { Place } from './place.ts'
import { after, isPromise } from './promises.ts'
import { Info } from './running.ts'
import type { Running } from './running.ts'

/*
 * `_entities` of Apollo's subgraph library, where all that is asked about are objects: what an entity is has been said by who asks, so that it need be neither
 * written on the object nor read from there, and one that can't be resolved costs itself. https://www.apollographql.com/docs/federation/subgraph-spec
 */

type ResolveReference = (reference: unknown, context: unknown, info: GraphQLResolveInfo) => unknown

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

/** Where the library keeps a type's `__resolveReference`. */
const referenceResolver = ({ extensions }: GraphQLObjectType): ResolveReference | null => {
  const { apollo } = extensions
  const subgraph = isRecord(apollo) ? apollo['subgraph'] : undefined
  const resolve = isRecord(subgraph) ? subgraph['resolveReference'] : undefined
  return typeof resolve === 'function' ? (...given): unknown => Reflect.apply(resolve, undefined, given) : null
}

type Entity = { readonly type: GraphQLObjectType; readonly reference: Record<string, unknown> }

/** Null where one of them is of a type that the library has to look into. */
const readEntities = ({ schema }: Running, representations: unknown): readonly Entity[] | null => {
  if (!Array.isArray(representations)) return null
  const entities: Entity[] = []
  for (const reference of representations) {
    const name: unknown = isRecord(reference) ? reference['__typename'] : undefined
    const type = typeof name === 'string' ? schema.getType(name) : undefined
    if (!isObjectType(type) || !isRecord(reference)) return null
    entities.push({ type, reference })
  }
  return entities
}

/** Completes what an entity's resolver gives, or what was said of it where there is none. */
const completeEntity = (type: GraphQLObjectType, below: CompiledSet, info: Info): Complete => {
  const resolve = referenceResolver(type)
  const finish: Complete = (value, field, running, place) => {
    if (value instanceof Error) throw value
    return value === null || value === undefined ? null : completeObject(type, below, value, field, running, place)
  }
  if (!resolve) return finish
  return (reference, field, running, place) => {
    const resolved = resolve(reference, running.contextValue, info)
    return isPromise(resolved) ? after(resolved, (late) => finish(late, field, running, place)) : finish(resolved, field, running, place)
  }
}

/** The list, or a promise of it; undefined where the library is to do it. */
const executeEntities = (field: CompiledField, below: CompiledSet, running: Running, place: Place): unknown => {
  const entities = readEntities(running, field.argumentsFor(running.variables)['representations'])
  if (!entities) return undefined
  const info = new Info(field, running, place)
  const completers = new Map<GraphQLObjectType, Complete>()
  const completed = entities.map(({ type, reference }, index) => {
    const complete = completers.get(type) ?? completeEntity(type, below, info)
    completers.set(type, complete)
    return completeElement(complete, type, reference, field, running, placeAt(place, index, undefined))
  })
  return completed.some((one) => one instanceof Promise) ? Promise.all(completed) : completed
}

/** Whether a field is the library's own. */
export const isEntities = ({ name, type }: GraphQLField<unknown, unknown>): boolean => name === '_entities' && type.toString() === '[_Entity]!'

/** A field's whole execution, in the place of the library's resolver. */
export type ExecuteWhole = (field: CompiledField, running: Running, place: Place) => unknown

export const compileEntities =
  (below: CompiledSet): ExecuteWhole =>
  (field, running, place) =>
    executeEntities(field, below, running, place)
