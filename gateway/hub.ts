import { readFile } from 'node:fs/promises'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { openRegistry } from '../fuse/registry.ts'
import type { FuseRegistry } from '../fuse/registry.ts'
import { openCursors } from '../subgraphs/cursors.ts'
import type { Environment, FaultInjector } from '../subgraphs/environment.ts'
import { subgraphModules } from '../subgraphs/index.ts'
import { openInternalSigner } from '../subgraphs/internal.ts'
import { openAuthenticate } from './caller.ts'
import type { Config } from './config.ts'
import { openHealth } from './health.ts'
import type { Health } from './health.ts'
import { openHttpDoor } from './http-door.ts'
import { openMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import type { Secrets } from './secrets.ts'
import { openSupergraph } from './supergraph.ts'
import { openInProcess, openOverHttp } from './transport.ts'
import type { Transport } from './transport.ts'

/** A running hub. Disposing drains it: it stops accepting, finishes what runs, and closes what it opened, backwards. */
export type Hub = AsyncDisposable & { readonly url: string; readonly registry: FuseRegistry }

export type HubOptions = {
  readonly config: Config
  readonly secrets: Secrets
  readonly log: Logger
  /** Null but where the demo company runs. */
  readonly faults: FaultInjector | null
}

const supergraphFile = new URL('supergraph.graphql', import.meta.url)

/**
 * Opens everything and listens. No backend and no subgraph is asked for anything, so none has to be up.
 * Rejects where a port is taken, and closes what it had opened by then.
 */
export const startHub = async (opt: HubOptions): Promise<Hub> => {
  await using opening = new AsyncDisposableStack()
  const { config, log } = opt
  const metrics = openMetrics()
  const registry = opening.use(
    openRegistry({ instance: config.instance, staleBytes: config.stale.maxBytes, onAnswered: (backend, ms) => metrics.observeCall(backend, ms), log }),
  )
  metrics.watch(registry)
  const transports = openTransports(opt, registry, opening)
  const door = opening.use(
    await openHttpDoor({
      supergraph: openSupergraph({ supergraphSdl: await readFile(supergraphFile, 'utf8'), transports, log }),
      authenticate: openAuthenticate({
        secret: opt.secrets.secret,
        jwks: config.auth.jwks ?? null,
        issuer: config.auth.issuer ?? null,
        audience: config.auth.audience,
      }),
      limits: config.limits,
      freshness: { ...config.freshness, onlyIfCached: false },
      metrics,
      log,
    }),
  )
  const health = await openOperatorDoor(config, metrics, door.app, opening)
  const url = await door.app.listen({ host: config.host, port: config.port })
  opening.defer(() => health.drain())
  const opened = opening.move()
  return { url: `${url}/graphql`, registry, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** A subgraph with a `url` runs in another process; every other one runs here. */
const openTransports = (opt: HubOptions, registry: FuseRegistry, opening: AsyncDisposableStack): ReadonlyMap<string, Transport> => {
  const { config, secrets } = opt
  const sign = openInternalSigner(secrets.internal)
  const environment = openEnvironment(opt, registry)
  return new Map(
    subgraphModules.map((module) => {
      const { name } = module
      const url = urlOf(config, name)
      const transport = url === undefined ? openInProcess(opening.use(module.open(environment))) : opening.use(openOverHttp({ name, url, sign }))
      return [name, transport]
    }),
  )
}

const urlOf = ({ subgraphs }: Config, name: string): string | undefined =>
  Object.entries(subgraphs).find(([one]) => one === name)?.[1].url

/** What subgraphs are opened with, in the hub and in a process of their own. */
export const openEnvironment = ({ config, secrets, log, faults }: HubOptions, registry: FuseRegistry): Environment => ({
  backends: config.backends,
  registry,
  cursors: openCursors(secrets.internal),
  log,
  faults,
  peers: Object.values(config.subgraphs).flatMap(({ url }) => url ?? []),
  internalKey: secrets.internal,
})

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
