import { GraphQLBoolean, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString, isEnumType } from 'graphql'
import type { GraphQLLeafType } from 'graphql'

/** Whether a value is already what its type's `serialize` makes of it, so that it need not be asked. */
export type IsPlain = (value: unknown) => boolean

const isText: IsPlain = (value) => typeof value === 'string'

const builtIn: ReadonlyMap<GraphQLLeafType, IsPlain> = new Map<GraphQLLeafType, IsPlain>([
  [GraphQLString, isText],
  [GraphQLID, isText],
  [GraphQLBoolean, (value) => typeof value === 'boolean'],
  [GraphQLFloat, (value) => typeof value === 'number' && Number.isFinite(value)],
  [GraphQLInt, (value) => typeof value === 'number' && (value | 0) === value],
])

/** Nothing where only the type itself can tell: scalars of a schema's own, and enums whose words stand for other values. */
export const plainLeaf = (type: GraphQLLeafType): IsPlain | undefined => {
  if (!isEnumType(type)) return builtIn.get(type)
  const values = type.getValues()
  if (values.some(({ name, value }) => value !== name)) return undefined
  const words: ReadonlySet<unknown> = new Set(values.map(({ name }) => name))
  return (value) => words.has(value)
}
