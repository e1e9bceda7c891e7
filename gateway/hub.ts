import { readFile } from 'node:fs/promises'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { openBus } from '../bus/open.ts'
import { openRegistry } from '../fuse/registry.ts'
import type { FuseRegistry } from '../fuse/registry.ts'
import { announceFuses } from '../subgraphs/announce.ts'
import type { FaultInjector } from '../subgraphs/environment.ts'
import { openAuthenticate } from './caller.ts'
import type { Authenticate } from './caller.ts'
import { refuseRestart } from './config-changes.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import { openHealth } from './health.ts'
import type { Health } from './health.ts'
import { openHttpDoor } from './http-door.ts'
import { openMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import type { Secrets } from './secrets.ts'
import { openSupergraph } from './supergraph.ts'
import { openSubgraphSet } from './subgraph-set.ts'

/** A running hub. Disposing drains it: it stops accepting, finishes what runs, and closes what it opened, backwards. */
export type Hub = AsyncDisposable & {
  readonly url: string
  readonly registry: FuseRegistry
  /**
   * Backends, their fuses, limits, freshness and the supergraph as this configuration has them, from the next request on; what runs
   * ends with what it began with. Rejects, and changes nothing, where any of it can't be used, or where it differs in what takes a restart.
   */
  reload(config: Config): Promise<void>
  readonly metrics: Metrics
}

export type HubOptions = {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Logger
  /** Null but where the demo company runs. */
  readonly faults: FaultInjector | null
}

/**
 * Opens everything and listens. No backend and no subgraph is asked for anything, so none has to be up.
 * Rejects where a port is taken, and closes what it had opened by then.
 */
export const startHub = async (opt: HubOptions): Promise<Hub> => {
  await using opening = new AsyncDisposableStack()
  const { config, log } = opt
  const state = { config, sdl: await readSupergraph(config) }
  const metrics = openMetrics()
  const registry = opening.use(
    openRegistry({ instance: config.instance, staleBytes: config.stale.maxBytes, onAnswered: (backend, ms) => metrics.observeCall(backend, ms), log }),
  )
  metrics.watch(registry)
  const bus = opening.use(openBus(config.bus, config.instance, log))
  opening.defer(announceFuses(registry, bus))
  const subgraphs = opening.use(openSubgraphSet(opt, registry))
  const supergraph = openSupergraph({ supergraphSdl: state.sdl, transports: subgraphs.transports, log })
  const door = opening.use(await openHttpDoor({ supergraph, authenticate: openCallers(opt), settings: () => state.config, metrics, log }))
  const health = await openOperatorDoor(config, metrics, door.app, opening)
  const url = await door.app.listen({ host: config.host, port: config.port })
  opening.defer(() => health.drain())
  const opened = opening.move()
  const reload = async (next: Config) => {
    refuseRestart(state.config, next)
    const sdl = await readSupergraph(next)
    if (sdl !== state.sdl) supergraph.swap(sdl)
    try {
      const replaced = subgraphs.reload(next)
      log.info({ replaced, supergraph: sdl !== state.sdl }, 'the configuration was swapped')
    } catch (error) {
      if (sdl !== state.sdl) supergraph.swap(state.sdl)
      throw error
    }
    Object.assign(state, { config: next, sdl })
    door.reloaded()
    log.level = next.logLevel
  }
  return { url: `${url}/graphql`, registry, reload, metrics, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

const openCallers = ({ config: { auth }, secrets: { secret } }: HubOptions): Authenticate =>
  openAuthenticate({ secret, jwks: auth.jwks ?? null, issuer: auth.issuer ?? null, audience: auth.audience })

const readSupergraph = async ({ supergraph: { file } }: Config): Promise<string> => {
  try {
    return await readFile(file ?? new URL('supergraph.graphql', import.meta.url), 'utf8')
  } catch (cause) {
    throw new ConfigError([`supergraph.file: expected a file that can be read; found none at ${file ?? 'its place'}`], { cause })
  }
}

/** Health and metrics are on `operator.port` alone where there is one, and beside the schema where there is none. */
const openOperatorDoor = async (config: Config, metrics: Metrics, app: FastifyInstance, opening: AsyncDisposableStack): Promise<Health> => {
  const { port, host } = config.operator
  if (port === undefined) return openHealth(app, metrics)
  const operator = fastify()
  const health = openHealth(operator, metrics)
  opening.defer(() => operator.close())
  await operator.listen({ host, port })
  return health
}
