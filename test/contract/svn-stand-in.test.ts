import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { parseXml } from '../../fuse/wires/xml.ts'
import { withoutApacheSvn } from '../kit/apache-svn.ts'
import { svnServers } from '../kit/svn-servers.ts'
import type { SvnServer } from '../kit/svn-servers.ts'

type Asked = { readonly method?: string; readonly path: string; readonly depth?: string; readonly body?: string }

const propfind = (...names: readonly string[]) => `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop>${names.map((name) => `<D:${name}/>`).join('')}</D:prop></D:propfind>`
const named = propfind('resourcetype', 'getcontentlength', 'getcontenttype', 'getetag', 'creationdate', 'getlastmodified', 'creator-displayname', 'version-name', 'checked-in', 'nothing')

const told = async (server: SvnServer, { method = 'GET', path, depth, body }: Asked) => {
  const response = await fetch(`${server.url}${path}`, { method, redirect: 'manual', ...(depth === undefined ? {} : { headers: { depth } }), ...(body === undefined ? {} : { body }) })
  const text = await response.text()
  const { port } = new URL(server.url)
  return {
    status: response.status,
    type: response.headers.get('content-type')?.toLowerCase(),
    etag: response.status === 200 ? response.headers.get('etag') : null,
    location: response.headers.get('location')?.replace(/127\.0\.0\.1:\d+/, 'host'),
    body: response.status === 207 || method === 'REPORT' ? (response.status < 300 ? readable(text) : null) : response.status === 200 ? text.replaceAll(port, 'port') : null,
  }
}

const meant = new Set(['@_node-kind', '@_copyfrom-path', '@_copyfrom-rev', '@_text-mods'])

/** Their order means nothing, and a server may tell more than it was asked for. */
const readable = (text: string): unknown =>
  JSON.parse(JSON.stringify(parseXml('svn', text, { arrays: ['response', 'propstat', 'log-item', 'added-path', 'modified-path', 'deleted-path', 'replaced-path'], bareNames: true }), (_key, value: unknown) =>
    typeof value !== 'object' || value === null ? value
      : Array.isArray(value) ? value.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))
        : Object.fromEntries(Object.entries(value).filter(([name]) => !name.startsWith('@_') || meant.has(name)).sort(([a], [b]) => a.localeCompare(b)))))

const odd = 'trunk/docs/100% of #1 & <more>? 退货.md'
const at = (path: string) => `/${path.split('/').map(encodeURIComponent).join('/')}`

const grow = async (server: SvnServer) => {
  await server.commit([{ put: 'trunk/docs/a.md', content: '# A' }, { put: odd, content: '' }, { put: 'trunk/docs/deep/b.html', content: '<p>b', mimeType: 'text/html; charset=gbk' }],
    { author: '陈晓 & <co>', date: '2026-01-02T03:04:05.000001Z' })
  await server.commit([{ put: 'trunk/docs/a.md', content: '# A, again' }], { author: null, date: '2026-02-03T04:05:06.999999Z' })
  await server.commit([{ move: 'trunk/docs', to: 'trunk/manual' }], { author: 'tom', date: '2026-03-04T05:06:07.000000Z' })
  await server.commit([{ move: 'trunk/manual/a.md', to: 'trunk/manual/deep/z.md' }, { put: 'trunk/docs/new.md', content: 'new' }], { author: 'tom', date: '2026-04-04T05:06:07.123456Z' })
  await server.commit([{ remove: 'trunk/manual/deep/b.html' }], { author: 'tom', date: '2026-05-05T05:06:07.120000Z' })
}

const moved = odd.replace('docs', 'manual')
const paths = ['', '/', '/trunk', '/trunk/manual', '/trunk/manual/', '/trunk/docs', '/trunk/docs/new.md', '/trunk/docs/new.md/', '/trunk/docs/new.md/x', '/trunk/manual/a.md',
  '/trunk/manual/deep/z.md', '/trunk/manual/deep/b.html', at(moved), at(odd), '/trunk//manual', '/trunk%2Fmanual', '/%ff', '/none', '/trunk/guarded/x.md', '/!svn/none']
const pegged = ['/trunk/manual/deep/b.html?p=4', '/trunk/docs/a.md?p=1', '/trunk/docs/a.md?p=2', '/trunk/docs/a.md?p=5', `${at(odd)}?p=2`, `${at(moved)}?p=3`, `${at(moved)}?p=2`,
  '/trunk?p=1', '/trunk/?p=1', '/trunk?p=77', '/trunk/?p=x', '/trunk/docs/new.md?p=', '/trunk/docs/new.md?p=-1']

const log = (from: number | string, limit = 0) => [
  `<S:log-report xmlns:S="svn:"><S:start-revision>${from}</S:start-revision>`, limit === 0 ? '' : `<S:limit>${limit}</S:limit>`,
  '<S:discover-changed-paths/><S:no-revprops/><S:path></S:path></S:log-report>',
].join('')

const logged = (path: string, from: number, limit = 0): Asked => ({ method: 'REPORT', path, body: log(from, limit) })

const questions: readonly Asked[] = [
  ...['', '/trunk', '/trunk/manual', '/trunk/manual/deep', '/trunk/manual/deep/z.md', '/trunk/docs', '/trunk/docs/new.md', at(moved), '/none'].map((path) => logged(path, 1)),
  ...[0, 3, 5, 6, 77].map((from) => logged('/trunk', from)),
  ...[1, 2, 5, 9].map((limit) => logged('/trunk', 1, limit)),
  logged('/trunk', 3, 1),
  ...[...paths, ...pegged].map((path) => ({ path })),
  ...[...paths, ...pegged].map((path) => ({ method: 'PROPFIND', path, depth: '0', body: named })),
  ...['', '/trunk', '/trunk/manual', '/trunk/docs/new.md', '/none'].map((path) => ({ method: 'PROPFIND', path, depth: '1', body: named })),
  ...['<a/>', '<D:propfind xmlns:D="DAV:"><D:prop>', 'no XML'].map((body) => ({ method: 'PROPFIND', path: '/trunk', depth: '0', body })),
  { method: 'PROPFIND', path: '/trunk', body: named },
]

describe('the stand-in for Subversion answers as Apache does', { skip: withoutApacheSvn() }, () => {
  let standIn: SvnServer
  let apache: SvnServer
  const started = new AsyncDisposableStack()
  const grown = async (name: string): Promise<SvnServer> => {
    const server = started.use(await (svnServers[name] ?? assert.fail(name)).start())
    await grow(server)
    return server
  }
  before(async () => {
    [standIn, apache] = await Promise.all([grown('the stand-in'), grown('Apache')])
  })
  after(() => started.disposeAsync())

  for (const asked of questions) {
    test(`${asked.method ?? 'GET'} ${asked.path === '' ? 'of the root' : asked.path} ${asked.depth ?? ''} ${asked.body === named ? '' : asked.body?.replace(/<S:dis.*/, '') ?? ''}`.trimEnd(), async () => {
      assert.deepEqual(await told(standIn, asked), await told(apache, asked))
    })
  }
})
