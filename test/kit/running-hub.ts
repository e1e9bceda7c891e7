import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pino from 'pino'
import type { Logger } from 'pino'
import { stringify } from 'yaml'
import { openBus } from '../../bus/open.ts'
import { demoBackends } from '../../demo/backends.ts'
import { startDemo } from '../../demo/start.ts'
import type { Demo } from '../../demo/start.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import { openRegistry } from '../../fuse/registry.ts'
import type { FuseRegistry, FuseSnapshot, FuseState } from '../../fuse/registry.ts'
import { loadConfig } from '../../gateway/config.ts'
import type { Config } from '../../gateway/config.ts'
import { openFaultInjector } from '../../gateway/faults.ts'
import { startHub } from '../../gateway/hub.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { openRoutingFiles } from '../../gateway/routing-files.ts'
import { openSynonymsFile } from '../../gateway/synonyms-file.ts'
import type { DemoIdentity } from '../../gateway/session.ts'
import { openTracing } from '../../gateway/tracing.ts'
import { openOverHttp } from '../../gateway/transport.ts'
import { openDatabase } from '../../prisma/client.ts'
import { openVisitorSigner, signToken } from '../../gateway/token-signing.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { announceFuses } from '../../subgraphs/announce.ts'
import { openCursors } from '../../subgraphs/cursors.ts'
import type { Environment } from '../../subgraphs/environment.ts'
import { subgraphModules } from '../../subgraphs/index.ts'
import { openInternalSigner, openInternalVerifier } from '../../subgraphs/internal.ts'
import { serveSubgraph } from '../../subgraphs/serve.ts'
import { openLocalFuses } from '../../subgraphs/status/backend.local.ts'
import { quietRouting } from './routing.ts'
import { openAsk } from './asking.ts'
import type { Ask } from './asking.ts'

export type TransportName = 'in-process' | 'http'
export const transportNames: readonly TransportName[] = ['in-process', 'http']

type Settings = Readonly<Record<string, unknown>>

export type OrdersWire = 'rest' | 'jsonrpc' | 'grpc'
export type LogisticsWire = 'soap' | 'rest'

export type RunningHubOptions = {
  readonly transport: TransportName
  /** Which of the demo's order systems is behind the hub; `rest` if nothing is said. */
  readonly orders?: OrdersWire
  /** Which of its two logistics systems; `soap` if nothing is said. */
  readonly logistics?: LogisticsWire
  /** For every backend, in the words of `fuseboard.yaml`. */
  readonly fuse?: Settings
  /** For one backend, over everything else. */
  readonly backends?: Readonly<Record<string, Settings>>
  readonly limits?: Settings
  readonly auth?: Settings
  readonly persistedOperations?: Settings
  readonly sockets?: Settings
  readonly chat?: Settings
  /** Nothing is read of the sources if nothing is said. */
  readonly knowledge?: Settings
  /** `quietRouting` if nothing is said. */
  readonly routing?: Settings
  readonly bus?: Settings
  /** Not served if nothing is said. */
  readonly console?: Settings
  /** Whom one may be in it; nobody if nothing is said. */
  readonly identities?: readonly DemoIdentity[]
  /** Where conversations are kept; nowhere, if nothing is said: then the chat alone does not answer. */
  readonly database?: { readonly url?: string | undefined; readonly dataDir?: string }
  /** Of the hub, and of each subgraph that is served over HTTP. */
  readonly tracing?: Settings
  readonly logLevel?: string
}

/** The demo company on free ports and a hub in front of it, both in this process. */
export type RunningHub = AsyncDisposable & {
  readonly url: string
  readonly ask: Ask
  readonly demo: Demo
  /** The registry of the hub's own process; over HTTP it has no fuse. */
  readonly registry: FuseRegistry
  readonly secrets: { readonly secret: string; readonly internal: string }
  /** Of a subgraph that is served over HTTP. */
  readonly subgraphUrls: Readonly<Record<string, string>>
  /** One fuse, in whichever registry it is. */
  fuse(backend: string): Fuse
  /** Resolves with the first snapshot, the present one included, that is in `state`. */
  untilFuse(backend: string, state: FuseState): Promise<FuseSnapshot>
  token(claims: TokenClaims): Promise<string>
  /** What was logged, as JSON lines, where a `logLevel` was given. */
  readonly logged: readonly string[]
  /** Ends the hub alone, as SIGTERM does; disposing it again does nothing. */
  stopHub(): Promise<void>
}

const secrets = { secret: 'the secret of the tests, long enough for HS256', internal: 'the internal secret of the tests, of 32 bytes' }

/** Short times, so that a fuse opens and closes while a test looks on. */
export const quickFuse = {
  timeoutMs: 150,
  retries: 0,
  breaker: { window: 4, minimumCalls: 2, openMs: 300, probes: 1 },
}

const backendsOf = ({ systems }: Demo, opt: RunningHubOptions): Readonly<Record<string, Settings>> => {
  const { orders: overRest, logistics: overSoap, ...others } = demoBackends(systems)
  const { orders: wire = 'rest' } = opt
  const logistics = opt.logistics === 'rest' ? { ...overSoap, protocol: 'rest', url: systems['logistics-rest'].url } : overSoap
  const orders = wire === 'rest' ? overRest : { protocol: wire, url: systems[`orders-${wire}`].url }
  const all = Object.entries({ orders, logistics, ...others })
  return Object.fromEntries(all.map(([name, one]) => [name, { ...one, ...opt.fuse, ...opt.backends?.[name] }]))
}

/** The hub's own road from a file to its settings. */
const configOf = async (settings: Settings): Promise<Config> => {
  const cwd = await mkdtemp(path.join(tmpdir(), 'fuseboard-test-'))
  try {
    await writeFile(path.join(cwd, 'fuseboard.yaml'), stringify(settings))
    return loadConfig({ env: {}, cwd })
  } finally {
    await rm(cwd, { recursive: true, force: true })
  }
}

/** Nobody listens there. */
const noDatabase: NonNullable<RunningHubOptions['database']> = { url: 'postgresql://127.0.0.1:1/none' }

type Served = { readonly urls: Readonly<Record<string, string>>; readonly registries: readonly FuseRegistry[] }

/** Every subgraph on a port and with a registry of its own, as if each were a process. */
const serveAll = async (shared: Omit<Environment, 'registry' | 'peers' | 'ask'>, config: Config, opening: AsyncDisposableStack): Promise<Served> => {
  const urls: Record<string, string> = {}
  const sign = openInternalSigner(shared.internalKey)
  const ask: Environment['ask'] = async (name, request, context) => {
    await using asked = openOverHttp({ name, url: urls[name] ?? '', sign })
    return (await asked.fetch(request, context)).data ?? null
  }
  const environment = { ...shared, ask }
  const registries: FuseRegistry[] = []
  const verify = openInternalVerifier(environment.internalKey)
  // The status subgraph comes last, as it is told of the others when it is opened.
  for (const module of subgraphModules.toSorted((a, b) => Number(a.name === 'status') - Number(b.name === 'status'))) {
    const { name } = module
    const registry = opening.use(openRegistry({ instance: `test-${name}`, staleBytes: 10_000_000 }))
    opening.defer(announceFuses(registry, environment.bus))
    const subgraph = opening.use(module.open({ ...environment, registry, peers: Object.values(urls) }))
    const fuses = openLocalFuses(registry)
    const { log } = environment
    const tracer = opening.use(await openTracing({ config: { ...config, instance: `test-${name}` }, log }))
    const served = opening.use(await serveSubgraph({ subgraph, verify, fuses, tracer, log, host: '127.0.0.1', port: 0, bodyBytes: 1_000_000 }))
    urls[name] = served.url
    registries.push(registry)
  }
  return { urls, registries }
}

/** What the subgraphs of other processes have in common here. */
const openShared = async (config: Config, log: Logger, faults: Environment['faults'], opening: AsyncDisposableStack): Promise<Omit<Environment, 'registry' | 'peers' | 'ask'>> => ({
  ...{ backends: config.backends, cursors: openCursors(secrets.internal), log, faults, internalKey: secrets.internal, chat: config.chat, knowledge: config.knowledge, dataDir: config.dataDir },
  rules: opening.use(await openRoutingFiles(config.routing, { log, reloaded: () => undefined })),
  instance: 'test-subgraphs',
  bus: opening.use(openBus(config.bus, 'test-subgraphs', log)),
  database: opening.use(openDatabase({ ...config.database, dataDir: config.dataDir }, log)),
  signVisitor: openVisitorSigner(secrets.secret, config.auth),
  chatMeter: openMetrics().chat,
  routingMeter: openMetrics().routing,
  synonyms: opening.use(await openSynonymsFile(config.knowledge, { log, reloaded: () => undefined })),
  knowledgeMeter: openMetrics().knowledge,
})

const openTestLog = (level: string): { readonly log: Logger; readonly logged: readonly string[] } => {
  const logged: string[] = []
  return { log: pino({ level }, { write: (line) => void logged.push(line) }), logged }
}

const waitFor = (registries: readonly FuseRegistry[], backend: string, state: FuseState): Promise<FuseSnapshot> =>
  new Promise((resolve) => {
    const ends: (() => void)[] = []
    const look = (fuse: FuseSnapshot) => {
      if (fuse.backend !== backend || fuse.state !== state) return
      for (const end of ends) end()
      resolve(fuse)
    }
    for (const registry of registries) ends.push(registry.subscribe(look))
    for (const fuse of registries.flatMap((registry) => registry.list())) look(fuse.snapshot())
  })

export const startRunningHub = async (opt: RunningHubOptions): Promise<RunningHub> => {
  await using opening = new AsyncDisposableStack()
  const { log, logged } = openTestLog(opt.logLevel ?? 'silent')
  const demo = opening.use(await startDemo({ ports: 'any' }))
  const faults = openFaultInjector(Object.fromEntries(Object.entries(demo.systems).map(([name, { controlUrl }]) => [name, controlUrl])))
  const { limits, auth, persistedOperations, tracing, sockets, chat, knowledge = { sync: false }, routing = quietRouting, bus, console = { serve: false }, identities = [] } = opt
  const { dataDir, ...database } = opt.database ?? noDatabase
  const settings = { instance: 'test', port: 0, limits, auth, persistedOperations, tracing, sockets, chat, knowledge, routing, bus, console, database, dataDir, backends: backendsOf(demo, opt) }
  const alone = await configOf(settings)
  const { urls, registries } = opt.transport === 'http' ? await serveAll(await openShared(alone, log, faults, opening), alone, opening) : { urls: {}, registries: [] }
  const subgraphs = Object.fromEntries(Object.entries(urls).map(([name, url]) => [name, { url }]))
  const config = await configOf({ ...settings, subgraphs })
  const hub = await startHub({ config, secrets, log, faults, identities })
  const hubAlone = new AsyncDisposableStack()
  hubAlone.use(hub)
  opening.use(hubAlone)
  const ask = opening.use(openAsk(hub.url, secrets.secret))
  const all = [hub.registry, ...registries]
  const opened = opening.move()
  return {
    ...{ url: hub.url, ask: ask.ask, demo, registry: hub.registry, secrets, subgraphUrls: urls, logged },
    fuse: (backend) => {
      const found = all.flatMap((registry) => registry.list()).find(({ name }) => name === backend)
      if (!found) throw new Error(`there is no fuse for ${backend}`)
      return found
    },
    untilFuse: (backend, state) => waitFor(all, backend, state),
    token: (claims) => signToken(secrets.secret, claims),
    stopHub: () => hubAlone.disposeAsync(),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
