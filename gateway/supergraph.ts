import { ApolloGateway } from '@apollo/gateway'
import type { GraphQLDataSource } from '@apollo/gateway'
import { parse } from 'graphql'
import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { Logger } from 'pino'
import type { DegradedValue, RequestContext } from '../subgraphs/context.ts'
import { foldDegraded } from '../subgraphs/degraded.ts'
import { beginFetch, endFetch, openPlanTrace } from './plan-trace.ts'
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
}

export type SupergraphOptions = {
  readonly supergraphSdl: string
  readonly transports: ReadonlyMap<string, Transport>
  /** Whether requests may have spans. */
  readonly traced: boolean
  readonly log: Logger
}

export const openSupergraph = ({ supergraphSdl, transports, traced, log }: SupergraphOptions): Supergraph => {
  const loaded: { update: ((sdl: string) => void) | null } = { update: null }
  const planTrace = traced ? openPlanTrace() : null
  const gateway = new ApolloGateway({
    supergraphSdl: async ({ update }) => {
      loaded.update = update
      return { supergraphSdl }
    },
    buildService: ({ name }) => toDataSource(name, transports.get(name)),
    queryPlannerConfig: { exposeDocumentNodeInFetchNode: true },
    __exposeQueryPlanExperimental: false,
    validateSupergraph: true,
    logger: log,
    ...(planTrace ? { experimental_didResolveQueryPlan: planTrace.resolved } : {}),
  })
  return {
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

const toDataSource = (name: string, transport: Transport | undefined): GraphQLDataSource<RequestContext> => {
  if (!transport) throw new Error(`the supergraph names a subgraph that this hub does not have: ${name}`)
  return {
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
      return { data: result.data ?? null, errors: [...(result.errors ?? []), ...result.degraded.map(toMark)] }
    },
  }
}

/*
 * The stock executor maps the paths of a fetch's errors to the client's, and nothing else of a fetch: its extensions are
 * dropped. So what was degraded travels as an error with a mark, and is taken out again before anybody sees it.
 */
const markCode = 'FUSEBOARD_DEGRADED'

const toMark = ({ path, ...value }: DegradedValue): GraphQLFormattedError =>
  ({ message: 'degraded', path, extensions: { code: markCode, value } })

const isMark = (error: GraphQLError) => error.extensions['code'] === markCode

const withDegraded =
  (execute: Executor): Executor =>
  async (requestContext) => {
    const { data, errors = [] } = await execute(requestContext)
    const degraded = foldDegraded(errors.filter(isMark).flatMap(toDegraded))
    const real = errors.filter((error) => !isMark(error))
    return {
      ...(data === undefined ? {} : { data }),
      ...(real.length > 0 ? { errors: real } : {}),
      ...(degraded.length > 0 ? { extensions: { degraded } } : {}),
    }
  }

const toDegraded = ({ path, extensions }: GraphQLError): readonly DegradedValue[] => {
  const value: unknown = extensions['value']
  return path && isDegraded(value) ? [{ path, backend: value.backend, state: value.state, ageMs: value.ageMs }] : []
}

const isDegraded = (value: unknown): value is Omit<DegradedValue, 'path'> =>
  typeof value === 'object' && value !== null && 'backend' in value && 'state' in value && 'ageMs' in value
