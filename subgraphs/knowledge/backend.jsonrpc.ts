import type { OpenAdapter } from '../../fuse/adapters.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { atItsPlace, parsePlaces } from '../parsing.ts'
import type { KnowledgeBackend } from './backend.ts'
import { rpcArticle } from './decode.ts'

/** Articles from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openKnowledgeOverJsonRpc: OpenAdapter<KnowledgeBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  return {
    findArticles: async (ids, opt) => {
      if (ids.length === 0) return []
      const rows = parsePlaces(rpcArticle, await wire.call('articles.find', { ids }, opt), ids.length, settings.name, 'an article')
      return rows.map((row, at) => atItsPlace(row, ids[at], ({ id }) => id, settings.name))
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}
