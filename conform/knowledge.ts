import { adapters } from '../subgraphs/knowledge/subgraph.ts'
import type { KnowledgeBackend } from '../subgraphs/knowledge/backend.ts'
import { describeKit, fieldOf } from './kit.ts'
import { asking } from './pledge.ts'

/** The port has no list: articles to try it with have to be named. */
export const knowledgeKit = describeKit<KnowledgeBackend>({
  port: 'knowledge',
  adapters,
  readOnly: (backend) => backend,
  discover: async (backend, named) => {
    const rows = await backend.findArticles(named, asking())
    return { articles: named.filter((_, index) => rows[index] !== null) }
  },
  lookups: [{ name: 'findArticles', keys: 'articles', find: (backend, ids, opt) => backend.findArticles(ids, opt), keyOf: (row) => fieldOf(row, 'id') }],
  glance: (backend, { samples }, opt) => backend.findArticles(samples['articles'] ?? [], opt),
  read: (backend, { samples: { articles = [] } }, opt) => backend.findArticles(articles.length > 0 ? articles.slice(0, 1) : ['1', '/conform.md'], opt),
})
