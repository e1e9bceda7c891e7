import { once } from 'node:events'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import type { Logger } from 'pino'
import { openBus } from '../bus/open.ts'
import { openRegistry } from '../fuse/registry.ts'
import { ConfigError, loadConfig, silenceDependencies } from '../gateway/config.ts'
import { refuseRestart } from '../gateway/config-changes.ts'
import { watchConfig } from '../gateway/config-watch.ts'
import type { Config } from '../gateway/config.ts'
import { openFaultInjector } from '../gateway/faults.ts'
import { openLog } from '../gateway/log.ts'
import { openMetrics } from '../gateway/metrics.ts'
import type { Metrics } from '../gateway/metrics.ts'
import { openRoutingFiles } from '../gateway/routing-files.ts'
import { openSynonymsFile } from '../gateway/synonyms-file.ts'
import { loadInternalSecret, loadSecrets } from '../gateway/secrets.ts'
import { openVisitorSigner } from '../gateway/token-signing.ts'
import { openTracing } from '../gateway/tracing.ts'
import { openOverHttp } from '../gateway/transport.ts'
import type { Transport } from '../gateway/transport.ts'
import { openDatabase } from '../prisma/client.ts'
import { announceFuses } from './announce.ts'
import { openCursors } from './cursors.ts'
import type { Subgraph, SubgraphModule } from './define.ts'
import { subgraphModules } from './index.ts'
import type { AskSubgraph, SignVisitor } from './environment.ts'
import { openInternalSigner, openInternalVerifier } from './internal.ts'
import { serveSubgraph } from './serve.ts'
import { openLocalFuses } from './status/backend.local.ts'
import { openSwap } from './swap.ts'

/* `npm run subgraph -- crm [--port N]` serves one subgraph alone, for the hub and for nobody else. */

const names = subgraphModules.map(({ name }) => name).join(', ')

/** What was typed can't be carried out. */
class UsageError extends Error {
  constructor(message: string) {
    super(`${message}\nusage: npm run subgraph -- NAME [--port N]; NAME is one of ${names}`)
    this.name = 'UsageError'
  }
}

type Asked = { readonly module: SubgraphModule; readonly port: number | null }

const readArgs = (): Asked => {
  const { positionals, values } = parse()
  const [name, ...rest] = positionals
  const module = subgraphModules.find((one) => one.name === name)
  if (name === undefined || rest.length > 0) throw new UsageError('expected the name of one subgraph')
  if (!module) throw new UsageError(`there is no subgraph ${name}`)
  return { module, port: values.port === undefined ? null : readPort(values.port) }
}

const parse = () => {
  try {
    return parseArgs({ allowPositionals: true, options: { port: { type: 'string' } } })
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

const readPort = (text: string): number => {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new UsageError(`--port: expected a whole number from 0 to 65535; found ${text}`)
}

type Settings = Config['subgraphs'][keyof Config['subgraphs']]

const settingsOf = ({ subgraphs }: Config, name: string): Settings | undefined => Object.entries(subgraphs).find(([one]) => one === name)?.[1]

/** The processes whose fuses `status` gathers: every one but this. */
const peersOf = ({ subgraphs }: Config, name: string): readonly string[] =>
  Object.entries(subgraphs).flatMap(([one, { url }]) => (one === name ? [] : (url ?? [])))


type Running = { readonly subgraph: Subgraph; readonly reload: (next: Config) => void }

/** A subgraph that can be opened anew with other backends, while it is asked. */
const openReloadable = (module: SubgraphModule, first: Config, open: (config: Config) => Subgraph, log: Logger): Running => {
  const swap = openSwap(open(first))
  let present = first
  const dependenciesOf = (config: Config) => [config.backends.filter(({ subgraph }) => subgraph === module.name), peersOf(config, module.name)]
  return {
    subgraph: {
      name: module.name,
      schema: swap.current.schema,
      execute: (request, context, span) => swap.use((current) => current.execute(request, context, span)),
      // One that lasts does not keep what is replaced: it ends with it, and its client comes back.
      subscribe: (request, context) => swap.current.subscribe(request, context),
      [Symbol.asyncDispose]: () => swap[Symbol.asyncDispose](),
    },
    reload: (next) => {
      refuseRestart(present, next)
      const isSame = isDeepStrictEqual(dependenciesOf(present), dependenciesOf(next))
      if (!isSame) swap.swap(open(next)).catch((error: unknown) => log.error({ err: error }, 'what was replaced did not close'))
      log.info({ replaced: isSame ? [] : [module.name] }, 'the configuration was swapped')
      log.level = next.logLevel
      present = next
    },
  }
}

/** The other subgraphs of the hub as far as they have processes of their own; what runs in the hub itself can't be asked from here. */
const openAsk = (config: Config, internal: string): AsyncDisposable & { readonly ask: AskSubgraph } => {
  const sign = openInternalSigner(internal)
  const opened = new Map<string, Transport>()
  const open = (name: string, url: string): Transport => {
    const transport = opened.get(name) ?? openOverHttp({ name, url, sign })
    opened.set(name, transport)
    return transport
  }
  return {
    ask: async (name, request, context) => {
      const url = settingsOf(config, name)?.url
      return url === undefined ? null : ((await open(name, url).fetch(request, context)).data ?? null)
    },
    [Symbol.asyncDispose]: async () => {
      for (const transport of opened.values()) await transport[Symbol.asyncDispose]()
    },
  }
}

/** Only the chat gives visitors their tokens; no other subgraph's process has any business with the key that clients' are signed with. */
const openSignVisitor = async (config: Config, name: string): Promise<SignVisitor> => {
  if (name === 'chat') return openVisitorSigner((await loadSecrets(config)).secret, config.auth)
  return () => Promise.reject(new Error('visitors are given their tokens by the chat alone'))
}

/** Whoever places conversations, or decides where they belong. */
const usesRules: readonly string[] = ['chat', 'routing']

const watchOwnConfig = (file: string, reload: Running['reload'], metrics: Metrics, log: Logger): Promise<AsyncDisposable> => {
  const files = [file]
  const reloadFile = async () => {
    reload(loadConfig())
    return files
  }
  return watchConfig({ files, reload: reloadFile, reloaded: (outcome) => metrics.countReload(outcome), log })
}

const serve = async ({ module, port }: Asked, config: Config, log: Logger): Promise<void> => {
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  const internal = await loadInternalSecret(config)
  await using opening = new AsyncDisposableStack()
  const instance = `${config.instance}-${module.name}`
  const tracer = opening.use(await openTracing({ config: { ...config, instance }, log }))
  const metrics = openMetrics()
  const onAnswered = (backend: string, ms: number) => metrics.observeCall(backend, ms)
  const registry = opening.use(openRegistry({ instance, staleBytes: config.stale.maxBytes, onAnswered, log }))
  metrics.watch(registry)
  const bus = opening.use(openBus(config.bus, instance, log))
  opening.defer(announceFuses(registry, bus))
  const database = opening.use(openDatabase({ ...config.database, dataDir: config.dataDir }, log))
  const cursors = openCursors(internal)
  const faults = config.demo ? openFaultInjector(config.demo.controls) : null
  const ask = opening.use(openAsk(config, internal))
  const signVisitor = await openSignVisitor(config, module.name)
  const { chat, dataDir, knowledge } = config
  const files = { log, reloaded: (outcome: 'swapped' | 'refused') => metrics.countReload(outcome) }
  const rules = opening.use(await openRoutingFiles(usesRules.includes(module.name) ? config.routing : {}, files))
  const synonyms = opening.use(await openSynonymsFile(module.name === 'knowledge' ? config.knowledge : {}, files))
  const open = (using: Config) =>
    module.open({
      ...{ backends: using.backends, registry, cursors, log, faults, peers: peersOf(using, module.name), internalKey: internal },
      ...{ instance, bus, database, chat, dataDir, knowledge, rules, synonyms, signVisitor, ask: ask.ask },
      ...{ chatMeter: metrics.chat, routingMeter: metrics.routing, knowledgeMeter: metrics.knowledge },
    })
  const { subgraph, reload } = openReloadable(module, config, open, log)
  opening.use(subgraph)
  opening.defer(database.stopOpening)
  const { listen } = settingsOf(config, module.name) ?? {}
  const at = { host: listen?.host ?? '127.0.0.1', port: port ?? listen?.port ?? 0 }
  const verify = openInternalVerifier(internal)
  const { bodyBytes } = config.limits
  const served = opening.use(await serveSubgraph({ subgraph, verify, fuses: openLocalFuses(registry), tracer, log, ...at, bodyBytes, metrics }))
  if (config.mode.kind === 'configured') opening.use(await watchOwnConfig(config.mode.path, reload, metrics, log))
  process.stdout.write(`${module.name} listens on ${served.url}\n`)
  await stopped
  log.info('draining')
}

const main = async (): Promise<void> => {
  silenceDependencies()
  const asked = readArgs()
  const config = loadConfig()
  await serve(asked, config, openLog(config).child({ subgraph: asked.module.name }))
}

try {
  await main()
} catch (error) {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const isTheirs = error instanceof ConfigError || error instanceof UsageError
  process.stderr.write(`${isTheirs ? message : (stack ?? message)}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
