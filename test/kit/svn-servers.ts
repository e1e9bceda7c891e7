import { startRelay } from '../../demo/legacy/relay.ts'
import type { Relay } from '../../demo/legacy/relay.ts'
import { openRepository } from '../../demo/svn/repository.ts'
import type { Change, Committed } from '../../demo/svn/repository.ts'
import { startSvn } from '../../demo/svn.ts'
import { startApacheSvn, withoutApacheSvn } from './apache-svn.ts'

/** A Subversion server with an empty repository, behind a relay that can fail for it. */
export type SvnServer = AsyncDisposable & {
  /** The repository's root, by way of the relay. */
  readonly url: string
  readonly relay: Relay
  commit(changes: readonly Change[], by: Committed): Promise<number>
}

/** The stand-in and the real one: what holds for the one has to hold for the other. */
export const svnServers: Readonly<Record<string, { readonly start: () => Promise<SvnServer>; readonly skip: string | false }>> = {
  'the stand-in': {
    skip: false,
    start: async () => {
      const repository = openRepository()
      const system = await startSvn({ port: 0, company: { articles: [] }, repository })
      return behindRelay({ url: `${system.url}/svn/company`, commit: async (changes, by) => repository.commit(changes, by), [Symbol.asyncDispose]: () => system[Symbol.asyncDispose]() })
    },
  },
  Apache: { skip: withoutApacheSvn(), start: async () => behindRelay(await startApacheSvn()) },
}

const behindRelay = async (server: Omit<SvnServer, 'relay'>): Promise<SvnServer> => {
  const url = new URL(server.url)
  const relay = await startRelay({ port: 0, to: { host: url.hostname, port: Number(url.port) } })
  url.port = String(relay.port)
  return {
    url: url.href,
    relay,
    commit: server.commit,
    [Symbol.asyncDispose]: async () => {
      await relay[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}
