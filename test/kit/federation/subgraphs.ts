import { getNamedType, isAbstractType, isCompositeType, isEnumType, isListType, isNonNullType, isObjectType, Kind } from 'graphql'
import type { DirectiveNode, DocumentNode, FieldNode, FragmentDefinitionNode, GraphQLCompositeType, GraphQLObjectType, GraphQLOutputType, GraphQLSchema, OperationDefinitionNode, SelectionNode } from 'graphql'
import { hashOf, openChance } from './chance.ts'
import type { Chance } from './chance.ts'

/*
 * Subgraphs that answer anything by chance, and are sometimes wrong. What they say of an entity depends on the seed, on what they are asked and on the
 * entity, never on where in a batch it stands: asked about it once or three times, they say the same.
 */

/** How often they are wrong; none of it where they are well. */
export type Mischief = {
  readonly nulls: number
  readonly errors: number
  /** A leaf of the wrong kind, an unknown word, a number too many. */
  readonly leaves: number
  /** What no schema allows: text for an object, an object for a list, a type that does not exist. */
  readonly garbage: number
  /** Of a fetch as a whole. */
  readonly fetches: number
}

export const mischiefs: Readonly<Record<'well' | 'ill' | 'mad', Mischief>> = {
  well: { nulls: 0.05, errors: 0, leaves: 0, garbage: 0, fetches: 0 },
  ill: { nulls: 0.1, errors: 0.05, leaves: 0.02, garbage: 0, fetches: 0.04 },
  mad: { nulls: 0.1, errors: 0.04, leaves: 0.05, garbage: 0.015, fetches: 0.08 },
}

export type Told = { readonly message: string; readonly path?: readonly (string | number)[]; readonly extensions?: Record<string, unknown> }
export type Answer = { readonly data: unknown; readonly errors?: readonly Told[] }

export type Asking = { readonly service: string; readonly text: string; readonly document: DocumentNode; readonly variables: Readonly<Record<string, unknown>> }

type Answering = {
  readonly schema: GraphQLSchema
  readonly mischief: Mischief
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Readonly<Record<string, unknown>>
  readonly errors: Told[]
  /** What every error of this entity, or of the fetch, begins with: its own word, so that it is known again. */
  readonly word: string
  /** What is known of the entity that is asked about: of that its subgraph says nothing else. */
  readonly known: Readonly<Record<string, unknown>>
}

type Path = readonly (string | number)[]

export const answerByChance = (schema: GraphQLSchema, mischief: Mischief, seed: number, { service, text, document, variables }: Asking): Answer => {
  const operation = document.definitions.find((each): each is OperationDefinitionNode => each.kind === Kind.OPERATION_DEFINITION)
  if (!operation) throw new Error('a fetch without an operation')
  const fragments = new Map(document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]))
  const { representations, ...others } = variables
  const word = `${service} ${hashOf(text, JSON.stringify(others))}`
  const chance = openChance(hashOf(String(seed), word))
  const answering: Answering = { schema, mischief, fragments, variables: withDefaults(operation, variables), errors: [], word, known: {} }
  const whole = failWhole(answering, chance)
  if (whole) return whole
  const data = Array.isArray(representations) ? entities(answering, operation, representations, seed) : root(answering, operation, chance)
  return { data, ...(answering.errors.length > 0 ? { errors: answering.errors } : {}) }
}

const withDefaults = (operation: OperationDefinitionNode, variables: Readonly<Record<string, unknown>>) => ({
  ...Object.fromEntries((operation.variableDefinitions ?? []).map(({ variable, defaultValue }) => [variable.name.value, defaultValue?.kind === Kind.BOOLEAN ? defaultValue.value : undefined])),
  ...variables,
})

const failWhole = ({ mischief, word }: Answering, chance: Chance): Answer | null => {
  if (!chance.happens(mischief.fetches)) return null
  const code = chance.pick(['BACKEND_UNAVAILABLE', 'FUSE_OPEN', undefined])
  const error = { message: `${word} is down`, ...(code === undefined ? {} : { extensions: { code } }) }
  const errors = [chance.pick<Told>([error, { ...error, path: ['_entities'] }, { ...error, path: ['_entities', 999, 'name'] }])]
  return chance.pick<Answer>([{ data: null, errors }, { data: null }, { data: null, errors }, ...(mischief.garbage > 0 ? [{ data: { _entities: 'none' } }, { data: {} }] : [])])
}

const root = (answering: Answering, operation: OperationDefinitionNode, chance: Chance) => {
  const type = answering.schema.getRootType(operation.operation)
  if (!type) throw new Error(`a subgraph without ${operation.operation}`)
  return fill(answering, type, [operation.selectionSet.selections], chance, [])
}

const entities = (answering: Answering, operation: OperationDefinitionNode, representations: readonly unknown[], seed: number) => {
  const [field] = operation.selectionSet.selections
  if (field?.kind !== Kind.FIELD || !field.selectionSet) throw new Error('a fetch of entities without entities')
  const { selections } = field.selectionSet
  const all = representations.map((representation, index) => {
    const word = `${answering.word} of ${JSON.stringify(representation)}`
    const chance = openChance(hashOf(String(seed), word))
    return entity({ ...answering, word, known: isRecord(representation) ? representation : {} }, representation, selections, chance, [field.name.value, index])
  })
  const { mischief } = answering
  const chance = openChance(hashOf(String(seed), answering.word, 'count'))
  return { _entities: chance.happens(mischief.garbage) ? [...all, null] : all }
}

const entity = (answering: Answering, representation: unknown, selections: readonly SelectionNode[], chance: Chance, path: Path): unknown => {
  const name = typeof representation === 'object' && representation !== null && '__typename' in representation ? String(representation.__typename) : ''
  const type = answering.schema.getType(name)
  if (!isCompositeType(type)) return null
  if (chance.happens(answering.mischief.errors)) return fail(answering, path)
  if (chance.happens(answering.mischief.nulls)) return null
  if (chance.happens(answering.mischief.garbage)) return chance.pick<unknown>(['text', [], {}, 7, { __typename: 'Unheard' }])
  return fill(answering, concrete(answering.schema, type, chance), [selections], chance, path)
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null

const concrete = (schema: GraphQLSchema, type: GraphQLCompositeType, chance: Chance): GraphQLCompositeType => (isAbstractType(type) && schema.getPossibleTypes(type).length > 0 ? chance.pick(schema.getPossibleTypes(type)) : type)

const fail = ({ errors, word }: Answering, path: Path): null => {
  errors.push({ message: `${word} fails at ${path.slice(path[0] === '_entities' ? 2 : 0).join('.')}`, path, extensions: { code: 'BACKEND_TIMEOUT' } })
  return null
}

type Group = Map<string, FieldNode[]>

const isSkipped = ({ variables }: Answering, directives: readonly DirectiveNode[] = []) =>
  directives.some(({ name, arguments: given = [] }) => {
    const [condition] = given
    const value = condition?.value.kind === Kind.VARIABLE ? variables[condition.value.name.value] : condition?.value.kind === Kind.BOOLEAN && condition.value.value
    return name.value === 'skip' ? value === true : name.value === 'include' && value !== true
  })

const group = (answering: Answering, type: GraphQLCompositeType, selections: readonly SelectionNode[], found: Group): void => {
  for (const selection of selections) {
    if (isSkipped(answering, selection.directives)) continue
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value
      found.set(key, [...(found.get(key) ?? []), selection])
      continue
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? answering.fragments.get(selection.name.value) : selection
    const on = fragment?.typeCondition?.name.value
    if (fragment && (on === undefined || isOf(answering.schema, type, on))) group(answering, type, fragment.selectionSet.selections, found)
  }
}

const isOf = (schema: GraphQLSchema, type: GraphQLCompositeType, on: string): boolean => {
  if (type.name === on) return true
  const wanted = schema.getType(on)
  return isAbstractType(wanted) && isObjectType(type) && schema.isSubType(wanted, type)
}

const fill = (answering: Answering, type: GraphQLCompositeType, selections: readonly (readonly SelectionNode[])[], chance: Chance, path: Path): Record<string, unknown> => {
  const found: Group = new Map()
  for (const each of selections) group(answering, type, each, found)
  const entries = [...found].map(([key, [field, ...more]]) => [key, field ? valueOfField(answering, type, [field, ...more], chance, [...path, key]) : null] as const)
  // A key may be __proto__, which an object made of entries has of its own.
  return Object.fromEntries(entries)
}

const valueOfField = (answering: Answering, type: GraphQLCompositeType, fields: readonly [FieldNode, ...FieldNode[]], chance: Chance, path: Path): unknown => {
  const [{ name }] = fields
  if (name.value === '__typename') return typename(answering, type, chance)
  const definition = 'getFields' in type ? type.getFields()[name.value] : undefined
  if (!definition) return null
  if (path.length === 3 && path[2] === name.value && Object.hasOwn(answering.known, name.value)) return answering.known[name.value]
  if (chance.happens(answering.mischief.errors)) return fail(answering, path)
  return value(answering, definition.type, fields, chance, path)
}

const typename = ({ mischief, schema }: Answering, { name }: GraphQLCompositeType, chance: Chance): unknown => {
  if (!chance.happens(mischief.garbage)) return name
  const others: readonly GraphQLObjectType[] = Object.values(schema.getTypeMap()).filter(isObjectType)
  return chance.pick<unknown>(['Unheard', '', 'String', null, 7, chance.pick(others).name, chance.pick(others).name])
}

const value = (answering: Answering, type: GraphQLOutputType, fields: readonly FieldNode[], chance: Chance, path: Path): unknown => {
  const { mischief } = answering
  if (isNonNullType(type)) {
    const made = value(answering, type.ofType, fields, chance, path)
    // A null where there can't be one is one of the things that go wrong.
    return made ?? (mischief.leaves > 0 && chance.happens(0.3) ? null : value({ ...answering, mischief: mischiefs.well }, type.ofType, fields, openChance(chance.below(1e9)), path))
  }
  if (chance.happens(mischief.nulls)) return null
  if (isListType(type)) {
    if (chance.happens(mischief.garbage)) return chance.pick<unknown>(['text', {}, 3, false])
    return Array.from({ length: chance.below(4) }, (_, index) => value(answering, type.ofType, fields, chance, [...path, index]))
  }
  if (isCompositeType(type)) {
    if (chance.happens(mischief.garbage)) return chance.pick<unknown>(['text', [], [{}], 3, true, ''])
    const selections = fields.map(({ selectionSet }) => selectionSet?.selections ?? [])
    return fill(answering, concrete(answering.schema, type, chance), selections, chance, path)
  }
  return leaf(type, chance, mischief)
}

const wrong: readonly unknown[] = [7, 1.5, 1e21, 'text', '', true, [], {}, ['a'], 'UNHEARD', -0]

const leaf = (type: GraphQLOutputType, chance: Chance, { leaves }: Mischief): unknown => {
  if (chance.happens(leaves)) return chance.pick(wrong)
  const named = getNamedType(type)
  if (isEnumType(named)) return chance.pick(named.getValues()).name
  if (named.name === 'Int') return chance.below(20)
  if (named.name === 'Float') return chance.below(100) / 8
  if (named.name === 'Boolean') return chance.happens(0.5)
  if (named.name === 'JSON') return chance.pick<unknown>([{ a: { b: 1 } }, [1, { c: [] }], 'text', 4, { __typename: 'JSON' }])
  // Few ids, so that the same entity comes again and again.
  return named.name === 'ID' ? String(chance.below(4)) : chance.pick(['ay', 'bee', 'cee'])
}
