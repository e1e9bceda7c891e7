import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import { openDesk } from './desk.ts'
import { Loaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const chat: SubgraphModule = {
  name: 'chat',
  sdl,
  open: (environment) => {
    const desk = openDesk(environment)
    return defineSubgraph({
      name: 'chat',
      sdl,
      resolvers,
      openLoaders: (context) => new Loaders(desk, context),
      close: async () => desk[Symbol.asyncDispose](),
    })
  },
}
