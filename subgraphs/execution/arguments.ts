import { getArgumentValues, isNonNullType, Kind, valueFromAST } from 'graphql'
import type { FieldNode, GraphQLArgument, GraphQLField, ValueNode } from 'graphql'
import type { Variables } from './collect.ts'

/* A field's arguments (GraphQL specification, October 2021, section 6.4.1). What graphql-js would make of them is read at once where it is plain: variables, and literals that are no list and no object. */

export type ReadArguments = (variables: Variables) => Record<string, unknown>

/** Sets the argument; false where only graphql-js can tell what it is, or what is wrong with it. */
type Set = (values: Record<string, unknown>, variables: Variables) => boolean

export const compileArguments = (definition: GraphQLField<unknown, unknown>, node: FieldNode): ReadArguments => {
  const read: ReadArguments = (variables) => getArgumentValues(definition, node, variables)
  const given = new Map((node.arguments ?? []).map(({ name, value }) => [name.value, value]))
  const setters: Set[] = []
  for (const argument of definition.args) {
    const setter = compileArgument(argument, given.get(argument.name))
    if (!setter) return read
    setters.push(setter)
  }
  return (variables) => {
    const values: Record<string, unknown> = {}
    for (const set of setters) if (!set(values, variables)) return read(variables)
    return values
  }
}

const compileArgument = (argument: GraphQLArgument, given: ValueNode | undefined): Set | null => {
  const { name, type, defaultValue } = argument
  if (name in Object.prototype) return null
  const otherwise: Set = (values) => {
    if (defaultValue === undefined) return !isNonNullType(type)
    values[name] = defaultValue
    return true
  }
  if (given === undefined) return otherwise
  if (given.kind === Kind.VARIABLE) {
    const variable = given.name.value
    return (values, variables) => {
      if (!Object.hasOwn(variables, variable)) return otherwise(values, variables)
      const value = variables[variable]
      values[name] = value
      return value !== null || !isNonNullType(type)
    }
  }
  // A list or an object is read anew for each, as a resolver may change it.
  if (given.kind === Kind.LIST || given.kind === Kind.OBJECT) return null
  const value: unknown = valueFromAST(given, type)
  if (value === undefined || (typeof value === 'object' && value !== null)) return null
  return (values) => {
    values[name] = value
    return true
  }
}
