import { describe } from 'node:test'
import type { TheirArticle } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { startYuque } from '../../demo/yuque.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { openKnowledgeOverYuque } from '../../subgraphs/knowledge/backend.yuque.ts'
import { articlesOnFile, demoSubject, unreadableArticleId } from './knowledge-on-file.ts'
import { knowledgeContract, type OpenKnowledgeSubject, type ToldArticle } from './knowledge-suite.ts'

const company = { articles: articlesOnFile }

const told = ({ id, title, version, updatedAt, author }: TheirArticle, url: string | null): ToldArticle =>
  ({ id: String(id), title, url, revision: String(version), updatedAt, author })

const adapters: Readonly<Record<string, OpenKnowledgeSubject>> = {
  confluence: demoSubject({
    start: () => startConfluence({ port: 0, company, unreadable: new Set([unreadableArticleId]) }),
    open: openKnowledgeOverConfluence,
    told: (article, { url }) => told(article, `${url}${article.path}`),
    losesRow: true,
  }),
  yuque: demoSubject({
    start: () => startYuque({ port: 0, company, unreadable: new Set([unreadableArticleId]) }),
    open: openKnowledgeOverYuque,
    settings: { options: { namespace: ['shop/sup', 'shop/dev'] } },
    articles: articlesOnFile.filter(({ language }) => language === 'zh'),
    told: (article, { url }) => ({
      ...told(article, `${url}/shop/${article.spaceKey.toLowerCase()}/a${article.id.toString(36)}`), revision: article.updatedAt,
    }),
    losesRow: true,
  }),
  jsonrpc: demoSubject({
    start: () => startOrdersJsonRpc({ port: 0, company: { customers: [], orders: [], ...company } }),
    open: openKnowledgeOverJsonRpc,
    told: (article) => told(article, null),
    losesRow: false,
  }),
}

for (const [wire, open] of Object.entries(adapters)) {
  describe(`knowledge over ${wire}`, () => knowledgeContract(open))
}
