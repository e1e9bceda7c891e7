import { getVariableValues, print } from 'graphql'
import type { GraphQLSchema, VariableDefinitionNode } from 'graphql'
import type { Variables } from './collect.ts'

const maxErrors = 50

/** What a gateway asks about (https://www.apollographql.com/docs/federation/subgraph-spec): any JSON at all, as long as it is not null. */
const anyType = '[_Any!]!'

const areEntities = new WeakMap<VariableDefinitionNode, boolean>()

const isOfEntities = (definition: VariableDefinitionNode): boolean => {
  const known = areEntities.get(definition) ?? (definition.defaultValue === undefined && print(definition.type) === anyType)
  areEntities.set(definition, known)
  return known
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value) && !value.includes(null) && !value.includes(undefined)

/** The variables as graphql-js reads them. Representations of entities it would only look at, each with a path of its own: those are taken as they are. */
export const readVariables = (schema: GraphQLSchema, definitions: readonly VariableDefinitionNode[], given: Variables): ReturnType<typeof getVariableValues> => {
  const entities = definitions.filter((definition) => isOfEntities(definition) && isList(given[definition.variable.name.value]))
  if (entities.length === 0) return getVariableValues(schema, definitions, given, { maxErrors })
  const others = definitions.filter((definition) => !entities.includes(definition))
  const read = getVariableValues(schema, others, given, { maxErrors })
  if (read.coerced) for (const { variable: { name: { value: name } } } of entities) read.coerced[name] = given[name]
  return read
}
