import { describe } from 'node:test'
import type { TheirArticle } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { openRepository } from '../../demo/svn/repository.ts'
import { startSvn } from '../../demo/svn.ts'
import { startYuque } from '../../demo/yuque.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { openKnowledgeOverSvn } from '../../subgraphs/knowledge/backend.svn.ts'
import { openKnowledgeOverYuque } from '../../subgraphs/knowledge/backend.yuque.ts'
import { articlesOnFile, demoSubject, settingsFor, unreadableArticleId } from './knowledge-on-file.ts'
import { knowledgeContract, type OpenKnowledgeSubject, type ToldArticle } from './knowledge-suite.ts'

const company = { articles: articlesOnFile }

const told = ({ id, title, version, updatedAt, author, tags, spaceKey, readers }: TheirArticle, url: string | null): ToldArticle =>
  ({ id: String(id), title, url, revision: String(version), updatedAt, author, tags, place: spaceKey, readers: readers?.map((name) => `group:${name}`) ?? null })

/** Files of a repository, each last written in a revision of its own; one of them is no UTF-8. */
const svnSubject: OpenKnowledgeSubject = async () => {
  const repository = openRepository()
  const dayOf = (index: number) => `2026-01-${String(index + 1).padStart(2, '0')}T03:04:05.678901Z`
  const sample = 'see <docs> & retry policy'
  const onFile = Array.from({ length: 30 }, (_, index): ToldArticle => ({
    id: `/handbook/章 ${index}.md`, title: `第 ${index} 章`, url: null, revision: String(index + 1), updatedAt: dayOf(index).replace('901Z', 'Z'), author: `author-${index % 3}`,
    tags: [], place: '/handbook', readers: null,
  }))
  for (const [index, { id, title, author }] of onFile.entries()) {
    const content = index === 7 ? Buffer.of(0x23, 0x20, 0xc3, 0x28) : `# ${title}\n\n\`\`\`\n${sample}\n\`\`\`\n`
    repository.commit([{ put: `trunk${id}`, content }], { author, date: dayOf(index) })
  }
  const system = await startSvn({ port: 0, company: { articles: [] }, repository })
  const backend = openKnowledgeOverSvn(settingsFor(`${system.url}/svn/company/trunk`))
  const [first, , third] = onFile
  return {
    ...{ backend, system, onFile, absentId: '/handbook/none.md' },
    unreadable: new Set([onFile[7]?.id ?? '']),
    samples: new Map([first, third].map((one) => [one?.id ?? '', sample])),
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}

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
      place: `shop/${article.spaceKey.toLowerCase()}`, readers: article.readers && [`group:shop/${article.spaceKey.toLowerCase()}`],
    }),
    losesRow: true,
  }),
  svn: svnSubject,
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
