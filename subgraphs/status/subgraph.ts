import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import { openInternalSigner } from '../internal.ts'
import { openLocalFuses } from './backend.local.ts'
import { openPeer } from './backend.peer.ts'
import { openFuseFeed } from './feed.ts'
import { openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const status: SubgraphModule = {
  name: 'status',
  sdl,
  open: ({ registry, bus, peers, internalKey, faults }) => {
    const sign = openInternalSigner(internalKey)
    const others = peers.map((url) => openPeer(url, sign))
    const feed = openFuseFeed(registry, bus)
    const sources = { owners: [openLocalFuses(registry), ...others], feed, injectFault: faults }
    return defineSubgraph({
      name: 'status',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(sources, context),
      close: async () => {
        feed[Symbol.dispose]()
        await Promise.all(others.map((peer) => peer[Symbol.asyncDispose]()))
      },
    })
  },
}
