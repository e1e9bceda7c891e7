import { defaultTypeResolver, GraphQLError, isAbstractType, isLeafType, isListType, isNonNullType, isObjectType } from 'graphql'
import type { GraphQLAbstractType, GraphQLLeafType, GraphQLObjectType, GraphQLOutputType } from 'graphql'
import type { CompiledField, CompiledSet, Selected } from './compiled-set.ts'
import { executeFields } from './fields.ts'
import { ownCopy } from './own-copy.ts'
import { placeAt } from './place.ts'
import type { Place } from './place.ts'
import { plainLeaf } from './plain-leaves.ts'
import type { IsPlain } from './plain-leaves.ts'
import { miss } from './plain-objects.ts'
import { after, isPromise } from './promises.ts'
import { Info } from './running.ts'
import type { Running } from './running.ts'
import { settleError } from './settle.ts'
import { shown } from './shown.ts'

/*
 * What a resolver gave becomes a part of the answer (GraphQL specification, October 2021, section 6.4.3), as graphql-js does it: the value, or a promise
 * of it. What is wrong is thrown, and caught at the nearest place that may be null.
 */

/** `place` is of the field, or of the element of its list. */
export type Complete = (value: unknown, field: CompiledField, running: Running, place: Place) => unknown

export const compileComplete = (type: GraphQLOutputType, below: CompiledSet): Complete => {
  if (isNonNullType(type)) return completeNonNull(compileComplete(type.ofType, below))
  const complete = compileNullable(type, below)
  return (value, field, running, place) => {
    if (value instanceof Error) throw value
    return value === null || value === undefined ? null : complete(value, field, running, place)
  }
}

const compileNullable = (type: GraphQLOutputType, below: CompiledSet): Complete => {
  if (isListType(type)) return completeList(compileComplete(type.ofType, below), type.ofType, plainElements(type.ofType))
  if (isLeafType(type)) return (value) => completeLeaf(type, value)
  if (isAbstractType(type)) return completeAbstract(type, below)
  if (isObjectType(type)) return (value, field, running, place) => completeObject(type, below, value, field, running, place)
  throw new Error('a type that is of no answer')
}

const completeNonNull =
  (complete: Complete): Complete =>
  (value, field, running, place) => {
    const completed = complete(value, field, running, place)
    return isPromise(completed) ? after(completed, (late) => refuseNull(late, field)) : refuseNull(completed, field)
  }

const refuseNull = (completed: unknown, { parentType, name }: CompiledField): unknown => {
  if (completed === null) throw new Error(`Cannot return null for non-nullable field ${parentType.name}.${name}.`)
  return completed
}

const completeLeaf = (type: GraphQLLeafType, value: unknown): unknown => {
  const serialized: unknown = type.serialize(value)
  if (serialized === null || serialized === undefined) throw new Error(`Expected \`${type.name}.serialize(${shown(value)})\` to return non-nullable value, returned: ${String(serialized)}`)
  return typeof serialized === 'object' ? ownCopy(serialized) : serialized
}

const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === 'object' && value !== null && Symbol.iterator in value && typeof value[Symbol.iterator] === 'function'

const plainElements = (type: GraphQLOutputType): IsPlain | undefined => {
  const bare = isNonNullType(type) ? type.ofType : type
  return isLeafType(bare) ? plainLeaf(bare) : undefined
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/** Unlike `every`, it looks at what a list has no element for. */
const areAll = (values: readonly unknown[], is: IsPlain): boolean => {
  for (let index = 0; index < values.length; index += 1) if (!is(values[index])) return false
  return true
}

const completeList =
  (complete: Complete, type: GraphQLOutputType, isPlain: IsPlain | undefined): Complete =>
  (value, field, running, place) => {
    if (isPlain && isList(value) && areAll(value, isPlain)) return [...value]
    if (!isIterable(value)) throw new GraphQLError(`Expected Iterable, but did not find one for field "${field.parentType.name}.${field.name}".`)
    let hasPromise = false
    let index = 0
    const completed: unknown[] = []
    for (const element of value) {
      const one = completeElement(complete, type, element, field, running, placeAt(place, index, undefined))
      if (one instanceof Promise) hasPromise = true
      completed.push(one)
      index += 1
    }
    return hasPromise ? Promise.all(completed) : completed
  }

export const completeElement = (complete: Complete, type: GraphQLOutputType, element: unknown, field: CompiledField, running: Running, place: Place): unknown => {
  try {
    if (isPromise(element)) return after(element, (late) => complete(late, field, running, place), (error) => settleError(error, type, field, running, place))
    const completed = complete(element, field, running, place)
    return completed instanceof Promise ? completed.then(undefined, (error: unknown) => settleError(error, type, field, running, place)) : completed
  } catch (error) {
    return settleError(error, type, field, running, place)
  }
}

type At = { readonly field: CompiledField; readonly running: Running; readonly place: Place }

const completeAbstract =
  (type: GraphQLAbstractType, below: CompiledSet): Complete =>
  (value, field, running, place) => {
    const at = { field, running, place }
    const named: unknown = (type.resolveType ?? defaultTypeResolver)(value, running.contextValue, new Info(field, running, place), type)
    const complete = (name: unknown) => completeObject(runtimeType(type, name, value, at), below, value, field, running, place)
    return isPromise(named) ? after(named, complete) : complete(named)
  }

const runtimeType = (type: GraphQLAbstractType, name: unknown, value: unknown, { field, running: { schema } }: At): GraphQLObjectType => {
  const { nodes } = field
  const of = `Abstract type "${type.name}"`
  const resolves = `${of} must resolve to an Object type at runtime for field "${field.parentType.name}.${field.name}"`
  if (name === null || name === undefined) {
    throw new GraphQLError(`${resolves}. Either the "${type.name}" type should provide a "resolveType" function or each possible type should provide an "isTypeOf" function.`, { nodes })
  }
  if (isObjectType(name)) throw new GraphQLError('Support for returning GraphQLObjectType from resolveType was removed in graphql-js@16.0.0 please return type name instead.')
  if (typeof name !== 'string') throw new GraphQLError(`${resolves} with value ${shown(value)}, received "${shown(name)}".`)
  const found = schema.getType(name)
  if (!found) throw new GraphQLError(`${of} was resolved to a type "${name}" that does not exist inside the schema.`, { nodes })
  if (!isObjectType(found)) throw new GraphQLError(`${of} was resolved to a non-object type "${name}".`, { nodes })
  if (!schema.isSubType(type, found)) throw new GraphQLError(`Runtime Object type "${found.name}" is not a possible type for "${type.name}".`, { nodes })
  return found
}

export const completeObject = (type: GraphQLObjectType, below: CompiledSet, value: unknown, field: CompiledField, running: Running, place: Place): unknown => {
  const selected = below(type, running)
  if (!type.isTypeOf) return completeSelected(selected, value, running, place)
  const execute = (isOf: unknown) => {
    if (!isOf) throw new GraphQLError(`Expected value of type "${type.name}" but got: ${shown(value)}.`, { nodes: field.nodes })
    return completeSelected(selected, value, running, place)
  }
  const isOf: unknown = type.isTypeOf(value, running.contextValue, new Info(field, running, place))
  return isPromise(isOf) ? after(isOf, execute) : execute(isOf)
}

const completeSelected = (selected: Selected, value: unknown, running: Running, place: Place): unknown => {
  const plain = selected.readPlain(value, running)
  return plain === miss ? executeFields(selected.fields, value, running, place) : plain
}
