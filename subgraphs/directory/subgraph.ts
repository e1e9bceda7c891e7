import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const directory: SubgraphModule = {
  name: 'directory',
  sdl,
  open: () => defineSubgraph({ name: 'directory', sdl, resolvers, openLoaders: () => null }),
}
