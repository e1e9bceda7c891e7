import path from 'node:path'
import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import { openRoutingStore } from './backend.prisma.ts'
import { openClaiming } from './claiming.ts'
import { openLearning } from './learning.ts'
import { openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'
import { openRouter } from './router.ts'

const sdl = readSdl(import.meta.url)

export const routing: SubgraphModule = {
  name: 'routing',
  sdl,
  open: ({ database, instance, bus, rules: book, dataDir, routingMeter: meter, log }) => {
    const store = openRoutingStore({ database, instance })
    const learning = openLearning({ book, cacheDirectory: path.join(dataDir, 'intents'), log })
    const route = openRouter(book, learning)
    const claiming = openClaiming({ store, route, learning, bus, meter, log })
    return defineSubgraph({
      name: 'routing',
      sdl,
      resolvers,
      openLoaders: () => openLoaders({ store, route, book }),
      close: async () => {
        await claiming[Symbol.asyncDispose]()
        await learning[Symbol.asyncDispose]()
      },
    })
  },
}
