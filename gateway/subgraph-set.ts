import { isDeepStrictEqual } from 'node:util'
import { openCursors } from '../subgraphs/cursors.ts'
import type { SubgraphModule } from '../subgraphs/define.ts'
import type { Environment } from '../subgraphs/environment.ts'
import { subgraphModules } from '../subgraphs/index.ts'
import { openInternalSigner } from '../subgraphs/internal.ts'
import { openSwap } from '../subgraphs/swap.ts'
import type { Swap } from '../subgraphs/swap.ts'
import type { Config } from './config.ts'
import type { HubOptions } from './hub.ts'
import { openVisitorSigner } from './token-signing.ts'
import { openInProcess, openOverHttp } from './transport.ts'
import type { Transport } from './transport.ts'

/** Every subgraph of a hub, each reached as the configuration says: here, or in another process where it has a `url`. */
export type SubgraphSet = AsyncDisposable & {
  /** The same ones as long as the set is open, whatever is behind them. */
  readonly transports: ReadonlyMap<string, Transport>
  /**
   * Opens anew what the configuration has otherwise than before, and puts all of it in place in one tick; what runs ends with what it
   * began with. Throws, and changes nothing, where one can't be opened. Gives the names of what was replaced.
   */
  reload(config: Config): readonly string[]
}

const urlOf = ({ subgraphs }: Config, name: string): string | undefined => Object.entries(subgraphs).find(([one]) => one === name)?.[1].url

/** The other processes of this hub, whose fuses `status` gathers. */
const peersOf = ({ subgraphs }: Config): readonly string[] => Object.values(subgraphs).flatMap(({ url }) => url ?? [])

/** `status` in a process of its own asks its peers, and this process is nobody's. */
const warnOfUnseen = ({ config, log }: HubOptions): void => {
  if (urlOf(config, 'status') === undefined) return
  const unseen = config.backends.filter(({ subgraph }) => urlOf(config, subgraph) === undefined).map(({ backend }) => backend.name)
  if (unseen.length > 0) log.warn({ backends: unseen }, 'status runs in another process, so nobody sees the fuses of these backends: let status run in the hub, or their subgraphs elsewhere')
}

/** All of a configuration that a subgraph is opened with; where it has not changed, the subgraph, its fuses and connections stay as they are. */
const dependenciesOf = (config: Config, name: string): unknown => {
  const url = urlOf(config, name)
  if (url !== undefined) return { url }
  const backends = config.backends.filter(({ subgraph }) => subgraph === name)
  return name === 'status' ? { peers: peersOf(config) } : { backends }
}

/** What the subgraphs of one process share. */
export type Shared = Pick<Environment, 'registry' | 'bus' | 'database' | 'chatMeter' | 'routingMeter' | 'knowledgeMeter' | 'rules' | 'synonyms'>

export const openSubgraphSet = (opt: HubOptions, shared: Shared): SubgraphSet => {
  const sign = openInternalSigner(opt.secrets.internal)
  const cursors = openCursors(opt.secrets.internal)
  const signVisitor = openVisitorSigner(opt.secrets.secret, opt.config.auth)
  const open = (config: Config, module: SubgraphModule): Transport => {
    const url = urlOf(config, module.name)
    if (url !== undefined) return openOverHttp({ name: module.name, url, sign })
    const { log, faults } = opt
    const { instance, chat, dataDir, knowledge } = config
    const environment: Environment = {
      ...shared, ...{ backends: config.backends, cursors, log, faults, peers: peersOf(config), internalKey: opt.secrets.internal, instance, chat, dataDir, knowledge, signVisitor },
      ask: async (name, request, context) => (await swaps.get(name)?.use((current) => current.fetch(request, context)))?.data ?? null,
    }
    return openInProcess(module.open(environment))
  }
  const swaps = new Map<string, Swap<Transport>>()
  for (const [name, transport] of openAll(subgraphModules, (module) => open(opt.config, module))) swaps.set(name, openSwap(transport))
  warnOfUnseen(opt)
  let present = opt.config
  return {
    transports: new Map([...swaps].map(([name, swap]) => [name, toTransport(swap)])),
    reload: (config) => {
      const changed = subgraphModules.filter(({ name }) => !isDeepStrictEqual(dependenciesOf(present, name), dependenciesOf(config, name)))
      const opened = openAll(changed, (module) => open(config, module))
      for (const [name, transport] of opened) {
        swaps.get(name)?.swap(transport).catch((error: unknown) => opt.log.error({ err: error, subgraph: name }, 'what was replaced did not close'))
      }
      present = config
      return changed.map(({ name }) => name)
    },
    [Symbol.asyncDispose]: async () => {
      for (const swap of [...swaps.values()].toReversed()) await swap[Symbol.asyncDispose]()
    },
  }
}

const toTransport = (swap: Swap<Transport>): Transport => ({
  get kind() {
    return swap.current.kind
  },
  fetch: (request, context, span) => swap.use((current) => current.fetch(request, context, span)),
  // One that lasts does not keep what is replaced: it ends with it, and its client comes back.
  subscribe: (request, context) => swap.current.subscribe(request, context),
  [Symbol.asyncDispose]: () => swap[Symbol.asyncDispose](),
})

/** All or nothing: where one can't be opened, those before it are closed again. */
const openAll = (modules: readonly SubgraphModule[], open: (module: SubgraphModule) => Transport): ReadonlyMap<string, Transport> => {
  const opened = new Map<string, Transport>()
  try {
    for (const module of modules) opened.set(module.name, open(module))
    return opened
  } catch (error) {
    for (const transport of opened.values()) void transport[Symbol.asyncDispose]()
    throw error
  }
}
