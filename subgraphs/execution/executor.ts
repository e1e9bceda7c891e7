import { GraphQLError, Kind, OperationTypeNode } from 'graphql'
import type { DocumentNode, ExecutionResult, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import type { Variables } from './collect.ts'
import { compileSet } from './compiled-set.ts'
import type { CompiledSet } from './compiled-set.ts'
import { conditionsIn } from '../conditions.ts'
import { executeFields, executeInTurn } from './fields.ts'
import { FoundErrors } from './place.ts'
import { readVariables } from './variables.ts'
import type { Checks, Running } from './running.ts'

/*
 * Executes operations as graphql-js does (its `execute`), with all that is the same for each request found out once: which fields there are on which type,
 * their definitions, resolvers and completion. graphql-js stays the judge of what is right, and reads what is not plain of variables,
 * arguments and leaves. What is made into code, and of what, is in `plain-objects.ts`.
 */

export type ExecuteArgs = {
  readonly document: DocumentNode
  readonly variableValues: Readonly<Record<string, unknown>>
  readonly operationName?: string | undefined
  readonly rootValue?: unknown
  readonly contextValue?: unknown
}

/** Never rejects and never throws: what fails is in the result's errors. */
export type Execute = (args: ExecuteArgs) => Promise<ExecutionResult>

type Compiled = {
  readonly operation: OperationDefinitionNode
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** The variables that decide what is selected. */
  readonly conditions: readonly string[]
  readonly rootSet: CompiledSet
}

export type ExecutorOptions = {
  readonly checks?: Checks
  /** How often a selection is used before it is worth a function of its own. */
  readonly hotAfter?: number
}

/** Operations are known by their document's object: whoever sends the same again is to send the same object. */
export const openExecutor = (schema: GraphQLSchema, { checks = new Map(), hotAfter = 200 }: ExecutorOptions = {}): Execute => {
  const known = new WeakMap<DocumentNode, Map<string | undefined, Compiled>>()
  const find = ({ document, operationName }: ExecuteArgs): Compiled => {
    const ofDocument = known.get(document) ?? new Map<string | undefined, Compiled>()
    const found = ofDocument.get(operationName)
    if (found) return found
    const compiled = compile(document, operationName)
    known.set(document, ofDocument.set(operationName, compiled))
    return compiled
  }
  return async (args) => {
    try {
      return await execute({ schema, checks, hotAfter }, find(args), args)
    } catch (error) {
      return { errors: [toGraphQLError(error)] }
    }
  }
}

const toGraphQLError = (error: unknown): GraphQLError =>
  error instanceof GraphQLError ? error : new GraphQLError(error instanceof Error ? error.message : 'something that is no error was thrown', { ...(error instanceof Error ? { originalError: error } : {}) })

const compile = ({ definitions }: DocumentNode, name: string | undefined): Compiled => {
  const operation = pick(definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION), name)
  const fragments = new Map(definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]))
  return { operation, fragments, conditions: conditionsIn(definitions), rootSet: compileSet([operation.selectionSet]) }
}

const pick = (operations: readonly OperationDefinitionNode[], name: string | undefined): OperationDefinitionNode => {
  if (name !== undefined) {
    const found = operations.findLast((each) => each.name?.value === name)
    if (!found) throw new GraphQLError(`Unknown operation named "${name}".`)
    return found
  }
  const [only, ...others] = operations
  if (!only) throw new GraphQLError('Must provide an operation.')
  if (others.length > 0) throw new GraphQLError('Must provide operation name if query contains multiple operations.')
  return only
}

const none: Variables = {}

let executions = 0

type Fixed = Pick<Running, 'schema' | 'checks' | 'hotAfter'>

const execute = (fixed: Fixed, { operation, fragments, conditions, rootSet }: Compiled, args: ExecuteArgs): ExecutionResult | Promise<ExecutionResult> => {
  const { variableDefinitions = [] } = operation
  const read = variableDefinitions.length === 0 ? { coerced: none } : readVariables(fixed.schema, variableDefinitions, args.variableValues)
  if (read.errors) return { errors: read.errors }
  const { coerced: variables } = read
  const key = conditions.length === 0 ? '' : conditions.map((name) => String(Object.hasOwn(variables, name) ? variables[name] : undefined)).join()
  const found = new FoundErrors()
  executions += 1
  const running: Running = { ...fixed, id: executions, fragments, variables, conditions: key, operation, rootValue: args.rootValue, contextValue: args.contextValue, found }
  return toResult(running, rootSet)
}

const toResult = (running: Running, rootSet: CompiledSet): ExecutionResult | Promise<ExecutionResult> => {
  try {
    const data = executeRoot(running, rootSet)
    return data instanceof Promise ? data.then((late: unknown) => respond(running, late), (error: unknown) => fail(running, error)) : respond(running, data)
  } catch (error) {
    return fail(running, error)
  }
}

const executeRoot = (running: Running, rootSet: CompiledSet): unknown => {
  const { schema, operation: { operation }, rootValue } = running
  const type = schema.getRootType(operation)
  if (!type) throw new GraphQLError(`Schema is not configured to execute ${operation} operation.`, { nodes: running.operation })
  const { fields } = rootSet(type, running)
  return operation === OperationTypeNode.MUTATION ? executeInTurn(fields, rootValue, running) : executeFields(fields, rootValue, running, undefined)
}

const isAnswer = (data: unknown): data is Record<string, unknown> => typeof data === 'object' && data !== null

const respond = ({ found: { errors } }: Running, data: unknown): ExecutionResult => ({ ...(errors.length > 0 ? { errors } : {}), data: isAnswer(data) ? data : null })

const fail = (running: Running, error: unknown): ExecutionResult => {
  running.found.add(toGraphQLError(error), undefined)
  return respond(running, null)
}
