import { ApolloGateway } from '@apollo/gateway'
import type { GraphQLDataSource } from '@apollo/gateway'
import { parse } from 'graphql'
import type { Logger } from 'pino'
import type { RequestContext } from '../subgraphs/context.ts'
import { partMarks, toResponse } from './degraded-marks.ts'
import { beginFetch, endFetch, openPlanTrace } from './plan-trace.ts'
import { openPlanning } from './planning.ts'
import type { Planning } from './planning.ts'
import type { Transport } from './transport.ts'

type Executor = ApolloGateway['executor']
type Loaded = { readonly executor: Executor }

/** The gateway as Apollo Server takes it. `swap` puts a new supergraph in the place of the old one, without a restart. */
export type Supergraph = {
  load(options: Parameters<ApolloGateway['load']>[0]): Promise<Loaded>
  onSchemaLoadOrUpdate: ApolloGateway['onSchemaLoadOrUpdate']
  stop(): Promise<void>
  /** Throws, and keeps the old one, where the new one can't be loaded. */
  swap(supergraphSdl: string): void
  /** How subscriptions of the present supergraph are planned; another one after each swap. Throws before the first is loaded. */
  planning(): Planning
  /** The subgraphs as the executor asks them. */
  readonly services: ReadonlyMap<string, GraphQLDataSource<RequestContext>>
}

export type SupergraphOptions = {
  readonly supergraphSdl: string
  readonly transports: ReadonlyMap<string, Transport>
  /** Whether requests may have spans. */
  readonly traced: boolean
  readonly log: Logger
}

export const openSupergraph = ({ supergraphSdl, transports, traced, log }: SupergraphOptions): Supergraph => {
  const loaded: { update: ((sdl: string) => void) | null; planning: Planning | null } = { update: null, planning: null }
  const planTrace = traced ? openPlanTrace() : null
  const services = new Map([...transports].map(([name, transport]) => [name, toDataSource(name, transport)]))
  const gateway = new ApolloGateway({
    supergraphSdl: async ({ update }) => {
      loaded.update = update
      return { supergraphSdl }
    },
    buildService: ({ name }) => services.get(name) ?? refuseUnknown(name),
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: log,
    ...(planTrace ? { experimental_didResolveQueryPlan: planTrace.resolved } : {}),
  })
  gateway.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => {
    loaded.planning = openPlanning(coreSupergraphSdl)
  })
  return {
    services,
    planning: () => {
      if (!loaded.planning) throw new Error('the first supergraph has not been loaded')
      return loaded.planning
    },
    load: async (options) => {
      const { executor } = await gateway.load(options)
      return { executor: withDegraded(planTrace ? planTrace.traced(executor) : executor) }
    },
    onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback),
    stop: () => gateway.stop(),
    swap: (sdl) => {
      if (!loaded.update) throw new Error('the first supergraph has not been loaded')
      loaded.update(sdl)
    },
  }
}

const refuseUnknown = (name: string): never => {
  throw new Error(`the supergraph names a subgraph that this hub does not have: ${name}`)
}

const toDataSource = (name: string, transport: Transport): GraphQLDataSource<RequestContext> => ({
  process: async (options) => {
    if (!('incomingRequestContext' in options)) throw new Error('this hub asks its subgraphs only for what clients ask')
    const { request, context, document } = options
    const span = beginFetch(name, transport, options)
    const result = await transport.fetch(
      { document: document ?? parse(request.query ?? ''), variables: request.variables ?? {}, operationName: request.operationName },
      context,
      span,
    )
    if (span) endFetch(span, result)
    return toResponse(result)
  },
})

const withDegraded =
  (execute: Executor): Executor =>
  async (requestContext) => {
    const { data, errors: told = [] } = await execute(requestContext)
    const { errors, degraded } = partMarks(told)
    return {
      ...(data === undefined ? {} : { data }),
      ...(errors.length > 0 ? { errors } : {}),
      ...(degraded.length > 0 ? { extensions: { degraded } } : {}),
    }
  }
