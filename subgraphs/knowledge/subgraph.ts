import { openBackends } from '../backends.ts'
import { defineSubgraph, readSdl } from '../define.ts'
import type { SubgraphModule } from '../define.ts'
import type { Adapters } from '../../fuse/adapters.ts'
import { openKnowledgeOverConfluence } from './backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from './backend.jsonrpc.ts'
import { openKnowledgeOverSvn } from './backend.svn.ts'
import type { KnowledgeBackend } from './backend.ts'
import { openKnowledgeOverYuque } from './backend.yuque.ts'
import { fuseSource, openLoaders } from './loaders.ts'
import { resolvers } from './resolvers.ts'
import { openShelf } from './shelf.ts'

const sdl = readSdl(import.meta.url)

export const adapters: Adapters<KnowledgeBackend> = {
  confluence: openKnowledgeOverConfluence,
  yuque: openKnowledgeOverYuque,
  svn: openKnowledgeOverSvn,
  jsonrpc: openKnowledgeOverJsonRpc,
}

export const knowledge: SubgraphModule = {
  name: 'knowledge',
  sdl,
  open: (environment) => {
    const opened = openBackends(environment, 'knowledge', adapters)
    const sources = new Map(opened.map(({ name, backend, fuse }) => [name, fuseSource(backend, fuse)]))
    const shelf = openShelf({ ...environment, sources, fuses: new Map(opened.map(({ name, fuse }) => [name, fuse])) })
    return defineSubgraph({
      name: 'knowledge',
      sdl,
      resolvers,
      openLoaders: (context) => openLoaders(shelf, context),
      close: async () => {
        await shelf[Symbol.asyncDispose]()
        await Promise.all(opened.map(({ close }) => close()))
      },
    })
  },
}
