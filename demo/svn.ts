import { runAlone } from './alone.ts'
import type { Company } from './company.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'
import { writeHandbook } from './svn/handbook.ts'
import { askedLog, logReportOf } from './svn/log-report.ts'
import { askedProperties, escapeXml, etag, lowerHref, multistatus } from './svn/multistatus.ts'
import type { Place } from './svn/multistatus.ts'
import type { SvnFile, SvnRepository, SvnTree } from './svn/repository.ts'

/**
 * A Subversion repository behind Apache, as far as it is read (RFC 4918, and what mod_dav_svn adds):
 *
 *     PROPFIND /svn/company/trunk/handbook          Depth: 0 or 1
 *     GET      /svn/company/trunk/handbook/returns.md
 *     GET      /svn/company/trunk/handbook/returns.md?p=3      as it was in revision 3
 *     REPORT   /svn/company/trunk/handbook          S:log-report, from a revision to the youngest, with the changed paths
 *
 * `test/contract/svn-stand-in.test.ts` compares its answers with a real one's.
 */
export type SvnOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'articles'>
  /** In place of one with the company's handbook. */
  readonly repository?: SvnRepository
}

const defaultPort = 4110
const root = '/svn/company'

/** What is below it is kept from everybody. */
const guarded = 'trunk/guarded'

export const startSvn = ({ port, host, company, repository }: SvnOptions): Promise<LegacySystem> => {
  const state = { repository }
  return startLegacy({
    name: 'svn',
    port,
    host,
    // Written when it is first read: it costs every start of the demo some 200 ms otherwise.
    handle: (request) => route((state.repository ??= writeHandbook(company.articles)), request),
    errorAnswer: page(500, 'Internal Server Error'),
    garbageAnswer: { status: 207, headers: { 'content-type': 'text/xml; charset="utf-8"' }, body: '<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">\n<D:resp' },
  })
}

const page = (status: number, title: string, headers: Readonly<Record<string, string>> = {}): LegacyAnswer => ({
  status,
  headers: { 'content-type': 'text/html; charset=iso-8859-1', ...headers },
  body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n<html><head>\n<title>${status} ${title}</title>\n</head><body>\n<h1>${title}</h1>\n</body></html>\n`,
})

const notFound = page(404, 'Not Found')

const xmlError = (status: number, code: number, message: string): LegacyAnswer => ({
  status,
  headers: { 'content-type': 'text/xml; charset="utf-8"' },
  body: '<?xml version="1.0" encoding="utf-8"?>\n<D:error xmlns:D="DAV:" xmlns:m="http://apache.org/dav/xmlns" xmlns:C="svn:">\n<C:error/>\n'
    + `<m:human-readable errcode="${code}">\n${message}\n</m:human-readable>\n</D:error>\n`,
})

const route = (repository: SvnRepository, request: LegacyRequest): LegacyAnswer => {
  const { method, url } = request
  const path = pathOf(url)
  if (path === null) return notFound
  if (path === guarded || path.startsWith(`${guarded}/`)) return page(403, 'Forbidden')
  if (method !== 'GET' && method !== 'PROPFIND' && method !== 'REPORT') return page(405, 'Method Not Allowed')
  const peg = url.searchParams.get('p') ?? String(repository.youngest)
  if (/^-\d+$/.test(peg)) return page(400, 'Bad Request')
  if (!/^\d+$/.test(peg)) return notFound
  const tree = repository.treeAt(Number(peg))
  if (!tree) return xmlError(404, 160006, `No such revision ${peg}`)
  const node = tree.get(path)
  if (!node) return notFound
  const place = { root, path, node }
  if (method === 'REPORT') return report(repository, path, request)
  return method === 'GET' ? read(place, tree, url, Number(peg)) : find(repository, place, tree, request)
}

/** Within the repository; null for what is outside, and for what no path can be. */
const pathOf = ({ pathname }: URL): string | null => {
  const parts = pathname.slice(root.length).split('/').filter((part) => part !== '')
  try {
    const path = parts.map(decodeURIComponent)
    return (pathname === root || pathname.startsWith(`${root}/`)) && !path.some((part) => part.includes('/')) ? path.join('/') : null
  } catch {
    return null
  }
}

// ── PROPFIND ──

const find = (repository: SvnRepository, place: Place, tree: SvnTree, { headers, body }: LegacyRequest): LegacyAnswer => {
  const depth = headers['depth'] ?? 'infinity'
  if (depth === 'infinity' && place.node.kind === 'folder') return page(403, 'Forbidden')
  const places = depth === '1' && place.node.kind === 'folder' ? [place, ...inside(place, tree)] : [place]
  try {
    const asked = askedProperties(body)
    return { status: 207, headers: { 'content-type': 'text/xml; charset="utf-8"' }, body: multistatus(repository, places, asked) }
  } catch {
    return page(400, 'Bad Request')
  }
}

const inside = ({ path }: Place, tree: SvnTree): Place[] => {
  const prefix = path === '' ? '' : `${path}/`
  return [...tree].filter(([other]) => other !== '' && other.startsWith(prefix) && !other.slice(prefix.length).includes('/')).map(([other, node]) => ({ root, path: other, node }))
}

// ── REPORT ──

const report = (repository: SvnRepository, path: string, { body }: LegacyRequest): LegacyAnswer => {
  try {
    const asked = askedLog(body)
    if (asked.from > repository.youngest) return xmlError(404, 160006, `No such revision ${asked.from}`)
    return { status: 200, headers: { 'content-type': 'text/xml; charset="utf-8"' }, body: logReportOf(repository, path, asked) }
  } catch {
    return page(400, 'Bad Request')
  }
}

// ── GET ──

const read = (place: Place, tree: SvnTree, url: URL, revision: number): LegacyAnswer => {
  const { path, node } = place
  if (node.kind === 'file') return file(path, node)
  if (!url.pathname.endsWith('/')) return page(301, 'Moved Permanently', { location: `${url.origin}${url.pathname.replaceAll(/\/+/g, '/')}/${url.search}` })
  const names = inside(place, tree).map((other) => other.path.slice(other.path.lastIndexOf('/') + 1) + (other.node.kind === 'folder' ? '/' : '')).sort()
  const up = path === '' ? [] : [`  <li><a href="../${url.search}">..</a></li>`]
  const items = names.map((name) => `  <li><a href="${escapeXml(lowerHref(name))}${url.search}">${escapeXml(name)}</a></li>`)
  const title = `company - Revision ${revision}: /${escapeXml(path)}`
  const body = [`<html><head><title>${title}</title></head>`, '<body>', ` <h2>${title}</h2>`, ' <ul>', ...up, ...items, ' </ul>', '</body></html>'].join('\n')
  return { status: 200, headers: { 'content-type': 'text/html; charset=UTF-8', etag: headerText(etag(path, node)) }, body }
}

const file = (path: string, node: SvnFile): LegacyAnswer => ({
  status: 200,
  headers: { 'content-type': node.mimeType ?? 'text/plain', etag: headerText(etag(path, node)) },
  body: node.content,
})

/** Apache writes the bytes of UTF-8 into a header; Node takes each character for one. */
const headerText = (text: string) => Buffer.from(text).toString('latin1')

if (import.meta.main) await runAlone(defaultPort, startSvn)
