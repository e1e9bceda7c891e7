import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import { openInternalSigner } from '../internal.ts'
import { openLocalFuses } from './backend.local.ts'
import { openPeer } from './backend.peer.ts'
import { openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const status: SubgraphModule = {
  name: 'status',
  sdl,
  open: ({ registry, peers, internalKey, faults }) => {
    const sign = openInternalSigner(internalKey)
    const others = peers.map((url) => openPeer(url, sign))
    const owners = [openLocalFuses(registry), ...others]
    return defineSubgraph({
      name: 'status',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(owners, faults, context),
      close: async () => {
        await Promise.all(others.map((peer) => peer[Symbol.asyncDispose]()))
      },
    })
  },
}
