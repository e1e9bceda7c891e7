import type { Schema } from '@apollo/federation-internals'
import { buildOperationContext, executeQueryPlan } from '@apollo/gateway'
import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway'
import type { FetchNode, QueryPlan } from '@apollo/query-planner'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import type { DegradedValue, RequestContext } from '../subgraphs/context.ts'
import { partMarks, toResponse } from './degraded-marks.ts'
import { compileOperation } from './execution/compile.ts'
import type { AskSubgraph } from './execution/run.ts'
import type { Meets } from './execution/subtypes.ts'
import type { FetchResult } from './fetch-result.ts'

/** One supergraph, as libraries and our own executor read it. */
export type PlanningSchemas = {
  /** What clients see. */
  readonly apiSchema: Schema
  readonly schema: GraphQLSchema
  readonly supergraphSchema: GraphQLSchema
  readonly meets: Meets
}

export type Joined = {
  readonly data?: unknown
  readonly errors: readonly unknown[]
  readonly degraded: readonly DegradedValue[]
}

export type EventToJoin = {
  readonly variables: Readonly<Record<string, unknown>>
  /** What the owner of the root field says of the event. */
  readonly result: FetchResult
}

/**
 * The whole answer for one event: the owner's part with what the plan adds to it from the other subgraphs, in the shape that the client asked for.
 */
export type Joins = (event: EventToJoin, context: RequestContext) => Promise<Joined>

export type PlanToJoin = PlanningSchemas & {
  /** Its first fetch, `primary`, is the owner's answer. */
  readonly plan: QueryPlan
  readonly primary: FetchNode
  readonly document: DocumentNode
  readonly operation: OperationDefinitionNode
}

export type OpenJoins = (plan: PlanToJoin) => Joins

/** The steps of a query, but that the first has been answered already. */
export const openCompiledJoins =
  (ask: AskSubgraph): OpenJoins =>
  (planned) => {
    const compiled = compileOperation(planned)
    const { operation: primary } = planned.primary
    return async ({ variables, result }, context) => {
      // The joins are written into what the owner answered, and parts of that may be the event itself, which others have as well.
      const answered = { ...result, data: structuredClone(result.data) }
      return compiled.execute({ variables, context, ask: (one, of) => (one.text === primary ? Promise.resolve(answered) : ask(one, of)) })
    }
  }

/** All that the stock executor reads of a request. */
type Incoming = Pick<Parameters<typeof executeQueryPlan>[2], 'request' | 'context' | 'metrics' | 'logger'>

type Executor = {
  execute(
    plan: QueryPlan, services: ServiceMap, incoming: Incoming, operation: ReturnType<typeof buildOperationContext>, supergraph: GraphQLSchema, api: Schema,
  ): ReturnType<typeof executeQueryPlan>
}

const stock: Executor = { execute: executeQueryPlan }

/** The same by the stock executor, which is told that the owner has answered already. */
export const openStockJoins =
  (services: ReadonlyMap<string, GraphQLDataSource<RequestContext>>): OpenJoins =>
  ({ plan, primary, document, schema, apiSchema, supergraphSchema }) => {
    const operationContext = buildOperationContext({ schema, operationDocument: document })
    const owner = services.get(primary.serviceName)
    return async ({ variables, result }, context) => {
      const answered = toResponse({ ...result, data: structuredClone(result.data) })
      const knowing: GraphQLDataSource<RequestContext> = {
        process: async (options) => (options.request.query === primary.operation ? answered : (owner?.process(options) ?? answered)),
      }
      const serviceMap: ServiceMap = { ...Object.fromEntries(services), [primary.serviceName]: knowing }
      const incoming: Incoming = { request: { variables: { ...variables } }, context, metrics: {}, logger: context.log }
      const { data, errors = [] } = await stock.execute(plan, serviceMap, incoming, operationContext, supergraphSchema, apiSchema)
      return { data, ...partMarks(errors) }
    }
  }
