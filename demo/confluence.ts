import { runAlone } from './alone.ts'
import type { Company, TheirArticle } from './company.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'

/**
 * Confluence, as far as articles are read by id. Bodies are in its storage format (XHTML with its own elements):
 *
 *     GET /rest/api/content/{id}?expand=body.storage,version,space
 *     GET /rest/api/content/search?cql=id in (1,2,3)&expand=…&start=0&limit=25
 */
export type ConfluenceOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'articles'>
  /** Ids of articles whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4104
const mostRows = 100

const json = (status: number, body: unknown): LegacyAnswer => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify(body),
})

const failed = (statusCode: number, message: string) => json(statusCode, { statusCode, message, data: { authorized: true, valid: true, errors: [] } })

export const startConfluence = ({ port, host, company, unreadable = new Set() }: ConfluenceOptions): Promise<LegacySystem> => {
  const articles = new Map(company.articles.map((article) => [String(article.id), article]))
  return startLegacy({
    name: 'confluence',
    port,
    host,
    handle: (request) => route(articles, unreadable, request),
    errorAnswer: failed(500, 'org.hibernate.exception.JDBCConnectionException: could not inspect JDBC autocommit mode'),
    garbageAnswer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Confluence is starting up' },
  })
}

type Articles = ReadonlyMap<string, TheirArticle>

const route = (articles: Articles, unreadable: ReadonlySet<string>, { method, url, headers }: LegacyRequest): LegacyAnswer => {
  if (method !== 'GET') return failed(405, 'method not allowed')
  const base = `http://${headers.host ?? 'localhost'}`
  const write = (article: TheirArticle) => toContent(article, unreadable, base)
  if (url.pathname === '/rest/api/content/search') return search(articles, url, write)
  const id = /^\/rest\/api\/content\/(\d+)$/.exec(url.pathname)?.[1]
  const found = id === undefined ? undefined : articles.get(id)
  return found ? json(200, write(found)) : failed(404, `No content found with id: ContentId{id=${id ?? '?'}}`)
}

const search = (articles: Articles, url: URL, write: (article: TheirArticle) => object): LegacyAnswer => {
  const ids = /^id in \(([\d, ]+)\)$/.exec(url.searchParams.get('cql') ?? '')?.[1]
  if (ids === undefined) return failed(400, 'Could not parse cql')
  const wanted = new Set(ids.split(',').map((id) => id.trim()))
  const found = [...articles.values()].filter(({ id }) => wanted.has(String(id)))
  const start = Number(url.searchParams.get('start') ?? 0)
  const limit = Math.min(mostRows, Number(url.searchParams.get('limit') ?? 25))
  const results = found.slice(start, start + limit).map(write)
  return json(200, { results, start, limit, size: results.length, totalSize: found.length, _links: { base: `http://${url.host}`, context: '' } })
}

const toContent = (article: TheirArticle, unreadable: ReadonlySet<string>, base: string): object => ({
  id: String(article.id),
  type: 'page',
  status: 'current',
  title: article.title,
  space: { key: article.spaceKey },
  version: {
    number: unreadable.has(String(article.id)) ? null : article.version,
    when: article.updatedAt,
    by: { type: 'known', displayName: article.author },
  },
  body: { storage: { value: article.body, representation: 'storage' } },
  _links: { base, webui: article.path },
})

if (import.meta.main) await runAlone(defaultPort, startConfluence)
