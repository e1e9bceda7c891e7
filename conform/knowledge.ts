import type { Article, KnowledgeBackend } from '../subgraphs/knowledge/backend.ts'
import { adapters } from '../subgraphs/knowledge/subgraph.ts'
import { isThere } from './asking.ts'
import { lookupPromises } from './looking-up.ts'
import { definePort, maxSamples } from './port.ts'
import { rowPromises } from './rows.ts'
import { troublePromises } from './trouble.ts'

export type ArticleSamples = { readonly articles: readonly Article[] }

const sampleIds = ({ articles }: ArticleSamples) => articles.map(({ id }) => id)

export const knowledge = definePort<KnowledgeBackend, ArticleSamples>({
  name: 'knowledge',
  adapters,
  withoutWrites: (backend) => backend,
  // The port can't list: somebody has to say which articles there are.
  discover: async (backend, { samples }, opt) => ({ articles: (await backend.findArticles(samples.slice(0, maxSamples), opt())).filter(isThere) }),
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
    ])),
  ],
})
