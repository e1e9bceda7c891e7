import { z } from 'zod'
import type { CallOptions } from '../call.ts'
import { Faulted, Malformed, Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { openHttpWire, segment } from './http.ts'
import type { HttpAnswer, HttpWire } from './http.ts'
import { refuseBadStatus } from './rest.ts'
import { logReport, readLog } from './svn-log.ts'
import type { SvnLogEntry } from './svn-log.ts'
import { decodeXml, parseXml } from './xml.ts'

export type { SvnLogEntry, SvnLogPath } from './svn-log.ts'

/** What a file or folder says of itself; null where the server does not say it. */
export type DavResource = {
  /** From the configured URL on, such as `/handbook/returns.md`; a folder has no slash at its end. */
  readonly path: string
  readonly isFolder: boolean
  readonly bytes: number | null
  /** Subversion: its `svn:mime-type`; of a file without one, `text/xml; charset="utf-8"`, the type of the answer in which it is told. */
  readonly contentType: string | null
  /** ISO 8601; Subversion: when `version` was committed. */
  readonly createdAt: string | null
  readonly author: string | null
  /** Subversion: the revision in which it last changed. */
  readonly version: string | null
  /** Subversion: a revision at which this path names what is described here; for `get`. It may be later than `version`, where a folder above was moved. */
  readonly readableAt: string | null
  /** Subversion: where it is from the repository's root on, such as `/trunk/docs`; `/` for the root. */
  readonly repositoryPath: string | null
}

/** Some servers add a charset of their own to the type (Apache's AddDefaultCharset). */
export type DavFile = { readonly body: Buffer; readonly contentType: string | null }

/**
 * Reading over WebDAV (RFC 4918), and what Subversion adds to it. Paths begin with a slash and are as they are on file: the wire encodes them. A path that
 * can leave the configured URL, or can be no path of a repository's, names nothing: it is not sent, and the answer is null. So it is for 404.
 *
 * All throw `Unreachable`, `TimedOut`, `Refused` (4xx), `Faulted` (5xx, 423, 429), `Malformed` (also for a redirect, a document type, a size beyond
 * `settings.maxResponseBytes`) or `Cancelled`.
 */
export type DavWire = AsyncDisposable & {
  /** `revision` as for `get`. */
  stat(path: string, opt: CallOptions & { readonly revision?: string }): Promise<DavResource | null>
  /** What is in a folder, one level deep, in the server's order; of a file, nothing. `revision` as for `get`. */
  list(path: string, opt: CallOptions & { readonly revision?: string }): Promise<readonly DavResource[] | null>
  /** `revision`: as it was then (a peg revision of Subversion's), else as it is now. */
  get(path: string, opt: CallOptions & { readonly revision?: string }): Promise<DavFile | null>
  /**
   * Subversion: the revisions that touched the configured folder or what is above it, from `from` on, oldest first, at most `limit`; its history is followed
   * through moves. Null where there is no such revision, or no such folder.
   */
  log(opt: CallOptions & { readonly from: number; readonly limit: number }): Promise<readonly SvnLogEntry[] | null>
}

export const openDavWire = (settings: BackendSettings): DavWire => {
  const { name } = settings
  const http = openHttpWire(settings)
  return {
    stat: async (path, { revision, ...opt }) => {
      const found = await find(http, settings, path, '0', opt, revision)
      if (found === null || found.length === 0) return null
      const [only, ...others] = found
      if (only?.path !== path || others.length > 0) throw new Malformed(name, 'properties of something else than was asked for')
      return only
    },
    list: async (path, { revision, ...opt }) => {
      const found = await find(http, settings, path, '1', opt, revision)
      if (found === null) return null
      const inside = found.filter((resource) => resource.path !== path)
      if (!inside.every((resource) => parentOf(resource.path) === path)) throw new Malformed(name, 'a list of what is in another folder')
      return inside
    },
    get: async (path, { revision, ...opt }) => {
      const encoded = encodePath(name, path)
      if (encoded === null) return null
      const answer = await http.request({ method: 'GET', path: encoded, query: { p: revision } }, opt)
      return isAbsent(answer.status) ? null : { body: refuseStatus(name, answer).body, contentType: answer.contentType }
    },
    log: async ({ from, limit, ...opt }) => {
      const headers = { 'content-type': 'text/xml; charset=utf-8' }
      const answer = await http.request({ method: 'REPORT', path: '', headers, body: logReport(from, limit) }, opt)
      return isAbsent(answer.status) ? null : readLog(name, refuseStatus(name, answer), from)
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

// ── Paths ──

/** In characters as they are sent; Apache takes lines of 8,190 bytes. */
const maxPathLength = 4_000

/** A dot, slash, backslash or NUL that comes out where something on the way decodes once more than it should. */
const disguised = /%(?:25)*(?:2e|2f|5c|00)/i

/** Below `!svn` a repository shows itself: its revisions, transactions and what is no longer there. */
const namesNothing = (part: string) =>
  /^\.{0,2}$/.test(part) || /[\\\u0000-\u001f\u007f]/.test(part) || !part.isWellFormed() || disguised.test(part) || part.toLowerCase() === '!svn'

/** Null for what can be no path below the URL. The path of the URL itself is `/`. */
const encodePath = (backend: string, path: string): string | null => {
  if (path === '/') return ''
  const [first, ...parts] = path.split('/')
  if (first !== '' || parts.length === 0 || parts.some(namesNothing)) return null
  const encoded = parts.map((part) => segment(backend, part)).join('/')
  return encoded.length > maxPathLength ? null : `/${encoded}`
}

const parentOf = (path: string): string => path.slice(0, Math.max(1, path.lastIndexOf('/')))

/** From an href, which is a path or a URL (RFC 4918 section 8.3). */
const decodeHref = (settings: BackendSettings, href: string): string => {
  const base = new URL(settings.url)
  const root = base.pathname.replace(/\/$/, '')
  try {
    const path = decodeURIComponent(new URL(href, base).pathname)
    const under = decodeURIComponent(root)
    if (path === under || path.startsWith(`${under}/`)) return path.slice(under.length).replace(/\/$/, '') || '/'
  } catch (cause) {
    throw new Malformed(settings.name, 'an href that can not be read', { cause })
  }
  throw new Malformed(settings.name, 'an href outside of what is configured')
}

// ── PROPFIND ──

const asked = [
  '<?xml version="1.0" encoding="utf-8"?>',
  '<D:propfind xmlns:D="DAV:"><D:prop>',
  ...['resourcetype', 'getcontentlength', 'getcontenttype', 'creationdate', 'creator-displayname', 'version-name', 'checked-in'].map((name) => `<D:${name}/>`),
  '</D:prop></D:propfind>',
].join('')

const find = async (
  http: HttpWire, settings: BackendSettings, path: string, depth: '0' | '1', opt: CallOptions, revision?: string,
): Promise<DavResource[] | null> => {
  const { name } = settings
  const encoded = encodePath(name, path)
  if (encoded === null) return null
  const headers = { depth, 'content-type': 'application/xml; charset=utf-8' }
  const answer = await http.request({ method: 'PROPFIND', path: encoded, headers, body: asked, query: { p: revision } }, opt)
  if (isAbsent(answer.status)) return null
  refuseStatus(name, answer)
  if (answer.status !== 207) throw new Malformed(name, `status ${answer.status} to a PROPFIND`)
  const xml = parseXml(name, decodeXml(name, answer, 'utf-8'), { arrays: ['response', 'propstat'], bareNames: true })
  const parsed = multistatus.safeParse(xml)
  if (!parsed.success) throw new Malformed(name, `no multistatus: ${z.prettifyError(parsed.error)}`)
  return parsed.data.multistatus.response.flatMap((response) => toResource(settings, response) ?? [])
}

const isAbsent = (status: number) => status === 404 || status === 410

/** A lock is somebody's trouble at the backend, which passes (RFC 4918 section 11.3). */
const refuseStatus = (backend: string, answer: HttpAnswer): HttpAnswer => {
  if (answer.status === 423) throw new Faulted(backend, 'status 423: locked')
  refuseBadStatus(backend, answer)
  return answer
}

/** What an element says, with attributes or without. */
const text = z.union([z.string(), z.object({ '#text': z.string() }).transform((said) => said['#text'])])

/** What has children. Without any it comes as empty text. */
const parent = <T extends z.ZodRawShape>(shape: T) => z.preprocess((value) => (value === '' ? {} : value), z.object(shape))

const status = text.pipe(z.string().regex(/^HTTP\/\d(?:\.\d)? \d{3}(?: |$)/)).transform((line) => Number(line.split(' ')[1]))

const words = text.transform((said) => (said === '' ? null : said)).optional()

const properties = parent({
  resourcetype: parent({ collection: z.unknown().optional() }).optional(),
  getcontentlength: text.pipe(z.string().regex(/^\d{0,15}$/)).transform((said) => (said === '' ? null : Number(said))).optional(),
  getcontenttype: words,
  creationdate: words,
  'creator-displayname': words,
  'version-name': words,
  'checked-in': parent({ href: text.optional() }).optional(),
})

const response = z.object({
  href: text,
  status: status.optional(),
  propstat: z.array(z.object({ prop: z.unknown(), status })).default([]),
})

const multistatus = z.object({ multistatus: parent({ response: z.array(response).default([]) }) })

type Properties = z.infer<typeof properties>

/** Undefined for what is not there. */
const toResource = (settings: BackendSettings, { href, status: own, propstat }: z.infer<typeof response>): DavResource | undefined => {
  const { name } = settings
  if (own !== undefined && isAbsent(own)) return undefined
  if (own !== undefined) refuseStatusOf(name, own)
  for (const part of propstat) if (!isWithheld(part.status)) refuseStatusOf(name, part.status)
  const said = properties.safeParse(propstat.find((part) => part.status === 200)?.prop ?? '')
  if (!said.success) throw new Malformed(name, `properties: ${z.prettifyError(said.error)}`)
  return describe(decodeHref(settings, href), said.data)
}

/** A property that is not there, or not for us, is none; the others are. */
const isWithheld = (of: number) => isAbsent(of) || of === 401 || of === 403

const refuseStatusOf = (backend: string, of: number): void => {
  if (of >= 500 || of === 423) throw new Faulted(backend, `status ${of} within a multistatus`)
  if (of >= 400) throw new Refused(backend, `status ${of} within a multistatus`)
}

const describe = (path: string, said: Properties): DavResource => ({
  path,
  isFolder: said.resourcetype?.collection !== undefined,
  bytes: said.getcontentlength ?? null,
  contentType: said.getcontenttype ?? null,
  createdAt: said.creationdate ?? null,
  author: said['creator-displayname'] ?? null,
  version: said['version-name'] ?? null,
  ...describeVersion(said['checked-in']?.href ?? ''),
})

/** The version resource's path begins with its revision: mod_dav_svn takes care that the path is there at that one. */
const describeVersion = (href: string): Pick<DavResource, 'readableAt' | 'repositoryPath'> => {
  const [, readableAt, path = ''] = /\/!svn\/ver\/(\d{1,15})(\/[^?#]*)?/.exec(href) ?? []
  if (readableAt === undefined) return { readableAt: null, repositoryPath: null }
  try {
    return { readableAt, repositoryPath: decodeURIComponent(path).replace(/\/$/, '') || '/' }
  } catch {
    return { readableAt, repositoryPath: null }
  }
}
