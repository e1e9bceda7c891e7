import { isAbstractType, isCompositeType, isEnumType, isListType, isNonNullType, isInputType, isScalarType, Kind, getNamedType, NoUnusedFragmentsRule, OverlappingFieldsCanBeMergedRule, parse, typeFromAST, validate } from 'graphql'
import type { DocumentNode, GraphQLArgument, GraphQLCompositeType, GraphQLField, GraphQLInputType, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Chance } from './chance.ts'

/** An operation that is valid, and the variables that a client sends with it. */
export type Generated = { readonly text: string; readonly document: DocumentNode; readonly variables: Readonly<Record<string, unknown>> }

type Making = {
  readonly schema: GraphQLSchema
  readonly chance: Chance
  readonly variables: Map<string, { readonly definition: string; readonly value: unknown }>
  readonly fragments: Map<string, { readonly on: GraphQLCompositeType; readonly text: string }>
  budget: number
}

/** Names that collide with each other, and with what JavaScript's objects have. */
const aliases = ['a', 'b', 'id', 'name', '__proto__', 'constructor', 'toString', 'hasOwnProperty', 'value', 'length'] as const

export const generateOperation = (schema: GraphQLSchema, chance: Chance): Generated => {
  for (;;) {
    const made = attempt(schema, chance)
    const document = parse(made.text, { noLocation: true })
    if (validate(schema, document, [OverlappingFieldsCanBeMergedRule, NoUnusedFragmentsRule]).length === 0) return { ...made, document }
  }
}

const attempt = (schema: GraphQLSchema, chance: Chance) => {
  const mutation = schema.getMutationType()
  const root = mutation && chance.happens(0.12) ? mutation : schema.getQueryType()
  if (!root) throw new Error('a schema without queries')
  const making: Making = { schema, chance, variables: new Map(), fragments: new Map(), budget: 3 + chance.below(9) }
  const selections = selectionsOf(making, root, 3 + chance.below(2), true)
  const definitions = [...making.variables.values()].map(({ definition }) => definition)
  const head = `${root === mutation ? 'mutation' : 'query'}${chance.happens(0.3) ? ' Named' : ''}${definitions.length > 0 ? ` (${definitions.join(', ')})` : ''}`
  const fragments = [...making.fragments].map(([name, { on, text }]) => `fragment ${name} on ${on.name} ${text}`)
  const sent = [...making.variables].filter(([, { value }]) => value !== undefined)
  return { text: [`${head} ${selections}`, ...fragments].join('\n'), variables: Object.fromEntries(sent.map(([name, { value }]) => [name, value])) }
}

const selectionsOf = (making: Making, type: GraphQLCompositeType, depth: number, isRoot = false): string => {
  const { chance } = making
  const count = isRoot ? 1 + chance.below(2) : 1 + chance.below(3)
  const parts = Array.from({ length: count }, () => selectionOf(making, type, depth))
  return `{ ${parts.join(' ')} }`
}

const selectionOf = (making: Making, type: GraphQLCompositeType, depth: number): string => {
  const { chance } = making
  making.budget -= 1
  const kind = chance.next()
  if (depth > 0 && making.budget > 0 && kind < (isAbstractType(type) ? 0.5 : 0.12)) return fragmentOf(making, type, depth)
  if (kind > 0.93 || !('getFields' in type)) return `${aliased(making, '__typename', chance.happens(0.2))}${conditions(making)}`
  return fieldOf(making, type, depth)
}

const fieldOf = (making: Making, type: Extract<GraphQLCompositeType, { getFields(): unknown }>, depth: number): string => {
  const { chance } = making
  const fields = Object.values(type.getFields())
  const mayNest = depth > 0 && making.budget > 0
  const usable = fields.filter((field) => mayNest || !isCompositeType(getNamedType(field.type)))
  if (usable.length === 0) return '__typename'
  const nesting = usable.filter((field) => isCompositeType(getNamedType(field.type)))
  const field = nesting.length > 0 && chance.happens(0.5) ? chance.pick(nesting) : chance.pick(usable)
  const named = getNamedType(field.type)
  const below = isCompositeType(named) ? ` ${selectionsOf(making, named, depth - 1)}` : ''
  return `${aliased(making, field.name, chance.happens(0.15))}${argumentsOf(making, field)}${conditions(making)}${below}`
}

const aliased = ({ chance }: Making, name: string, isAliased: boolean): string => (isAliased ? `${chance.pick(aliases)}: ${name}` : name)

const fragmentOf = (making: Making, type: GraphQLCompositeType, depth: number): string => {
  const { chance, fragments } = making
  const known = [...fragments].filter(([, { on, text }]) => text !== '' && overlaps(making.schema, on, type))
  if (known.length > 0 && chance.happens(0.5)) return `...${chance.pick(known)[0]}${conditions(making)}`
  const on = chance.pick(conditionsFor(making.schema, type))
  if (chance.happens(0.25)) {
    const name = `F${fragments.size}`
    fragments.set(name, { on, text: '' })
    fragments.set(name, { on, text: selectionsOf(making, on, depth - 1) })
    return `...${name}${conditions(making)}`
  }
  if (chance.happens(0.15)) return `...${conditions(making)} ${selectionsOf(making, type, depth - 1)}`
  return `... on ${on.name}${conditions(making)} ${selectionsOf(making, on, depth - 1)}`
}

const possible = (schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLObjectType[] => (isAbstractType(type) ? schema.getPossibleTypes(type) : [type])

const overlaps = (schema: GraphQLSchema, one: GraphQLCompositeType, other: GraphQLCompositeType) => possible(schema, one).some((type) => possible(schema, other).includes(type))

const conditionsFor = (schema: GraphQLSchema, type: GraphQLCompositeType): readonly GraphQLCompositeType[] => {
  const abstract = Object.values(schema.getTypeMap()).filter((each) => isAbstractType(each))
  return [type, ...possible(schema, type), ...abstract].filter((each) => overlaps(schema, each, type))
}

const conditions = (making: Making): string => {
  const { chance } = making
  if (!chance.happens(0.1)) return ''
  const word = chance.pick(['skip', 'include'])
  if (chance.happens(0.15)) return ` @${word}(if: ${chance.happens(0.5)})`
  const name = chance.pick(['x', 'y', 'z'])
  const value = chance.happens(0.5)
  if (!making.variables.has(name)) {
    const hasDefault = name === 'z'
    making.variables.set(name, { definition: hasDefault ? `$${name}: Boolean = ${chance.happens(0.5)}` : `$${name}: Boolean!`, value: hasDefault && chance.happens(0.5) ? undefined : value })
  }
  return ` @${word}(if: $${name})`
}

const argumentsOf = (making: Making, field: GraphQLField<unknown, unknown>): string => {
  const given = field.args.filter(({ type, defaultValue }) => (isNonNullType(type) && defaultValue === undefined) || making.chance.happens(0.5))
  return given.length === 0 ? '' : `(${given.map((argument) => `${argument.name}: ${argumentOf(making, argument)}`).join(', ')})`
}

const argumentOf = (making: Making, { type }: GraphQLArgument): string => {
  const { chance, variables } = making
  if (isScalarType(getNamedType(type)) && chance.happens(0.5)) return toLiteral(valueOf(chance, type))
  const name = `v${variables.size}`
  const isOptional = !isNonNullType(type) && chance.happens(0.5)
  variables.set(name, { definition: `$${name}: ${type.toString()}`, value: isOptional ? chance.pick([undefined, null]) : valueOf(chance, type) })
  return `$${name}`
}

const toLiteral = (value: unknown): string => (Array.isArray(value) ? `[${value.map(toLiteral).join(', ')}]` : JSON.stringify(value))

/** Variables that a client may send with a document. */
export const variablesFor = (schema: GraphQLSchema, document: DocumentNode, chance: Chance): Readonly<Record<string, unknown>> => {
  const definitions = document.definitions.flatMap((each) => (each.kind === Kind.OPERATION_DEFINITION ? (each.variableDefinitions ?? []) : []))
  return Object.fromEntries(
    definitions.flatMap(({ variable, type, defaultValue }) => {
      const known = typeFromAST(schema, type)
      if (!isInputType(known) || (defaultValue && chance.happens(0.5))) return []
      return [[variable.name.value, valueOf(chance, known)]]
    }),
  )
}

/** What a client may send for a type; of an input object no more than it must have. */
const valueOf = (chance: Chance, type: GraphQLInputType): unknown => {
  if (isNonNullType(type)) return valueOf(chance, type.ofType)
  if (isListType(type)) return [valueOf(chance, type.ofType)]
  if (isEnumType(type)) return chance.pick(type.getValues()).name
  if ('getFields' in type) {
    const needed = Object.values(type.getFields()).filter(({ type: each, defaultValue }) => isNonNullType(each) && defaultValue === undefined)
    return Object.fromEntries(needed.map(({ name, type: each }) => [name, valueOf(chance, each)]))
  }
  if (type.name === 'Boolean') return chance.happens(0.5)
  if (type.name === 'Int') return chance.below(5)
  if (type.name === 'Float') return chance.below(50) / 10
  return type.name === 'DateTime' ? '2026-11-03T06:05:09.000Z' : chance.pick(['one', 'two'])
}

