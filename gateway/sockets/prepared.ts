import { getOperationAST, getVariableValues, GraphQLError, Kind, OperationTypeNode, parse, specifiedRules, validate } from 'graphql'
import type { DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode, SelectionSetNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import { limitsRule } from '../limits.ts'
import type { Limits } from '../limits.ts'
import type { PlannedSubscription, Planning } from '../planning.ts'
import { unresolved } from '../request-report.ts'
import type { Supergraph } from '../supergraph.ts'

/** What a text is. A request is anything but a subscription, be it valid or not: who carries it out says. */
export type Prepared =
  | { readonly kind: 'request' }
  | { readonly kind: 'refused'; readonly errors: readonly GraphQLError[] }
  | {
    readonly kind: 'subscription'
    /** Another one for each text, so that it stands for it in a key. */
    readonly number: number
    readonly operation: OperationDefinitionNode
    readonly schema: GraphQLSchema
    readonly planned: PlannedSubscription
  }

export type PreparedSubscription = Extract<Prepared, { kind: 'subscription' }>

export type PreparedOperations = {
  prepare(text: string, operationName: string | undefined): Prepared
  /** Other limits hold from now on: what passed the earlier ones is looked at again. */
  clear(): void
}

/** A plan takes some 130 KB, and its text may be long. */
const maxOperations = 1_000
const maxCharacters = 10_000_000

/** Each text is parsed, checked and planned once for a supergraph; those that are not used are forgotten. */
export const openPreparedOperations = (supergraph: Pick<Supergraph, 'planning'>, limits: () => Limits): PreparedOperations => {
  const known = new LRUCache<string, Prepared>({ max: maxOperations, maxSize: maxCharacters, sizeCalculation: (_, key) => key.length + 1 })
  let planning: Planning | null = null
  let count = 0
  return {
    prepare: (text, operationName) => {
      const present = supergraph.planning()
      if (present !== planning) known.clear()
      planning = present
      const key = `${operationName ?? ''}\n${text}`
      const seen = known.get(key)
      if (seen) return seen
      count += 1
      const prepared = prepareNew(present, limits(), { text, operationName, number: count })
      known.set(key, prepared)
      return prepared
    },
    clear: () => known.clear(),
  }
}

type New = { readonly text: string; readonly operationName: string | undefined; readonly number: number }

const request: Prepared = { kind: 'request' }

const prepareNew = (planning: Planning, limits: Limits, { text, operationName, number }: New): Prepared => {
  const document = parseWithin(text, limits)
  if (!document) return request
  const operation = getOperationAST(document, operationName)
  if (!operation) return { kind: 'refused', errors: [unresolved()] }
  if (operation.operation !== OperationTypeNode.SUBSCRIPTION) return request
  const { schema } = planning
  const errors = check(schema, document, limits)
  if (errors.length > 0) return { kind: 'refused', errors }
  return { kind: 'subscription', number, operation, schema, planned: planning.plan(document, operation) }
}

const parseWithin = (text: string, { tokens }: Limits): DocumentNode | null => {
  try {
    return parse(text, { maxTokens: tokens })
  } catch {
    return null
  }
}

/** What asks for too much is not looked at any further. */
const check = (schema: GraphQLSchema, document: DocumentNode, limits: Limits): readonly GraphQLError[] => {
  const checks = [() => validate(schema, document, [limitsRule(limits)]), () => conditionsAtRoot(document), () => validate(schema, document, specifiedRules)]
  for (const find of checks) {
    const errors = find()
    if (errors.length > 0) return errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED'))
  }
  return []
}

const withCode = (error: GraphQLError, code: string): GraphQLError =>
  new GraphQLError(error.message, { nodes: error.nodes ?? null, extensions: { ...error.extensions, code } })

/**
 * Without its one root field a subscription would listen to nothing (GraphQL specification, section 5.2.4.1). To be looked at before the rules of
 * graphql-js, one of which evaluates these directives without the variables.
 */
const conditionsAtRoot = (document: DocumentNode): readonly GraphQLError[] =>
  document.definitions
    .filter((definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION)
    .filter(({ operation, selectionSet }) => operation === OperationTypeNode.SUBSCRIPTION && isConditional(selectionSet, document, new Set()))
    .map((node) => new GraphQLError('the root field of a subscription may have neither @skip nor @include', { nodes: node }))

const isConditional = ({ selections }: SelectionSetNode, document: DocumentNode, spread: Set<string>): boolean =>
  selections.some((selection) => {
    if (selection.directives?.some(({ name }) => name.value === 'skip' || name.value === 'include') === true) return true
    if (selection.kind === Kind.FIELD) return false
    if (selection.kind === Kind.INLINE_FRAGMENT) return isConditional(selection.selectionSet, document, spread)
    const name = selection.name.value
    const fragment = document.definitions.find((one): one is FragmentDefinitionNode => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name)
    if (!fragment || spread.has(name)) return false
    return isConditional(fragment.selectionSet, document, spread.add(name))
  })

/** Throws the first thing that is wrong with the variables. */
export const checkVariables = ({ schema, operation }: PreparedSubscription, variables: Readonly<Record<string, unknown>>): void => {
  const { errors } = getVariableValues(schema, operation.variableDefinitions ?? [], variables, { maxErrors: 1 })
  if (errors?.[0]) throw withCode(errors[0], 'BAD_USER_INPUT')
}
