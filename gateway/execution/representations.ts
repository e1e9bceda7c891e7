import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import { getOwn, isInherited, isObject, setOwn } from './json.ts'
import type { JsonObject } from './json.ts'
import { deepMerge } from './merge.ts'
import type { Meets } from './subtypes.ts'

/** What of an entity its subgraph has to be told; null where something of it is not known, so that it can't be asked about. */
export type Represent = (entity: unknown) => JsonObject | null

type FieldNode = Extract<QueryPlanSelectionNode, { kind: 'Field' }>
type FragmentNode = Extract<QueryPlanSelectionNode, { kind: 'InlineFragment' }>

type Part = (entity: JsonObject, target: JsonObject) => boolean

/** By the rules of the stock executor, but that lists within lists are read as what they are. */
export const compileRepresent = (selections: readonly QueryPlanSelectionNode[], meets: Meets): Represent => {
  const [only, ...others] = selections
  if (only?.kind === 'InlineFragment' && others.length === 0) return compileAlone(only, meets)
  const parts = selections.map((selection) => (selection.kind === 'Field' ? compileField(selection, meets) : compileFragment(selection, meets)))
  return (entity) => {
    if (!isObject(entity)) return null
    const target: JsonObject = {}
    for (const part of parts) if (!part(entity, target)) return null
    return target
  }
}

/** Most fetches are about one type. */
const compileAlone = ({ typeCondition, selections }: FragmentNode, meets: Meets): Represent => {
  if (typeCondition === undefined) return () => null
  const represent = compileRepresent(selections, meets)
  return (entity) => (isObject(entity) && isOf(entity, typeCondition, meets) ? represent(entity) : null)
}

/** Where the type is not said, no condition is met. */
const isOf = (entity: JsonObject, condition: string, meets: Meets): boolean => {
  const typename = entity['__typename']
  return typeof typename === 'string' && typename !== '' && meets(typename, condition)
}

/** What is not wholly known of a fragment is left out; whether the rest will do is seen by who asks for its type. */
const compileFragment = ({ typeCondition, selections }: FragmentNode, meets: Meets): Part => {
  if (typeCondition === undefined) return () => true
  const represent = compileRepresent(selections, meets)
  return (entity, target) => {
    const known = isOf(entity, typeCondition, meets) ? represent(entity) : null
    if (known) deepMerge(target, known)
    return true
  }
}

const compileField = ({ alias, name, selections }: FieldNode, meets: Meets): Part => {
  const key = alias ?? name
  const read = selections ? compileBelow(compileRepresent(selections, meets)) : (value: unknown) => value
  if (isInherited(key)) {
    return (entity, target) => {
      const value = getOwn(entity, key)
      if (value !== undefined) setOwn(target, key, read(value))
      return value !== undefined
    }
  }
  return (entity, target) => {
    const value = entity[key]
    if (value === undefined) return false
    target[key] = read(value)
    return true
  }
}

const compileBelow = (represent: Represent) => {
  const below = (value: unknown): unknown => (Array.isArray(value) ? value.map(below) : represent(value))
  return below
}
