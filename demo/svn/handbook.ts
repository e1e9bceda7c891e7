import iconv from 'iconv-lite'
import { storageToMarkdown } from '../../subgraphs/knowledge/markdown.ts'
import type { TheirArticle } from '../company.ts'
import { openRepository } from './repository.ts'
import type { Change, Committed, SvnRepository } from './repository.ts'

/** How many of the company's articles are also kept as files. */
const kept = 40

/** Where an article of the company's is, below `trunk`. */
export const handbookPath = ({ spaceKey, id }: Pick<TheirArticle, 'spaceKey' | 'id'>): string => `/handbook/${spaceKey.toLowerCase()}/${id}.md`

type Commit = { readonly changes: readonly Change[]; readonly by: Committed }

const returns = (days: number) => `# Returns\n\nGoods come back within **${days} days**, in their packaging. See [the older rules](旧版/退货须知.txt).\n`

const older = '退货须知（旧版）\r\n\r\n自收货之日起七日内可以退货，运费由客户承担。\r\n'

const shipping = '<!DOCTYPE html>\n<html><head><title>Shipping</title><style>td { color: red }</style></head>\n<body><h1>Shipping</h1>\n'
  + '<table><tr><th>To</th><th>Days</th></tr><tr><td>中国</td><td>1–3</td></tr><tr><td>Europe</td><td>5–9</td></tr></table>\n</body></html>\n'

const wages = '# Wages\n\nThe pay scale of the support team. Not for everybody: whoever sets rights by folder keeps `/handbook/internal` for a few.\n'

const written: readonly Commit[] = [
  { changes: [{ put: 'trunk/handbook/internal/wages.md', content: wages }], by: { author: 'nora', date: '2024-02-01T08:00:00.000000Z' } },
  { changes: [{ put: 'trunk/handbook/returns.md', content: returns(7) }], by: { author: 'nora', date: '2024-03-01T08:00:00.000000Z' } },
  {
    changes: [{ put: 'trunk/handbook/旧版/退货须知.txt', content: iconv.encode(older, 'gbk'), mimeType: 'text/plain; charset=gbk' }],
    by: { author: '陈晓', date: '2024-03-04T02:15:09.120034Z' },
  },
  { changes: [{ put: 'trunk/handbook/shipping.html', content: shipping, mimeType: 'text/html' }], by: { author: 'tom', date: '2024-05-20T13:41:00.500001Z' } },
  { changes: [{ put: 'trunk/handbook/returns.md', content: returns(15) }], by: { author: '陈晓', date: '2026-08-11T03:30:21.004500Z' } },
]

/** Articles as Markdown, each committed when it was last changed, beside a text in GBK and a page of HTML. */
export const writeHandbook = (articles: readonly TheirArticle[]): SvnRepository => {
  const commits = [...written, ...articles.slice(0, kept).map(toCommit)].toSorted((a, b) => a.by.date.localeCompare(b.by.date))
  const repository = openRepository()
  for (const { changes, by } of commits) repository.commit(changes, by)
  return repository
}

const toCommit = (article: TheirArticle): Commit => ({
  changes: [{ put: `trunk${handbookPath(article)}`, content: `# ${article.title}\n\n${storageToMarkdown(article.body)}\n` }],
  by: { author: article.author, date: article.updatedAt.replace('Z', '000Z') },
})
