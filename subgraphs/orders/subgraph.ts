import { openOnlyBackend } from '../backends.ts'
import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import type { Adapters } from '../../fuse/adapters.ts'
import { openOrdersOverGrpc } from './backend.grpc.ts'
import { openOrdersOverJsonRpc } from './backend.jsonrpc.ts'
import { openOrdersOverRest } from './backend.rest.ts'
import type { OrdersBackend } from './backend.ts'
import { fuseOrders, openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'

const sdl = readSdl(import.meta.url)

export const adapters: Adapters<OrdersBackend> = { rest: openOrdersOverRest, jsonrpc: openOrdersOverJsonRpc, grpc: openOrdersOverGrpc }

export const orders: SubgraphModule = {
  name: 'orders',
  sdl,
  open: (environment) => {
    const { backend, fuse, close } = openOnlyBackend(environment, 'orders', adapters)
    const fused = fuseOrders(backend, fuse)
    return defineSubgraph({
      name: 'orders',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(fused, environment.cursors, context),
      close,
    })
  },
}
