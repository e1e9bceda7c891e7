import { setImmediate as turn } from 'node:timers/promises'
import { ApolloGateway } from '@apollo/gateway'
import type { GraphQLDataSource } from '@apollo/gateway'
import { parse, validate } from 'graphql'
import type { Logger } from 'pino'
import type { RequestContext } from '../subgraphs/context.ts'
import { partMarks, toResponse } from './degraded-marks.ts'
import { openPlanCache } from './execution/plan-cache.ts'
import type { Asked, PlanCache } from './execution/plan-cache.ts'
import { askPatiently } from './execution/patience.ts'
import type { AskSubgraph } from './execution/run.ts'
import { shareFetches } from './execution/sharing.ts'
import { openCompiledJoins, openStockJoins } from './joining.ts'
import { beginFetch, endFetch, openPlanTrace } from './plan-trace.ts'
import { openPlanning } from './planning.ts'
import type { Planning } from './planning.ts'
import { failureOf } from './transport.ts'
import type { Transport } from './transport.ts'

type Executor = ApolloGateway['executor']
type Loaded = { readonly executor: Executor }

/** One supergraph with what has been planned over it. */
export type Generation = { readonly sdl: string; readonly planning: Planning; readonly plans: PlanCache }

/** The gateway as Apollo Server takes it. `swap` puts a new supergraph in the place of the old one, without a restart. */
export type Supergraph = {
  load(options: Parameters<ApolloGateway['load']>[0]): Promise<Loaded>
  onSchemaLoadOrUpdate: ApolloGateway['onSchemaLoadOrUpdate']
  stop(): Promise<void>
  /**
   * Plans a new supergraph's operations before it is swapped in: those that are asked for most often now, in slices, so that no request waits for it. Rejects where
   * it can't be read; an operation that it has no more is left out.
   */
  prepare(supergraphSdl: string): Promise<void>
  /** Throws, and keeps the old one, where the new one can't be loaded. */
  swap(supergraphSdl: string): void
  /** How operations of the present supergraph are planned; another one after each swap. Throws before the first is loaded. */
  planning(): Planning
  /** What has been planned by now of it. */
  plans(): PlanCache
  /** Asks a subgraph for a step of a plan. */
  readonly ask: AskSubgraph
  /** Which executor carries plans out. */
  readonly executor: ExecutorName
}

export type ExecutorName = 'compiled' | 'apollo'

export type SupergraphOptions = {
  readonly supergraphSdl: string
  readonly transports: ReadonlyMap<string, Transport>
  /** Whether requests may have spans. */
  readonly traced: boolean
  readonly log: Logger
  /** Ours by default; `apollo` is the stock one. */
  readonly executor?: ExecutorName
  /** How much memory compiled operations may take. */
  readonly planBytes?: number
}

const gatewaySettings = { queryPlannerConfig: { exposeDocumentNodeInFetchNode: true }, __exposeQueryPlanExperimental: false, validateSupergraph: true } as const

const defaultPlanBytes = 128 * 1024 * 1024

export const openSupergraph = (opt: SupergraphOptions): Supergraph => {
  const { supergraphSdl, transports, traced, log, executor = 'compiled' } = opt
  const loaded: { update: ((sdl: string) => void) | null; present: Generation | null; next: Generation | null } = { update: null, present: null, next: null }
  const planTrace = traced ? openPlanTrace() : null
  const services = new Map([...transports].map(([name, transport]) => [name, toDataSource(name, transport)]))
  const ask = askPatiently(shareFetches(openAsk(transports)), (asked, context) => failureOf(asked.service, asked, context))
  const openJoins = executor === 'compiled' ? openCompiledJoins(ask) : openStockJoins(services)
  const openGeneration = (sdl: string): Generation => {
    const planning = openPlanning({ supergraphSdl: sdl, openJoins })
    return { sdl, planning, plans: openPlanCache({ maxBytes: opt.planBytes ?? defaultPlanBytes, plan: planning.compile }) }
  }
  const gateway = new ApolloGateway({
    supergraphSdl: async ({ update }) => {
      loaded.update = update
      return { supergraphSdl }
    },
    buildService: ({ name }) => services.get(name) ?? refuseUnknown(name),
    ...gatewaySettings,
    logger: log,
    ...(planTrace ? { experimental_didResolveQueryPlan: planTrace.resolved } : {}),
  })
  gateway.onSchemaLoadOrUpdate(({ coreSupergraphSdl }) => {
    loaded.present = loaded.next?.sdl === coreSupergraphSdl ? loaded.next : openGeneration(coreSupergraphSdl)
    loaded.next = null
  })
  const present = () => {
    if (!loaded.present) throw new Error('the first supergraph has not been loaded')
    return loaded.present
  }
  return {
    ask,
    executor,
    planning: () => present().planning,
    plans: () => present().plans,
    load: async (options) => {
      const stock = (await gateway.load(options)).executor
      return { executor: withDegraded(planTrace ? planTrace.traced(stock) : stock) }
    },
    ...{ onSchemaLoadOrUpdate: (callback) => gateway.onSchemaLoadOrUpdate(callback), stop: () => gateway.stop() },
    prepare: async (sdl) => {
      const next = openGeneration(sdl)
      if (executor === 'compiled') await warmUp(next, loaded.present?.plans.busiest(maxWarmed) ?? [])
      loaded.next = next
    },
    swap: (sdl) => {
      if (!loaded.update) throw new Error('the first supergraph has not been loaded')
      loaded.update(sdl)
    },
  }
}

/** As many operations are planned before a supergraph is swapped in. */
const maxWarmed = 500

const warmUp = async ({ planning, plans }: Generation, operations: readonly Asked[]): Promise<void> => {
  for (const asked of operations.toReversed()) {
    await turn()
    try {
      if (validate(planning.schema, asked.document).length === 0) plans.find(asked)
    } catch {
      // What can't be planned is told to whoever asks for it.
    }
  }
}

const refuseUnknown = (name: string): never => {
  throw new Error(`the supergraph names a subgraph that this hub does not have: ${name}`)
}

const openAsk =
  (transports: ReadonlyMap<string, Transport>): AskSubgraph =>
  ({ service, document, variables, operationName, path, entities }, context) => {
    const transport = transports.get(service) ?? refuseUnknown(service)
    const request = { document, variables, operationName }
    const { span: operation } = context
    if (!operation) return transport.fetch(request, context)
    const span = beginFetch(operation, service, transport, { path, entities })
    return transport.fetch(request, context, span).then((result) => {
      endFetch(span, result)
      return result
    })
  }

const toDataSource = (name: string, transport: Transport): GraphQLDataSource<RequestContext> => ({
  process: async (options) => {
    if (!('incomingRequestContext' in options)) throw new Error('this hub asks its subgraphs only for what clients ask')
    const { request, context, document, pathInIncomingRequest = [] } = options
    const { representations } = request.variables ?? {}
    const span = context.span && beginFetch(context.span, name, transport, { path: pathInIncomingRequest, entities: Array.isArray(representations) ? representations.length : null })
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
