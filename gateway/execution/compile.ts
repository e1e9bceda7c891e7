import { operationFromDocument } from '@apollo/federation-internals'
import type { Operation, Schema } from '@apollo/federation-internals'
import type { PlanNode, QueryPlan } from '@apollo/query-planner'
import { getVariableValues, Kind, print } from 'graphql'
import type { DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, OperationTypeNode } from 'graphql'
import type { DegradedValue, RequestContext } from '../../subgraphs/context.ts'
import { foldDegraded } from '../../subgraphs/degraded.ts'
import { conditionsIn } from '../../subgraphs/conditions.ts'
import { readConditions } from './conditions.ts'
import type { JsonObject } from './json.ts'
import type { AskSubgraph, ExecutionError, Run } from './run.ts'
import { compileShape } from './shape.ts'
import type { Shape, ShapeError } from './shape.ts'
import { compileSteps } from './steps.ts'
import type { Meets } from './subtypes.ts'

/** One supergraph, as it is executed. */
export type ExecutionSchemas = {
  /** What clients see, as the planner has it and as graphql-js has it. */
  readonly apiSchema: Schema
  readonly schema: GraphQLSchema
  readonly meets: Meets
}

export type Executed = {
  /** Not there where nothing of the answer can be told. */
  readonly data?: JsonObject | null
  readonly errors: readonly ExecutionError[]
  readonly degraded: readonly DegradedValue[]
  /** What a subgraph gave that its schema does not allow: it is null in the data. */
  readonly refused: readonly ShapeError[]
}

export type ExecuteOptions = {
  readonly variables: Readonly<JsonObject>
  readonly context: RequestContext
  readonly ask: AskSubgraph
  /** What is known from the start: the event of a subscription, as its owner answered it. It is changed. */
  readonly known?: { readonly data: JsonObject; readonly errors: readonly ExecutionError[]; readonly degraded: readonly DegradedValue[] }
}

/** An operation as it is executed, again and again. */
export type CompiledOperation = {
  readonly kind: OperationTypeNode
  /** About as much memory as it takes, with its plan and its document. */
  readonly bytes: number
  /** What is wrong with the variables that a client sent; nothing where nothing is. */
  checkVariables(variables: Readonly<JsonObject>): readonly GraphQLError[]
  /** Rejects where a subgraph gave what no plan can go on with, such as text for a list. */
  execute(opt: ExecuteOptions): Promise<Executed>
}

export type CompileOptions = ExecutionSchemas & {
  readonly plan: QueryPlan
  /** Valid, and with nothing but the operation and its fragments. */
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

/** Conditions that a client may combine at will are as many answers' shapes; so many are kept. */
const maxShapes = 16

export const compileOperation = (opt: CompileOptions): CompiledOperation => {
  const { plan, document, operation: node, apiSchema, schema, meets } = opt
  const operation = operationFromDocument(apiSchema, document, { validate: false })
  const defaults: Readonly<JsonObject> = operation.collectDefaultedVariableValues()
  const planned = plainNode(plan)
  const steps = planned && compileSteps(planned, { meets, defaults, kind: node.operation })
  const shapeFor = openShapes(opt, operation, defaults)
  const definitions = node.variableDefinitions ?? []
  return {
    kind: node.operation,
    bytes: bytesOf(opt),
    checkVariables: (variables) => (definitions.length === 0 ? [] : (getVariableValues(schema, definitions, variables).errors ?? [])),
    execute: async ({ variables, context, ask, known }) => {
      const run: Run = { root: known?.data ?? {}, variables, context, ask, errors: [...(known?.errors ?? [])], degraded: [...(known?.degraded ?? [])] }
      const running = steps?.(run)
      if (running) await running
      return finish(run, shapeFor(variables))
    },
  }
}

const plainNode = ({ node }: QueryPlan): PlanNode | undefined => {
  if (node?.kind === 'Subscription') throw new Error('a subscription is planned by its first fetch and the rest')
  return node
}

/**
 * Taken from measurements: what lasts of an operation grows with the text of its fetches and its own, which is read into trees by three libraries.
 */
const bytesOf = ({ plan, document }: CompileOptions): number => {
  const own = document.loc?.source.body.length ?? print(document).length
  return baseBytes + bytesPerCharacter * (own + charactersOf(plainNode(plan)))
}

const baseBytes = 16_384
const bytesPerCharacter = 100

const charactersOf = (node: PlanNode | undefined): number => {
  switch (node?.kind) {
    case 'Fetch':
      return node.operation.length
    case 'Flatten':
      return charactersOf(node.node)
    case 'Sequence':
    case 'Parallel':
      return node.nodes.reduce((sum, each) => sum + charactersOf(each), 0)
    case 'Condition':
      return charactersOf(node.ifClause) + charactersOf(node.elseClause)
    default:
      return 0
  }
}

const openShapes = (opt: CompileOptions, operation: Operation, defaults: Readonly<JsonObject>): ((variables: Readonly<JsonObject>) => Shape) => {
  const { apiSchema, schema, document, operation: { variableDefinitions: definitions = [] } } = opt
  const names = conditionsIn(document.definitions)
  const compile = (conditions: Map<string, boolean | undefined> | ReadonlyMap<string, boolean | undefined>) => compileShape({ operation, apiSchema, schema, definitions, conditions })
  if (names.length === 0) {
    const shape = compile(new Map())
    return () => shape
  }
  const shapes = new Map<string, Shape>()
  return (variables) => {
    const { key, conditions } = readConditions(names, variables, defaults)
    const known = shapes.get(key)
    if (known) return known
    const shape = compile(conditions())
    if (shapes.size >= maxShapes) shapes.clear()
    shapes.set(key, shape)
    return shape
  }
}

const finish = ({ root, variables, errors, degraded }: Run, shape: Shape): Executed => {
  const refused: ShapeError[] = []
  const told = { errors, degraded: foldDegraded(degraded), refused }
  try {
    return { ...told, data: shape(root, { path: [], errors: refused, variables }) }
  } catch (error) {
    return { ...told, errors: [{ message: error instanceof Error ? error.message : 'the answer has no shape', cause: error }] }
  }
}

/** The one operation of a document that is to be run, with its fragments. Null where it has none of that name, or several and no name. */
export const pickOperation = (document: DocumentNode, name: string | undefined): Pick<CompileOptions, 'document' | 'operation'> | null => {
  const operations = document.definitions.filter((each) => each.kind === Kind.OPERATION_DEFINITION)
  const [operation, ...others] = name === undefined || name === '' ? operations : operations.filter((each) => each.name?.value === name)
  if (!operation || others.length > 0) return null
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  return { operation, document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] } }
}
