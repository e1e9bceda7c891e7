import { isSubtype, isCompositeType, isLeafType, isListType, isNonNullType, isObjectType } from '@apollo/federation-internals'
import type { CompositeType, FieldSelection, NamedType, Operation, Schema, Selection, SelectionSet, Type } from '@apollo/federation-internals'
import type { GraphQLSchema, VariableDefinitionNode } from 'graphql'
import { compileGate } from './conditions.ts'
import type { Conditions } from './conditions.ts'
import type { ResponsePath } from './cursor.ts'
import { compileIntrospection } from './introspection.ts'
import type { Introspect } from './introspection.ts'
import { exactList, exactObject, never } from './exact.ts'
import type { IsExact } from './exact.ts'
import { getOwn, isInherited, isObject, setOwn } from './json.ts'
import type { JsonObject } from './json.ts'
import { leafCheck } from './leaves.ts'
import type { LeafCheck } from './leaves.ts'

/*
 * What the subgraphs said becomes what the client asked for (GraphQL specification, October 2021, sections 6.4.3 and 6.4.4): its fields, in its order,
 * under its names; what is of the wrong kind, or null where that can't be, becomes null there or above. The rules are the stock executor's, down to
 * where it gives up: on what no schema allows (text where an object or a list belongs) it throws.
 */

export type ShapeError = { readonly message: string; readonly path: ResponsePath }

/** One answer that is being shaped. */
export type Shaping = {
  /** Where it is; changed on the way. */
  readonly path: (string | number)[]
  readonly errors: ShapeError[]
  readonly variables: Readonly<JsonObject>
}

/** Null, and that has been said already. */
const errored = Symbol('errored')
/** The same where the type allows no null, so that what it is in is null. */
const impossible = Symbol('impossible')

/** `before`: what an earlier part of the operation made of the same value. */
type Complete = (value: unknown, before: unknown, shaping: Shaping) => unknown

type Value = {
  readonly complete: Complete
  /** Whether a value, not null where that can't be, is to the last leaf what is to be answered: then it is taken as it is, and nothing is made of it. */
  readonly isExact: IsExact
}

type FieldStep =
  | { readonly kind: 'leaf'; readonly key: string; readonly inherited: boolean; readonly isNullable: boolean; readonly check: LeafCheck; readonly place: string }
  | ({ readonly kind: 'value'; readonly key: string; readonly inherited: boolean } & Value)
  | { readonly kind: 'typename'; readonly key: string; readonly inherited: boolean; readonly parent: CompositeType; readonly schema: Schema }
  | { readonly kind: 'introspection'; readonly key: string; readonly inherited: boolean; readonly introspect: Introspect }
  | { readonly kind: 'refuse'; readonly key: string; readonly error: string }

type LeafStep = Extract<FieldStep, { kind: 'leaf' }>
type ValueStep = Extract<FieldStep, { kind: 'value' }>

/** What an object becomes; null where it can't be. `before`: what an earlier part of the operation made of it. */
type Fill = (input: JsonObject, before: JsonObject | undefined, shaping: Shaping) => JsonObject | null

export type ShapeOptions = {
  readonly operation: Operation
  /** What clients see, as the planner has it and as graphql-js has it. */
  readonly apiSchema: Schema
  readonly schema: GraphQLSchema
  readonly definitions: readonly VariableDefinitionNode[]
  readonly conditions: Conditions
}

/** Null where the root itself can't be. Throws where a subgraph gave what no schema allows. */
export type Shape = (root: JsonObject, shaping: Shaping) => JsonObject | null

export const compileShape = (opt: ShapeOptions): Shape => {
  const { operation, apiSchema } = opt
  const root = apiSchema.schemaDefinition.rootType(operation.rootKind)
  if (!root) throw new Error(`the schema has no ${operation.rootKind}`)
  const programs = openPrograms(opt, operation.selectionSet, root)
  return (data, shaping) => programs(typenameOf(data)).fill(data, undefined, shaping)
}

const typenameOf = (input: JsonObject): string => {
  const typename = input['__typename']
  if (typename === undefined) return ''
  if (typeof typename !== 'string') throw new Error('a subgraph gave a __typename that is no text')
  return typename
}

/** As many types of one selection are kept; a schema rarely has more, and what a subgraph makes up is not to be kept. */
const maxTypes = 1_000

/** `isComposite`: whether an object may be of such a type, as far as the schema has it. */
type Program = { readonly typename: string; readonly steps: readonly FieldStep[]; readonly fill: Fill; readonly isComposite: boolean }

/** The fields of a selection for an object that says it is of a type; '' where it does not say. Each is found out when it is first met. */
const openPrograms = (opt: ShapeOptions, selectionSet: SelectionSet, declared: CompositeType): ((typename: string) => Program) => {
  const programs = new Map<string, Program>()
  let latest: Program | null = null
  return (typename) => {
    // Neighbours are mostly of one type.
    if (latest?.typename === typename) return latest
    const known = programs.get(typename)
    if (known) return (latest = known)
    const named = typename === '' ? undefined : opt.apiSchema.type(typename)
    const type = named && isCompositeType(named) ? named : declared
    const steps: FieldStep[] = []
    collect({ opt, steps, seen: new Set(), typename, named }, selectionSet, type)
    const program = { typename, steps, fill: toFill(steps), isComposite: typename === '' || type === named }
    if (programs.size < maxTypes) programs.set(typename, program)
    return program
  }
}

type Collecting = { readonly opt: ShapeOptions; readonly steps: FieldStep[]; readonly seen: Set<string>; readonly typename: string; readonly named: NamedType | undefined }

/** Fields in the order in which they are met; a leaf that is met again is what it was. */
const collect = (collecting: Collecting, selectionSet: SelectionSet, parent: CompositeType): void => {
  const gate = compileGate(collecting.opt.apiSchema, collecting.opt.conditions)
  for (const selection of selectionSet.selections()) {
    const decided = gate(selection.element)
    if (typeof decided === 'string') collecting.steps.push({ kind: 'refuse', key: '', error: decided })
    else if (decided) collectOne(collecting, selection, parent)
  }
}

const collectOne = (collecting: Collecting, selection: Selection, parent: CompositeType): void => {
  if (selection.kind === 'FieldSelection') return collectField(collecting, selection, parent)
  const { typeCondition } = selection.element
  const { typename, named } = collecting
  const applies = !typeCondition || (typename === '' ? isSubtype(typeCondition, parent) : named !== undefined && isSubtype(typeCondition, named))
  if (applies) collect(collecting, selection.selectionSet, typeCondition ?? parent)
}

const collectField = ({ opt, steps, seen }: Collecting, selection: FieldSelection, parent: CompositeType): void => {
  const { element, selectionSet } = selection
  const key = element.responseName()
  const inherited = isInherited(key)
  if (seen.has(key) && (!selectionSet || element.definition.isSchemaIntrospectionField())) return
  seen.add(key)
  if (element.definition.isSchemaIntrospectionField()) {
    steps.push({ kind: 'introspection', key, inherited, introspect: compileIntrospection(opt.schema, selection, opt.definitions) })
  } else if (element.name === '__typename') steps.push({ kind: 'typename', key, inherited, parent, schema: opt.apiSchema })
  else steps.push(toStep(opt, selection, { key, inherited, place: `field ${parent.name}.${key}` }))
}

const within = ({ ofType }: { readonly ofType: Type }): Type => ofType

const toStep = (opt: ShapeOptions, selection: FieldSelection, at: { readonly key: string; readonly inherited: boolean; readonly place: string }): FieldStep => {
  const { type } = selection.element.definition
  if (!type) throw new Error(`${at.place} has no type`)
  const bare = isNonNullType(type) ? within(type) : type
  if (isLeafType(bare)) return { kind: 'leaf', ...at, isNullable: bare === type, check: leafCheck(bare) }
  return { kind: 'value', key: at.key, inherited: at.inherited, ...compileValue(opt, type, selection.selectionSet, at.place) }
}

const toFill =
  (steps: readonly FieldStep[]): Fill =>
  (input, before, shaping) => {
    const output = before ?? {}
    for (let index = 0; index < steps.length; index += 1) {
      const step = steps[index]
      if (step && !fillOne(step, input, output, before === undefined, shaping)) return null
    }
    return output
  }

const fillOne = (step: FieldStep, input: JsonObject, output: JsonObject, isNew: boolean, shaping: Shaping): boolean => {
  switch (step.kind) {
    case 'leaf': {
      if (!isNew && getOwn(output, step.key) !== undefined) return true
      const value = step.inherited ? getOwn(input, step.key) : input[step.key]
      if (value !== undefined && value !== null && step.check(value)) {
        if (step.inherited) setOwn(output, step.key, value)
        else output[step.key] = value
        return true
      }
      return fillWrongLeaf(step, value, output, shaping)
    }
    case 'value': {
      const value = step.inherited ? getOwn(input, step.key) : input[step.key]
      const before = step.inherited ? getOwn(output, step.key) : output[step.key]
      const completed = completeField(step, value, before, shaping)
      const shown = completed === errored || completed === impossible ? null : completed
      if (step.inherited) setOwn(output, step.key, shown)
      else output[step.key] = shown
      return completed !== impossible
    }
    case 'typename':
      return fillTypename(step, input, output)
    case 'introspection':
      if (getOwn(output, step.key) === undefined) setOwn(output, step.key, step.introspect(shaping.variables))
      return true
    case 'refuse':
      throw new Error(step.error)
  }
}

const completeField = ({ key, complete }: ValueStep, value: unknown, before: unknown, shaping: Shaping): unknown => {
  shaping.path.push(key)
  const completed = complete(value ?? null, before, shaping)
  shaping.path.pop()
  return completed
}

const fillWrongLeaf = ({ key, isNullable, place }: LeafStep, value: unknown, output: JsonObject, shaping: Shaping): boolean => {
  setOwn(output, key, null)
  const isMissing = value === undefined || value === null
  if (isMissing && isNullable) return true
  shaping.errors.push({ message: isMissing ? `Cannot return null for non-nullable ${place}.` : `Invalid value found for ${place}.`, path: [...shaping.path, key] })
  return isNullable
}

/** What an object is called that does not say so: what it is declared as, where that is an object's type. */
const fillTypename = ({ key, parent, schema }: Extract<FieldStep, { kind: 'typename' }>, input: JsonObject, output: JsonObject): boolean => {
  if (getOwn(output, key) !== undefined) return true
  const said = getOwn(input, key) ?? input['__typename']
  const type = typeof said === 'string' ? (schema.type(said) ?? parent) : parent
  if (!isObjectType(type)) return false
  setOwn(output, key, type.name)
  return true
}

const compileValue = (opt: ShapeOptions, type: Type, selectionSet: SelectionSet | undefined, place: string): Value => {
  if (isNonNullType(type)) {
    const { complete, isExact } = compileNullable(opt, within(type), selectionSet, place)
    return { complete: compileNonNull(complete, within(type), place), isExact }
  }
  const { complete, isExact } = compileNullable(opt, type, selectionSet, place)
  return { complete, isExact: (value) => value === null || isExact(value) }
}

/** `isExact` of these is of values that are not null. */
const compileNullable = (opt: ShapeOptions, type: Type, selectionSet: SelectionSet | undefined, place: string): Value => {
  if (isListType(type)) return compileList(compileValue(opt, within(type), selectionSet, place), selectionSet !== undefined, type)
  if (isCompositeType(type)) {
    if (!selectionSet) throw new Error(`nothing is selected of ${type.name}`)
    return compileComposite(opt, type, selectionSet, place)
  }
  if (!isLeafType(type)) throw new Error(`${type.toString()} is no type of an answer`)
  const check = leafCheck(type)
  return { complete: compileLeaf(check, type, place), isExact: (value) => value !== null && value !== undefined && check(value) }
}

/** Where in a list something is, or which field it is. */
const described = ({ path }: Shaping, type: Type, place: string): string => {
  const last = path.at(-1)
  return typeof last === 'number' ? `array element of type ${type.toString()} at index ${last}` : place
}

const compileNonNull =
  (complete: Complete, type: Type, place: string): Complete =>
  (value, before, shaping) => {
    if (before === null) return null
    const completed = complete(value, before, shaping)
    if (completed === null) shaping.errors.push({ message: `Cannot return null for non-nullable ${described(shaping, type, place)}.`, path: [...shaping.path] })
    return completed === null || completed === errored ? impossible : completed
  }

/** An element that can't be makes all of the list null, and the others are looked at all the same. */
const compileList = ({ complete, isExact: isElementExact }: Value, hasFields: boolean, type: Type): Value => {
  const isExact = exactList(isElementExact)
  return {
    isExact,
    complete: (value, before, shaping) => {
      if (before === null || (before !== undefined && !hasFields)) return before
      if (value === null) return null
      if (!Array.isArray(value)) throw new Error(`a subgraph gave no list for ${type.toString()}`)
      const given: readonly unknown[] = value
      if (before === undefined && isExact(given)) return given
      const earlier = Array.isArray(before) ? before : null
      const completed: unknown[] = []
      const { path } = shaping
      let isPossible = true
      for (let index = 0; index < given.length; index += 1) {
        path.push(index)
        const one = complete(given[index] ?? null, earlier?.[index], shaping)
        path.pop()
        if (one === impossible) isPossible = false
        completed.push(one === errored || one === impossible ? null : one)
      }
      return isPossible ? completed : errored
    },
  }
}

const compileComposite = (opt: ShapeOptions, type: CompositeType, selectionSet: SelectionSet, place: string): Value => {
  const programs = openPrograms(opt, selectionSet, type)
  let known: IsExact | null = null
  // Found out when it is first asked for, as programs are: a selection may be of what no object is.
  const isExact: IsExact = (value) => (known ??= isObjectType(type) ? exactObject(programs('').steps) : never)(value)
  return {
    isExact,
    complete: (value, before, shaping) => {
      if (before === null || value === null) return null
      if (!isObject(value)) throw new Error(`a subgraph gave no object for ${type.name}`)
      if (before === undefined && isExact(value)) return value
      const { fill, isComposite } = programs(typenameOf(value))
      if (!isComposite) {
        shaping.errors.push({ message: `Invalid __typename found for object at ${described(shaping, type, place)}.`, path: [...shaping.path] })
        return errored
      }
      return fill(Array.isArray(value) ? toKeyed(value) : value, isObject(before) ? ownOf(before, value) : undefined, shaping) ?? errored
    },
  }
}

/** What was taken as it is, is not written to when a later part of the operation asks for more of it. */
const ownOf = (before: JsonObject, value: JsonObject): JsonObject => (before === value ? { ...before } : before)

/** A list where an object belongs has no fields, though JavaScript's lists have `length`, `values` and so on. */
const toKeyed = (list: readonly unknown[]): JsonObject => Object.fromEntries([...list.entries(), ['length', list.length]])

const compileLeaf =
  (check: LeafCheck, type: Type, place: string): Complete =>
  (value, before, shaping) => {
    if (before !== undefined) return before
    if (value === null || check(value)) return value
    shaping.errors.push({ message: `Invalid value found for ${described(shaping, type, place)}.`, path: [...shaping.path] })
    return errored
  }
