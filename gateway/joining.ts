import { executeQueryPlan } from '@apollo/gateway'
import type { GraphQLDataSource, ServiceMap } from '@apollo/gateway'
import type { GraphQLError } from 'graphql'
import type { DegradedValue, RequestContext } from '../subgraphs/context.ts'
import { partMarks, toResponse } from './degraded-marks.ts'
import type { Joins, PlannedSubscription } from './planning.ts'
import type { FetchResult } from './fetch-result.ts'

/** All that the stock executor reads of a request. */
type Incoming = Pick<Parameters<typeof executeQueryPlan>[2], 'request' | 'context' | 'metrics' | 'logger'>

type Executor = {
  execute(
    plan: Joins['plan'], services: ServiceMap, incoming: Incoming, operation: Joins['operationContext'], supergraph: Joins['supergraphSchema'], api: Joins['apiSchema'],
  ): ReturnType<typeof executeQueryPlan>
}

const stock: Executor = { execute: executeQueryPlan }

export type Joined = {
  readonly data?: Record<string, unknown> | null | undefined
  readonly errors: readonly GraphQLError[]
  readonly degraded: readonly DegradedValue[]
}

export type EventToJoin = {
  readonly planned: PlannedSubscription
  readonly joins: Joins
  readonly variables: Readonly<Record<string, unknown>>
  /** What the owner of the root field says of the event. */
  readonly result: FetchResult
}

/**
 * The whole answer for one event: the owner's part with what the plan adds to it from the other subgraphs, in the shape that the client asked
 * for. The stock executor does it, as for a query; it is told that the owner has answered already.
 */
export const joinEvent = async (
  { planned, joins, variables, result }: EventToJoin, services: ReadonlyMap<string, GraphQLDataSource<RequestContext>>, context: RequestContext,
): Promise<Joined> => {
  // The executor writes the joins into the object that it is handed, and parts of it may be the event itself, which others have as well.
  const answered = toResponse({ ...result, data: structuredClone(result.data) })
  const { primary, plan, operationContext, supergraphSchema, apiSchema } = joins
  const owner = services.get(planned.service)
  const knowing: GraphQLDataSource<RequestContext> = {
    process: async (options) => (options.request.query === primary.operation ? answered : (owner?.process(options) ?? answered)),
  }
  const serviceMap: ServiceMap = { ...Object.fromEntries(services), [planned.service]: knowing }
  const incoming: Incoming = { request: { variables: { ...variables } }, context, metrics: {}, logger: context.log }
  const { data, errors = [] } = await stock.execute(plan, serviceMap, incoming, operationContext, supergraphSchema, apiSchema)
  return { data, ...partMarks(errors) }
}
