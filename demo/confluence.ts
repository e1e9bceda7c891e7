import { runAlone } from './alone.ts'
import { derivedFrom } from './company.ts'
import type { Company, TheirArticle } from './company.ts'
import { answerCql } from './confluence/cql.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'

/**
 * Confluence, as far as articles are read by id and by their changes. Bodies are in its storage format (XHTML with its own elements):
 *
 *     GET /rest/api/content/{id}?expand=body.storage,version,space
 *     GET /rest/api/content/search?cql=id in (1,2,3)&expand=…&start=0&limit=25
 *     GET /rest/api/content/search?cql=type in (page, blogpost) and lastmodified >= "2026-11-03 14:05" order by lastmodified asc&…
 *     GET /rest/api/content/search?cql=type in (page, blogpost) order by created asc&…
 *
 * Its clock, and so CQL's, is that of `timeZone`. What is restricted, is so by the space's page that it is below, too, where there is one in `restrictedSpaces`.
 */
export type ConfluenceOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'articles'>
  /** Ids of articles whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
  /** Where its users are: an IANA name, Asia/Shanghai where nothing is said. */
  readonly timeZone?: string
  /** The group that alone may read what is below a space's first page, by the space's key. */
  readonly restrictedSpaces?: ReadonlyMap<string, string>
}

const defaultPort = 4104
const mostRows = 100

const json = (status: number, body: unknown): LegacyAnswer => ({
  status,
  headers: { 'content-type': 'application/json;charset=UTF-8' },
  body: JSON.stringify(body),
})

const failed = (statusCode: number, message: string) => json(statusCode, { statusCode, message, data: { authorized: true, valid: true, errors: [] } })

export const startConfluence = ({ port, host, company, unreadable = new Set(), timeZone = 'Asia/Shanghai', restrictedSpaces = new Map() }: ConfluenceOptions): Promise<LegacySystem> => {
  const articles = derivedFrom(company, (all): Articles => new Map(all.map((article) => [String(article.id), article])))
  return startLegacy({
    name: 'confluence',
    port,
    host,
    handle: (request) => route({ articles: articles(), unreadable, timeZone, restrictedSpaces }, request),
    errorAnswer: failed(500, 'org.hibernate.exception.JDBCConnectionException: could not inspect JDBC autocommit mode'),
    garbageAnswer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><body>Confluence is starting up' },
  })
}

type Articles = ReadonlyMap<string, TheirArticle>
type Wiki = Required<Pick<ConfluenceOptions, 'unreadable' | 'timeZone' | 'restrictedSpaces'>> & { readonly articles: Articles }

const route = (wiki: Wiki, { method, url, headers }: LegacyRequest): LegacyAnswer => {
  if (method !== 'GET') return failed(405, 'method not allowed')
  const base = `http://${headers.host ?? 'localhost'}`
  const expanded = new Set((url.searchParams.get('expand') ?? '').split(','))
  const write = (article: TheirArticle) => toContent(article, wiki, base, expanded)
  if (url.pathname === '/rest/api/content/search') return search(wiki, url, write)
  const id = /^\/rest\/api\/content\/(\d+)$/.exec(url.pathname)?.[1]
  const found = id === undefined ? undefined : wiki.articles.get(id)
  return found ? json(200, write(found)) : failed(404, `No content found with id: ContentId{id=${id ?? '?'}}`)
}

const search = ({ articles, timeZone }: Wiki, url: URL, write: (article: TheirArticle) => object): LegacyAnswer => {
  const found = answerCql([...articles.values()], url.searchParams.get('cql') ?? '', timeZone)
  if (found === null) return failed(400, 'Could not parse cql')
  const start = Number(url.searchParams.get('start') ?? 0)
  const limit = Math.min(mostRows, Number(url.searchParams.get('limit') ?? 25))
  const results = found.slice(start, start + limit).map(write)
  const next = start + limit < found.length ? { next: `/rest/api/content/search?start=${start + limit}&limit=${limit}` } : {}
  return json(200, { results, start, limit, size: results.length, totalSize: found.length, _links: { base: `http://${url.host}`, context: '', ...next } })
}

const list = (results: readonly object[]) => ({ results, start: 0, limit: 200, size: results.length })

const restrictionsTo = (groups: readonly string[]) =>
  ({ read: { operation: 'read', restrictions: { user: list([]), group: list(groups.map((name) => ({ type: 'group', name }))) } } })

/** Only what was asked for is expanded. */
const guardOf = ({ spaceKey, readers }: TheirArticle, { restrictedSpaces }: Wiki, expanded: ReadonlySet<string>): object => {
  const asksFor = (of: string) => ['user', 'group'].every((kind) => expanded.has(`${of}restrictions.read.restrictions.${kind}`))
  const above = restrictedSpaces.get(spaceKey)
  const ancestor = { id: '1', type: 'page', title: spaceKey, ...(asksFor('ancestors.') ? { restrictions: restrictionsTo(above === undefined ? [] : [above]) } : {}) }
  return {
    ...(asksFor('') ? { restrictions: restrictionsTo(readers ?? []) } : {}),
    ...(asksFor('ancestors.') ? { ancestors: [ancestor] } : {}),
  }
}

const toContent = (article: TheirArticle, wiki: Wiki, base: string, expanded: ReadonlySet<string>): object => ({
  id: String(article.id),
  type: 'page',
  status: 'current',
  title: article.title,
  ...(expanded.has('space') ? { space: { key: article.spaceKey } } : {}),
  ...(expanded.has('version') ? {
    version: {
      number: wiki.unreadable.has(String(article.id)) ? null : article.version,
      when: article.updatedAt,
      by: { type: 'known', displayName: article.author },
    },
  } : {}),
  ...(expanded.has('body.storage') ? { body: { storage: { value: article.body, representation: 'storage' } } } : {}),
  ...(expanded.has('metadata.labels') ? { metadata: { labels: list(article.tags.map((name) => ({ prefix: 'global', name, id: name }))) } } : {}),
  ...guardOf(article, wiki, expanded),
  _links: { base, webui: article.path },
})

if (import.meta.main) await runAlone(defaultPort, startConfluence)
