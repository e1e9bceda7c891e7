import { runAlone } from './alone.ts'
import { derivedFrom } from './company.ts'
import type { Company, TheirArticle } from './company.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'
import { lakeHtml, lakeMarkdown } from './yuque/lake.ts'

/**
 * Yuque (语雀), as far as its API v2 reads documents (https://www.yuque.com/yuque/developer/api):
 *
 *     GET /api/v2/repos/{group}/{book}/docs?offset=0&limit=100   → { data: […], meta: { total } }, without bodies
 *     GET /api/v2/repos/{group}/{book}/docs/{id or slug}         → { data: … }
 *
 * The company's Chinese articles are in two books, `shop/sup` and `shop/dev`. They are public: no token is wanted, but a wrong one is refused, and so is
 * whoever does not say who they are in User-Agent.
 */
export type YuqueOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'articles'>
  /** Ids of articles whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4109
const mostRows = 100
const token = 'demo-token'

const json = (status: number, body: object): LegacyAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'x-ratelimit-limit': '5000', 'x-ratelimit-remaining': '4999' },
  body: JSON.stringify(body),
})

const failed = (status: number, message: string) => json(status, { status, message })

const garbageAnswer: LegacyAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html><html><head><title>登录 · 语雀</title></head><body><div id="ReactApp"></div>',
}

type Doc = { readonly article: TheirArticle; readonly slug: string; readonly isBroken: boolean }

export const startYuque = ({ port, host, company, unreadable = new Set() }: YuqueOptions): Promise<LegacySystem> => {
  const books = derivedFrom(company, (articles) => shelve(articles, unreadable))
  return startLegacy({
    name: 'yuque', port, host, handle: (request) => route(books(), request), errorAnswer: failed(500, 'Internal Server Error: ER_CON_COUNT_ERROR larkdb-7'), garbageAnswer,
  })
}

const shelve = (articles: readonly TheirArticle[], unreadable: ReadonlySet<string>): ReadonlyMap<string, readonly Doc[]> => {
  const docs = articles
    .filter(({ language }) => language === 'zh')
    .map((article): Doc => ({ article, slug: `a${article.id.toString(36)}`, isBroken: unreadable.has(String(article.id)) }))
  return Map.groupBy(docs, ({ article }) => `shop/${article.spaceKey.toLowerCase()}`)
}

const docsPath = /^\/api\/v2\/repos\/([\w.-]+\/[\w.-]+)\/docs(?:\/([\w.-]+))?$/

const route = (books: ReadonlyMap<string, readonly Doc[]>, { method, url, headers }: LegacyRequest): LegacyAnswer => {
  if (!headers['user-agent']) return failed(403, 'User-Agent is required')
  if ((headers['x-auth-token'] ?? token) !== token) return failed(401, 'Unauthorized')
  if (method !== 'GET') return failed(405, 'Method Not Allowed')
  const [, namespace = '', wanted] = docsPath.exec(url.pathname) ?? []
  const docs = books.get(namespace)
  if (!docs) return failed(404, 'Not Found')
  if (wanted === undefined) return list(docs, url)
  const found = docs.find(({ article, slug }) => String(article.id) === wanted || slug === wanted)
  return found ? json(200, { data: { ...describe(found), ...writeBody(found), tags: found.article.tags.map((title) => ({ title })) }, abilities: { update: false, destroy: false } }) : failed(404, 'Not Found')
}

const list = (docs: readonly Doc[], { searchParams }: URL): LegacyAnswer => {
  const offset = Number(searchParams.get('offset') ?? 0)
  const limit = Number(searchParams.get('limit') ?? mostRows)
  const isWindow = Number.isInteger(offset) && offset >= 0 && Number.isInteger(limit) && limit >= 1 && limit <= mostRows
  if (!isWindow) return failed(422, 'offset or limit is out of its range')
  return json(200, { data: docs.slice(offset, offset + limit).map(describe), meta: { total: docs.length } })
}

const describe = ({ article, slug, isBroken }: Doc) => ({
  id: article.id,
  type: 'Doc',
  slug,
  title: article.title,
  format: 'lake',
  public: article.readers === null ? 1 : 0,
  status: 1,
  word_count: article.body.length,
  content_updated_at: isBroken ? null : article.updatedAt,
  updated_at: isBroken ? null : article.updatedAt,
  deleted_at: null,
  user: { type: 'User', login: 'shop', name: '商城小助手' },
  last_editor: { type: 'User', name: article.author },
})

/** What was written in an editor that the API has no Markdown of comes as HTML alone. */
const writeBody = ({ article }: Doc) => (article.id % 3 === 0
  ? { body: null, body_html: lakeHtml(article.body) }
  : { body: lakeMarkdown(article.body), body_html: lakeHtml(article.body) })

if (import.meta.main) await runAlone(defaultPort, startYuque)
