import type { OpenAdapter } from '../../fuse/adapters.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { atItsPlace, parsePlaces, parseWhole } from '../parsing.ts'
import type { KnowledgeBackend } from './backend.ts'
import { rpcArticle, rpcChanges, rpcIds } from './decode.ts'
import { checkLimit, checkPage } from './limits.ts'

/** Articles from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openKnowledgeOverJsonRpc: OpenAdapter<KnowledgeBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  const { name } = settings
  return {
    findArticles: async (ids, opt) => {
      if (ids.length === 0) return []
      const rows = parsePlaces(rpcArticle, await wire.call('articles.find', { ids }, opt), ids.length, name, 'an article')
      return rows.map((row, at) => atItsPlace(row, ids[at], ({ id }) => id, name))
    },
    listChanges: async (after, { limit, ...opt }) => {
      checkLimit(limit)
      const page = parseWhole(rpcChanges, await wire.call('articles.changes', { after, limit }, opt), name, 'changes')
      checkPage(name, after, limit, page.changes.length, page)
      return page
    },
    listIds: async (after, { limit, ...opt }) => {
      checkLimit(limit)
      const page = parseWhole(rpcIds, await wire.call('articles.list', { after, limit }, opt), name, 'a list of articles')
      checkPage(name, after, limit, page.rows.length, page)
      return page
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}
