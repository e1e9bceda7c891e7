import type { ApolloGateway, GatewayConfig } from '@apollo/gateway'
import type { Span } from '../fuse/span.ts'
import type { RequestContext } from '../subgraphs/context.ts'
import type { FetchResult } from './fetch-result.ts'
import type { Transport } from './transport.ts'

type Executor = ApolloGateway['executor']
type DidResolvePlan = NonNullable<GatewayConfig['experimental_didResolveQueryPlan']>

/** The span of the plan: from when the executor has an operation until it knows how to ask for it. */
export type PlanTrace = { readonly resolved: DidResolvePlan; readonly traced: (execute: Executor) => Executor }

export const openPlanTrace = (): PlanTrace => {
  const planning = new WeakMap<object, Span>()
  /** The gateway keeps plans, and gives the same object again. */
  const known = new WeakSet<object>()
  return {
    resolved: ({ queryPlan, requestContext }) => {
      const span = planning.get(requestContext)
      span?.set({ 'plan.cached': known.has(queryPlan) })
      span?.end()
      known.add(queryPlan)
    },
    traced: (execute) => async (requestContext) => {
      const span = spanOf(requestContext.context)?.child('plan')
      if (!span) return execute(requestContext)
      planning.set(requestContext, span)
      try {
        return await execute(requestContext)
      } finally {
        // Where no plan was made of it: the operation is not a valid one.
        span.end({ code: 'GRAPHQL_VALIDATION_FAILED' })
      }
    },
  }
}

const spanOf = (context: Pick<RequestContext, 'span'>): Span | undefined => context.span

/** Where in the answer a fetch belongs, in the plan's words, and how many entities it is about. */
type About = { readonly path: readonly (string | number)[]; readonly entities: number | null }

/** The span of one fetch of a plan. Of its representations only the number is told, as they are made of ids. */
export const beginFetch = (operation: Span, subgraph: string, { kind }: Transport, { path, entities }: About): Span =>
  operation.child(
    `fetch ${subgraph}`,
    {
      'fetch.subgraph': subgraph,
      'fetch.transport': kind,
      ...(path.length > 0 ? { 'fetch.path': path.join('.') } : {}),
      ...(entities === null ? {} : { 'fetch.entities': entities }),
    },
    kind === 'http' ? 'client' : 'internal',
  )

export const endFetch = (span: Span, { errors = [], degraded }: FetchResult): void => {
  span.set({ 'fetch.errors': errors.length, 'fetch.degraded': degraded.length })
  span.end(errors.length > 0 ? { code: String(errors[0]?.extensions?.['code']) } : undefined)
}
