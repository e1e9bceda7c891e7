import { readFile } from 'node:fs/promises'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Logger } from 'pino'
import { openBus } from '../bus/open.ts'
import { openRegistry } from '../fuse/registry.ts'
import type { FuseRegistry } from '../fuse/registry.ts'
import { openDatabase } from '../prisma/client.ts'
import { announceFuses } from '../subgraphs/announce.ts'
import type { FaultInjector } from '../subgraphs/environment.ts'
import { openAuthenticate } from './caller.ts'
import type { Authenticate } from './caller.ts'
import { refuseRestart } from './config-changes.ts'
import { ConfigError } from './config.ts'
import type { Config } from './config.ts'
import { findConsole } from './console-build.ts'
import { openConsoleDoor } from './console-door.ts'
import { openHealth } from './health.ts'
import type { Health } from './health.ts'
import { openHttpDoor } from './http-door.ts'
import { openMetrics } from './metrics.ts'
import type { Metrics } from './metrics.ts'
import { readOperationsManifest } from './operations-manifest.ts'
import { openPersistedOperations } from './persisted-operations.ts'
import type { PersistedOperations } from './persisted-operations.ts'
import { openRoutingFiles } from './routing-files.ts'
import type { Secrets } from './secrets.ts'
import type { DemoIdentity } from './session.ts'
import { openSessionDoor } from './session-door.ts'
import { openSocketDoor } from './socket-door.ts'
import { openSubgraphSet } from './subgraph-set.ts'
import type { SubgraphSet } from './subgraph-set.ts'
import { openSupergraph } from './supergraph.ts'
import type { Supergraph } from './supergraph.ts'
import { openSynonymsFile } from './synonyms-file.ts'
import { signToken } from './token-signing.ts'
import { openTracing } from './tracing.ts'

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
  /** Whom anybody may be in the console; nobody but where the demo company runs. */
  readonly identities: readonly DemoIdentity[]
}

/**
 * Opens everything and listens. No backend and no subgraph is asked for anything, so none has to be up.
 * Rejects where a port is taken or a file that the configuration names can't be used, and closes what it had opened by then.
 */
export const startHub = async (opt: HubOptions): Promise<Hub> => {
  await using opening = new AsyncDisposableStack()
  const { config, log } = opt
  const present = toPresent(config, await readFiles(config))
  const tracer = opening.use(await openTracing(opt))
  const metrics = openMetrics()
  const registry = opening.use(
    openRegistry({ instance: config.instance, staleBytes: config.stale.maxBytes, onAnswered: (backend, ms) => metrics.observeCall(backend, ms), log }),
  )
  metrics.watch(registry)
  const bus = opening.use(openBus(config.bus, config.instance, log))
  opening.defer(announceFuses(registry, bus))
  const database = opening.use(openDatabase({ ...config.database, dataDir: config.dataDir }, log))
  const files = { log, reloaded: (outcome: 'swapped' | 'refused') => metrics.countReload(outcome) }
  const [rules, synonyms] = [opening.use(await openRoutingFiles(config.routing, files)), opening.use(await openSynonymsFile(config.knowledge, files))]
  const meters = { chatMeter: metrics.chat, routingMeter: metrics.routing, knowledgeMeter: metrics.knowledge }
  const subgraphs = opening.use(openSubgraphSet(opt, { registry, bus, database, rules, synonyms, ...meters }))
  // Nobody asks any more by then: what the subgraphs still wait for themselves is given up.
  opening.defer(database.stopOpening)
  const supergraph = openSupergraph({ supergraphSdl: present.sdl, transports: subgraphs.transports, traced: tracer !== null, log, executor: config.executor })
  const registeredBytes = config.persistedOperations.cacheBytes
  const asked = { supergraph, authenticate: openCallers(opt), settings: () => present.door, metrics, tracer, log }
  const door = opening.use(await openHttpDoor({ ...asked, registeredBytes }))
  const { server } = door.app
  const sockets = opening.use(openSocketDoor({ ...asked, server, requests: door.requests, transports: subgraphs.transports, bounds: config.sockets }))
  await openConsole(door.app, asked.authenticate, opt)
  const health = await openOperatorDoor(config, metrics, door.app, opening)
  const url = await door.app.listen({ host: config.host, port: config.port })
  opening.defer(() => health.drain())
  const opened = opening.move()
  const reload = async (next: Config) => {
    refuseRestart(present.config, next)
    const read = await readFiles(next)
    if (read.sdl !== present.sdl) await supergraph.prepare(read.sdl)
    const replaced = replaceAll(subgraphs, supergraph, { config: next, sdl: read.sdl, before: present.sdl })
    log.info({ replaced, supergraph: read.sdl !== present.sdl }, 'the configuration was swapped')
    Object.assign(present, toPresent(next, read))
    door.reloaded()
    sockets.reloaded()
    log.level = next.logLevel
  }
  return { url: `${url}/graphql`, registry, reload, metrics, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Both or neither. */
const replaceAll = (subgraphs: SubgraphSet, supergraph: Supergraph, next: { readonly config: Config; readonly sdl: string; readonly before: string }): readonly string[] => {
  const { config, sdl, before } = next
  if (sdl === before) return subgraphs.reload(config)
  supergraph.swap(sdl)
  try {
    return subgraphs.reload(config)
  } catch (error) {
    supergraph.swap(before)
    throw error
  }
}

const openCallers = ({ config: { auth }, secrets: { secret } }: HubOptions): Authenticate =>
  openAuthenticate({ secret, jwks: auth.jwks ?? null, issuer: auth.issuer ?? null, audience: auth.audience })

/** The console, and what its page signs in at. */
const openConsole = async (app: FastifyInstance, authenticate: Authenticate, { config, secrets, identities, log }: HubOptions): Promise<void> => {
  const found = await findConsole(config.console, log)
  if (found.kind === 'off') return
  const { audience, issuer } = config.auth
  const sign = ({ id, name, role, departments }: DemoIdentity) => signToken(secrets.secret, { id, name, role: roleClaims[role], departments }, '12h', audience, issuer)
  await openSessionDoor(app, { authenticate, identities, sign, log })
  await openConsoleDoor(app, found)
}

const roleClaims = { AGENT: 'agent', ANALYST: 'analyst', ADMIN: 'admin' } as const

type Files = { readonly sdl: string; readonly persisted: PersistedOperations }

/** What holds until the next reload; `door` is made once, as each request asks for it several times. */
const toPresent = (config: Config, { sdl, persisted }: Files) => ({ config, sdl, door: { limits: config.limits, freshness: config.freshness, persisted } })

/** The files that a configuration names. Throws `ConfigError` for one that can't be used. */
const readFiles = async ({ supergraph, persistedOperations: { file, only } }: Config): Promise<Files> => ({
  sdl: await readSupergraph(supergraph.file),
  persisted: openPersistedOperations(file === undefined ? new Map() : await readOperationsManifest(file), only),
})

const readSupergraph = async (file: string | undefined): Promise<string> => {
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
