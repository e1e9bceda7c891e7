import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openRestWire } from '../../fuse/wires/rest.ts'
import type { RestWire } from '../../fuse/wires/rest.ts'
import { atTheirPlaces, inBatches, parseWhole } from '../parsing.ts'
import type { Article, KnowledgeBackend } from './backend.ts'
import { listConfluenceChanges, listConfluenceIds } from './changes.confluence.ts'
import { confluenceId, confluenceResults, decodeContent, restrictionsExpanded } from './decode.confluence.ts'

/** As many articles as one search may give with their bodies. */
const batchSize = 25

/** Articles from Confluence's REST API (`/rest/api/content`); a token goes into `headers`. */
export const openKnowledgeOverConfluence: OpenAdapter<KnowledgeBackend> = (settings) => {
  const wire = openRestWire(settings)
  const api = { wire, settings }
  return {
    findArticles: async (ids, opt) => (await Promise.all(inBatches(ids, batchSize).map((batch) => findBatch(wire, settings, batch, opt)))).flat(),
    listChanges: (after, opt) => listConfluenceChanges(api, after, opt),
    listIds: (after, opt) => listConfluenceIds(api, after, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

const expanded = `body.storage,version,space,metadata.labels,${restrictionsExpanded}`

/** Only digits go into the query: nothing that a client wrote can become CQL. */
const isAskable = (id: string) => /^\d{1,19}$/.test(id)

const findBatch = async (wire: RestWire, settings: BackendSettings, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Article>[]> => {
  const askable = ids.filter(isAskable)
  if (askable.length === 0) return ids.map(() => null)
  const query = { cql: `id in (${askable.join(',')})`, expand: expanded, start: 0, limit: batchSize }
  const answer = await wire.get('/rest/api/content/search', { ...opt, query })
  const rows = parseWhole(confluenceResults, answer, settings.name, 'a list of articles')
  const found = atTheirPlaces(askable, rows, confluenceId, (row) => decodeContent(row, settings.name), settings.name)
  const byId = new Map(askable.map((id, index) => [id, found[index] ?? null]))
  return ids.map((id) => byId.get(id) ?? null)
}
