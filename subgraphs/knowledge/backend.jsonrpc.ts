import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { Row } from '../../fuse/call.ts'
import { Malformed } from '../../fuse/errors.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { parsePlaces } from '../parsing.ts'
import type { Article, KnowledgeBackend } from './backend.ts'
import { rpcArticle } from './decode.ts'

/** Articles from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openKnowledgeOverJsonRpc: OpenAdapter<KnowledgeBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  return {
    findArticles: async (ids, opt) => {
      if (ids.length === 0) return []
      const rows = parsePlaces(rpcArticle, await wire.call('articles.find', { ids }, opt), ids.length, settings.name, 'an article')
      return rows.map((row, at) => atItsPlace(row, ids[at], settings.name))
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

/** Another article at an article's place would be believed to be it. */
const atItsPlace = (row: Row<Article>, id: string | undefined, backend: string): Row<Article> =>
  row === null || row instanceof Error || row.id === id ? row : new Malformed(backend, `another article at the place of ${id ?? 'none'}`)
