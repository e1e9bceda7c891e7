import { openOnlyBackend } from '../backends.ts'
import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import type { Adapters } from '../../fuse/adapters.ts'
import { openLogisticsOverJsonRpc } from './backend.jsonrpc.ts'
import { openLogisticsOverRest } from './backend.rest.ts'
import { openLogisticsOverSoap } from './backend.soap.ts'
import type { LogisticsBackend } from './backend.ts'
import { fuseLogistics, openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const adapters: Adapters<LogisticsBackend> = { soap: openLogisticsOverSoap, rest: openLogisticsOverRest, jsonrpc: openLogisticsOverJsonRpc }

export const logistics: SubgraphModule = {
  name: 'logistics',
  sdl,
  open: (environment) => {
    const { backend, fuse, close } = openOnlyBackend(environment, 'logistics', adapters)
    const fused = fuseLogistics(backend, fuse)
    return defineSubgraph({
      name: 'logistics',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(fused, context),
      close,
    })
  },
}
