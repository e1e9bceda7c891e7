import { getDirectiveValues, GraphQLIncludeDirective, GraphQLSkipDirective, isAbstractType, Kind, typeFromAST } from 'graphql'
import type { DirectiveNode, FieldNode, FragmentDefinitionNode, GraphQLObjectType, GraphQLSchema, SelectionSetNode } from 'graphql'

/* Which fields are asked for of an object (GraphQL specification, October 2021, section 6.3.2). */

export type Variables = Readonly<Record<string, unknown>>

export type Collecting = {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly variables: Variables
}

type Conditional = { readonly directives?: readonly DirectiveNode[] }

/** Throws where a condition has no value. */
const isIncluded = (node: Conditional, variables: Variables): boolean => {
  if (!node.directives || node.directives.length === 0) return true
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.['if'] === true) return false
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.['if'] !== false
}

const meets = ({ schema }: Collecting, { typeCondition }: Pick<FragmentDefinitionNode, 'typeCondition'> | { readonly typeCondition?: FragmentDefinitionNode['typeCondition'] | undefined }, type: GraphQLObjectType): boolean => {
  if (!typeCondition) return true
  const condition = typeFromAST(schema, typeCondition)
  return condition === type || (isAbstractType(condition) && schema.isSubType(condition, type))
}

/** The nodes of each field by its response key, in the order in which they are met. */
export const collectFields = (collecting: Collecting, type: GraphQLObjectType, sets: readonly SelectionSetNode[]): ReadonlyMap<string, readonly [FieldNode, ...FieldNode[]]> => {
  const found = new Map<string, [FieldNode, ...FieldNode[]]>()
  const spread = new Set<string>()
  for (const set of sets) collect(collecting, type, set, { found, spread })
  return found
}

type Found = { readonly found: Map<string, [FieldNode, ...FieldNode[]]>; readonly spread: Set<string> }

const collect = (collecting: Collecting, type: GraphQLObjectType, { selections }: SelectionSetNode, into: Found): void => {
  const { variables, fragments } = collecting
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      if (isIncluded(selection, variables)) add(into, selection)
      continue
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD && into.spread.has(selection.name.value)) continue
    if (!isIncluded(selection, variables)) continue
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
    if (selection.kind === Kind.FRAGMENT_SPREAD) into.spread.add(selection.name.value)
    if (fragment && meets(collecting, fragment, type)) collect(collecting, type, fragment.selectionSet, into)
  }
}

const add = ({ found }: Found, field: FieldNode): void => {
  const key = field.alias?.value ?? field.name.value
  const before = found.get(key)
  if (before) before.push(field)
  else found.set(key, [field])
}
