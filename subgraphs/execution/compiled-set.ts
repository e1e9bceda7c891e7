import { isLeafType, isNonNullType, SchemaMetaFieldDef, TypeMetaFieldDef, TypeNameMetaFieldDef } from 'graphql'
import type { FieldNode, GraphQLField, GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema, SelectionSetNode } from 'graphql'
import { compileArguments } from './arguments.ts'
import { collectFields } from './collect.ts'
import type { Variables } from './collect.ts'
import { compileComplete } from './complete.ts'
import type { Complete } from './complete.ts'
import { compileEntities, isEntities } from './entities.ts'
import type { ExecuteWhole } from './entities.ts'
import { plainLeaf } from './plain-leaves.ts'
import type { IsPlain } from './plain-leaves.ts'
import { compilePlain, miss } from './plain-objects.ts'
import type { PlainSet } from './plain-objects.ts'
import type { Check, Running } from './running.ts'

/** One field of an operation, on one type of object, with all that is the same for each value. */
export type CompiledField = {
  readonly key: string
  /** Whether the key means something on every object, so that it is not to be written plainly. */
  readonly inherited: boolean
  readonly name: string
  readonly definition: GraphQLField<unknown, unknown>
  readonly nodes: readonly [FieldNode, ...FieldNode[]]
  readonly parentType: GraphQLObjectType
  /** Undefined where the value is the parent's property. */
  readonly resolve: GraphQLFieldResolver<unknown, unknown> | undefined
  readonly isTypename: boolean
  /** Of a leaf: tells a value that needs no completion. */
  readonly isPlain: IsPlain | undefined
  readonly isNullable: boolean
  /** Whether the value is the parent's property where that is plain, whatever `resolve` does with others. */
  readonly isProperty: boolean
  /** Throws where the caller may not have such a property. */
  readonly check: Check | undefined
  argumentsFor(variables: Variables): Record<string, unknown>
  /** What is selected of what it leads to. */
  readonly below: CompiledSet
  readonly complete: Complete
  /** Executes all of it, or says with undefined that it is a field as any other. */
  readonly executeWhole: ExecuteWhole | undefined
}

/** What is selected of an object of one type, with one combination of conditions. */
export type Selected = {
  readonly fields: readonly CompiledField[]
  /** The object where all of it is plain properties, or `miss`. Never throws. */
  readPlain(source: unknown, running: Running): unknown
}

/** What is selected of an object, found out once for each type and for each combination of conditions. */
export type CompiledSet = (type: GraphQLObjectType, running: Running) => Selected

/** Conditions that a client may combine at will are as many sets; so many are kept. */
const maxSets = 64

export const compileSet = (sets: readonly SelectionSetNode[]): CompiledSet => {
  const known = new Map<GraphQLObjectType, Map<string, Selected>>()
  let latest: { readonly type: GraphQLObjectType; readonly conditions: string; readonly selected: Selected } | null = null
  const find: CompiledSet = (type, running) => {
    const ofType = known.get(type) ?? new Map<string, Selected>()
    const found = ofType.get(running.conditions)
    if (found) return found
    const selected = select(compileFields(running, type, sets))
    if (ofType.size >= maxSets) ofType.clear()
    known.set(type, ofType.set(running.conditions, selected))
    return selected
  }
  return (type, running) => {
    const { conditions } = running
    if (latest?.type === type && latest.conditions === conditions) return latest.selected
    const selected = find(type, running)
    latest = { type, conditions, selected }
    return selected
  }
}

const select = (fields: readonly CompiledField[]): Selected => {
  let uses = 0
  let plain: PlainSet | null = null
  let allowed = 0
  // Whoever may not have it is told so on the long way.
  const checkAll = ({ checks }: PlainSet, { id, contextValue }: Running): void => {
    if (allowed === id) return
    for (const check of checks) check(contextValue)
    allowed = id
  }
  return {
    fields,
    readPlain: (source, running) => {
      if (uses < running.hotAfter) {
        uses += 1
        if (uses === running.hotAfter) plain = compilePlain(fields, running)
      }
      if (plain === null) return miss
      try {
        checkAll(plain, running)
        return plain.read(source)
      } catch {
        return miss
      }
    },
  }
}

const compileFields = (running: Running, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): readonly CompiledField[] =>
  [...collectFields(running, type, sets)].flatMap(([key, nodes]) => {
    const definition = definitionOf(running.schema, type, nodes[0].name.value)
    return definition ? [compileField(key, nodes, definition, { type, check: running.checks.get(definition) })] : []
  })

type Whose = { readonly type: GraphQLObjectType; readonly check: Check | undefined }

const compileField = (key: string, nodes: CompiledField['nodes'], definition: GraphQLField<unknown, unknown>, { type: parentType, check }: Whose): CompiledField => {
  const [node] = nodes
  const bare = isNonNullType(definition.type) ? definition.type.ofType : definition.type
  const hasArguments = definition.args.length > 0
  const below = compileSet(nodes.flatMap(({ selectionSet }) => selectionSet ?? []))
  return {
    ...{ key, definition, nodes, parentType },
    inherited: key in Object.prototype,
    name: definition.name,
    resolve: definition.resolve,
    isTypename: definition === TypeNameMetaFieldDef,
    isPlain: isLeafType(bare) ? plainLeaf(bare) : undefined,
    isNullable: bare === definition.type,
    isProperty: !hasArguments && (definition.resolve === undefined || check !== undefined),
    check,
    argumentsFor: hasArguments ? compileArguments(definition, node) : () => ({}),
    below,
    complete: compileComplete(definition.type, below),
    executeWhole: isEntities(definition) ? compileEntities(below) : undefined,
  }
}

const definitionOf = (schema: GraphQLSchema, type: GraphQLObjectType, name: string): GraphQLField<unknown, unknown> | undefined => {
  if (name === TypeNameMetaFieldDef.name) return TypeNameMetaFieldDef
  if (schema.getQueryType() === type) {
    if (name === SchemaMetaFieldDef.name) return SchemaMetaFieldDef
    if (name === TypeMetaFieldDef.name) return TypeMetaFieldDef
  }
  return type.getFields()[name]
}
