import type { Article, KnowledgeBackend } from '../subgraphs/knowledge/backend.ts'
import { adapters } from '../subgraphs/knowledge/subgraph.ts'
import { isThere } from './asking.ts'
import { followingPromises } from './following.ts'
import type { ArticleSamples } from './following.ts'
import { lookupPromises } from './looking-up.ts'
import { definePort, maxSamples } from './port.ts'
import { rowPromises } from './rows.ts'
import { troublePromises } from './trouble.ts'

const sampleIds = ({ articles }: ArticleSamples) => articles.map(({ id }) => id)

export const knowledge = definePort<KnowledgeBackend, ArticleSamples>({
  name: 'knowledge',
  adapters,
  withoutWrites: (backend) => backend,
  discover: async (backend, { samples }, opt) => {
    const ids = samples.length > 0 ? samples.slice(0, maxSamples) : (await backend.listIds(null, { ...opt(), limit: maxSamples })).rows.map(({ id }) => id)
    return { articles: (await backend.findArticles(ids, opt())).filter(isThere) }
  },
  idsOf: sampleIds,
  promises: [
    ...lookupPromises<KnowledgeBackend, ArticleSamples, Article>({
      method: 'findArticles', keys: sampleIds, find: (backend, ids, opt) => backend.findArticles(ids, opt), keyOf: ({ id }) => id,
    }),
    ...rowPromises<KnowledgeBackend, ArticleSamples, Article>({
      noun: 'an article', rows: ({ articles }) => articles, idOf: ({ id }) => id, times: ({ updatedAt }) => [{ field: 'updatedAt', at: updatedAt }],
    }),
    ...troublePromises<KnowledgeBackend, ArticleSamples>(({ articles: [first] }) => (first === undefined ? [] : [
      { method: 'findArticles', ask: (backend, opt) => backend.findArticles([first.id], opt) },
      { method: 'listChanges', ask: (backend, opt) => backend.listChanges(null, { ...opt, limit: 20 }) },
      { method: 'listIds', ask: (backend, opt) => backend.listIds(null, { ...opt, limit: 20 }) },
    ])),
    ...followingPromises,
  ],
})
