import { z } from 'zod'
import { parseXml } from '../../fuse/wires/xml.ts'
import type { SvnNode, SvnRepository } from './repository.ts'

/** Where a node is: `root` is the repository's own path on the server, `path` the node's within it. */
export type Place = { readonly root: string; readonly path: string; readonly node: SvnNode }

const propfind = z.object({ propfind: z.union([z.literal(''), z.object({ prop: z.record(z.string(), z.unknown()).optional() })]) })

/** Names without their namespaces; `all` for `D:allprop` and for an empty body. Throws for what is no PROPFIND. */
export const askedProperties = (body: Buffer): readonly string[] | 'all' => {
  if (body.length === 0) return 'all'
  const parsed = propfind.parse(parseXml('svn', body.toString('utf8'), { arrays: [], bareNames: true })).propfind
  if (parsed === '' || parsed.prop === undefined) return 'all'
  return Object.keys(parsed.prop).filter((name) => !name.startsWith('@_'))
}

export const multistatus = (repository: SvnRepository, places: readonly Place[], asked: readonly string[] | 'all'): string => [
  '<?xml version="1.0" encoding="utf-8"?>',
  '<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">',
  ...places.flatMap((place) => writeResponse(repository, place, asked)),
  '</D:multistatus>',
  '',
].join('\n')

export const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** As Subversion writes a path; Apache itself writes `lowerHref`. */
export const encodeHref = (path: string) => encodeURI(path).replaceAll(/[?#]/g, encodeURIComponent)
export const lowerHref = (path: string) => encodeHref(path).replaceAll(/%[\dA-F]{2}/g, (byte) => byte.toLowerCase())

const writeResponse = (repository: SvnRepository, place: Place, asked: readonly string[] | 'all'): string[] => {
  const has = new Map(properties(repository, place))
  const names = asked === 'all' ? [...has.keys()] : asked
  const found = names.filter((name) => has.has(name))
  const missing = names.filter((name) => !has.has(name))
  const href = lowerHref(`${place.root}${place.path === '' ? '' : `/${place.path}`}`) + (place.node.kind === 'folder' ? '/' : '')
  return [
    '<D:response xmlns:lp1="DAV:" xmlns:lp2="http://subversion.tigris.org/xmlns/dav/" xmlns:g0="DAV:">',
    `<D:href>${escapeXml(href)}</D:href>`,
    ...propstat(found.map((name) => has.get(name) ?? ''), '200 OK'),
    ...propstat(missing.map((name) => `<g0:${name}/>`), '404 Not Found'),
    '</D:response>',
  ]
}

const propstat = (lines: readonly string[], status: string): string[] =>
  lines.length === 0 ? [] : ['<D:propstat>', '<D:prop>', ...lines, '</D:prop>', `<D:status>HTTP/1.1 ${status}</D:status>`, '</D:propstat>']

const properties = (repository: SvnRepository, { root, path, node }: Place): [string, string][] => {
  const by = repository.committed(node.revision)
  const says = (name: string, value: string): [string, string] => [name, `<lp1:${name}>${value}</lp1:${name}>`]
  const checkedIn = encodeHref(`${root}/!svn/ver/${repository.readableAt(path, node)}/${path}`)
  return [
    node.kind === 'folder' ? says('resourcetype', '<D:collection/>') : ['resourcetype', '<lp1:resourcetype/>'],
    ...(node.kind === 'file' ? [says('getcontentlength', String(node.content.length))] : []),
    says('getcontenttype', typeOf(node)),
    says('getetag', etag(path, node)),
    ...(by ? [says('creationdate', by.date), says('getlastmodified', new Date(by.date).toUTCString())] : []),
    says('checked-in', `<D:href>${escapeXml(checkedIn)}</D:href>`),
    says('version-controlled-configuration', `<D:href>${root}/!svn/vcc/default</D:href>`),
    says('version-name', String(node.revision)),
    ...(by?.author == null ? [] : [says('creator-displayname', escapeXml(by.author))]),
    ['baseline-relative-path', `<lp2:baseline-relative-path>${escapeXml(path)}</lp2:baseline-relative-path>`],
  ]
}

/** Of a file without `svn:mime-type` mod_dav_svn tells the type of the answer that it is writing. */
const typeOf = (node: SvnNode) => (node.kind === 'folder' ? 'text/html; charset=UTF-8' : (node.mimeType ?? 'text/xml; charset="utf-8"'))

/** Escaped for XML, in the header too. */
export const etag = (path: string, node: SvnNode): string => `${node.kind === 'folder' ? 'W/' : ''}"${node.revision}//${escapeXml(path)}"`
