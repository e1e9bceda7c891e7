import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { CallOptions } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { openDavWire } from '../../fuse/wires/webdav.ts'
import type { DavWire } from '../../fuse/wires/webdav.ts'
import { patient, refusedUrl, settingsOf, startRawServer, startWireServer, until } from '../kit/wire-server.ts'
import type { Reply } from '../kit/wire-server.ts'

const limit = { timeout: 5_000 }
const xml = { 'content-type': 'text/xml; charset="utf-8"' }

const prop = (inner: string, status = 'HTTP/1.1 200 OK') => `<D:propstat><D:prop>${inner}</D:prop><D:status>${status}</D:status></D:propstat>`
const response = (href: string, ...inner: readonly string[]) => `<D:response><D:href>${href}</D:href>${inner.join('')}</D:response>`
const multistatus = (...responses: readonly string[]): Reply => ({ status: 207, headers: xml, body: `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">${responses.join('')}</D:multistatus>` })
const collection = '<D:resourcetype><D:collection/></D:resourcetype>'

const file = '<D:version-name>7</D:version-name><D:getcontenttype>text/plain; charset=gbk</D:getcontenttype><D:creationdate>2026-01-02T03:04:05.678901Z</D:creationdate><D:creator-displayname>007</D:creator-displayname><D:resourcetype/>'
  + '<D:getcontentlength>12</D:getcontentlength><D:checked-in><D:href>/docs/!svn/ver/9/a.md</D:href></D:checked-in>'
const described = { path: '/a.md', isFolder: false, bytes: 12, contentType: 'text/plain; charset=gbk', createdAt: '2026-01-02T03:04:05.678901Z', author: '007', version: '7', readableAt: '9', repositoryPath: '/a.md' }
const bare = { isFolder: false, bytes: null, contentType: null, createdAt: null, author: null, version: null, readableAt: null, repositoryPath: null }

const against = async <T>(reply: Reply, use: (wire: DavWire) => Promise<T>): Promise<T> => {
  await using server = await startWireServer(() => reply)
  await using wire = openDavWire(settingsOf(`${server.url}/docs`))
  return await use(wire)
}
const opt = () => ({ signal: patient() })
const stat = (reply: Reply, path = '/a.md') => against(reply, (wire) => wire.stat(path, opt()))
const list = (reply: Reply, path = '/') => against(reply, (wire) => wire.list(path, opt()))
const get = (reply: Reply) => against(reply, (wire) => wire.get('/a.md', opt()))

describe('a description over WebDAV', () => {
  it('asks for named properties at depth 0, with credentials, and tells them as they are', limit, async () => {
    await using server = await startWireServer(() => multistatus(response('/docs/%e9%80%80%20&amp;%23.md', prop(file))))
    await using wire = openDavWire(settingsOf(`${server.url}/docs/`, { headers: { authorization: 'Basic eA==' } }))
    assert.deepEqual(await wire.stat('/退 &#.md', { ...opt(), traceparent: '00-a-b-01' }), { ...described, path: '/退 &#.md' })
    const { method, url, headers, body } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([method, url, headers['depth'], headers.authorization, headers['traceparent']], ['PROPFIND', '/docs/%E9%80%80%20%26%23.md', '0', 'Basic eA==', '00-a-b-01'])
    assert.match(body.toString(), /<D:propfind xmlns:D="DAV:"><D:prop>.*<D:version-name\/>/)
  })

  it('takes any namespace prefix, a URL for an href, and properties of another status for none', limit, async () => {
    const body = '<multistatus xmlns="DAV:"><response><href>http://inside.example:8080/docs/a.md</href><propstat><prop><getcontentlength xmlns="DAV:">3</getcontentlength></prop>'
      + '<status>HTTP/1.1 200 OK</status></propstat><propstat><prop><creationdate/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response></multistatus>'
    assert.deepEqual(await stat({ status: 207, headers: xml, body }), { ...bare, path: '/a.md', bytes: 3 })
    assert.deepEqual(await stat(multistatus(response('/docs/a.md', prop('<D:author/>', 'HTTP/1.1 403 Forbidden')))), { ...bare, path: '/a.md' })
    assert.deepEqual(await stat(multistatus(response('/docs/a.md/', prop(collection)))), { ...bare, path: '/a.md', isFolder: true })
  })

  it('is null for 404 and 410, of the answer or of what is in it, and for an empty multistatus', limit, async () => {
    for (const status of [404, 410]) {
      assert.equal(await stat({ status, headers: { 'content-type': 'text/html' }, body: '<!DOCTYPE html>no' }), null)
      assert.equal(await stat(multistatus(response('/docs/a.md', `<D:status>HTTP/1.1 ${status} Not Here</D:status>`))), null)
    }
    assert.equal(await stat({ status: 207, headers: xml, body: '<D:multistatus xmlns:D="DAV:"/>' }), null)
  })

  it('is Refused for 4xx and Faulted for 5xx, 423 and 429, of the answer or of what is in it', limit, async () => {
    const cases = [[400, Refused], [401, Refused], [403, Refused], [405, Refused], [409, Refused], [423, Faulted], [429, Faulted], [500, Faulted], [503, Faulted], [507, Faulted]] as const
    for (const [status, kind] of cases) await assert.rejects(stat({ status, body: 'secret words' }), (error) => error instanceof kind && !error.message.includes('secret'))
    await assert.rejects(stat(multistatus(response('/docs/a.md', '<D:status>HTTP/1.1 403 Forbidden</D:status>'))), Refused)
    await assert.rejects(stat(multistatus(response('/docs/a.md', '<D:status>HTTP/1.1 423 Locked</D:status>'))), Faulted)
    await assert.rejects(stat(multistatus(response('/docs/a.md', prop(file), prop('<D:x/>', 'HTTP/1.1 500 Broken')))), Faulted)
  })

  const laughs = '<!DOCTYPE m [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><D:multistatus xmlns:D="DAV:">&b;</D:multistatus>'
  const outside = '<!DOCTYPE m SYSTEM "file:///etc/passwd"><D:multistatus xmlns:D="DAV:"/>'
  const unreadable: Readonly<Record<string, Reply>> = {
    'a document type': { status: 207, headers: xml, body: laughs },
    'an external document type': { status: 207, headers: xml, body: outside },
    'XML that is cut off': { status: 207, headers: xml, body: '<D:multistatus xmlns:D="DAV:"><D:resp' },
    'no XML': { status: 207, headers: xml, body: 'hello' },
    nothing: { status: 207, headers: xml, body: '' },
    'other XML': { status: 207, headers: xml, body: '<html><body/></html>' },
    'bytes that are not UTF-8': { status: 207, headers: xml, body: Buffer.from('<D:multistatus xmlns:D="DAV:">\xff</D:multistatus>', 'latin1') },
    'a login page': { status: 200, headers: { 'content-type': 'text/html' }, body: '<html>log in' },
    'a redirect': { status: 301, headers: { location: 'http://elsewhere.example/' } },
    'more than is allowed': { status: 207, headers: xml, body: ' '.repeat(100_001) },
    'two files': multistatus(response('/docs/a.md', prop(file)), response('/docs/b.md', prop(file))),
    'another file': multistatus(response('/docs/b.md', prop(file))),
    'a file of another folder': multistatus(response('/docsa.md', prop(file))),
    'a file above': multistatus(response('/a.md', prop(file))),
    'an href that is none': multistatus(response('/docs/%zz', prop(file))),
    'a status that is none': multistatus(response('/docs/a.md', prop(file, 'fine'))),
    'a length that is none': multistatus(response('/docs/a.md', prop('<D:getcontentlength>-1</D:getcontentlength>'))),
    'a property twice': multistatus(response('/docs/a.md', prop('<D:version-name>1</D:version-name><D:version-name>2</D:version-name>'))),
  }
  for (const [title, reply] of Object.entries(unreadable)) {
    it(`is Malformed for ${title}`, limit, () => assert.rejects(stat(reply), Malformed))
  }

  it('takes a revision only from where Subversion tells it', limit, async () => {
    for (const href of ['/docs/!svn/ver/x/a.md', '/docs/ver/9/a.md', '/docs/!svn/ver/', '']) {
      const found = await stat(multistatus(response('/docs/a.md', prop(`<D:checked-in><D:href>${href}</D:href></D:checked-in>`))))
      assert.deepEqual([found?.readableAt, found?.repositoryPath], [null, null])
    }
    const root = await stat(multistatus(response('/docs/a.md', prop('<D:checked-in><D:href>/docs/!svn/ver/9</D:href></D:checked-in>'))))
    assert.deepEqual([root?.readableAt, root?.repositoryPath], ['9', '/'])
  })
})

describe('a list over WebDAV', () => {
  it('asks at depth 1, and tells what is in the folder without the folder', limit, async () => {
    await using server = await startWireServer(() => multistatus(response('/docs/', prop(collection)), response('/docs/b/', prop(collection)), response('/docs/a.md', prop(file))))
    await using wire = openDavWire(settingsOf(`${server.url}/docs`))
    assert.deepEqual(await wire.list('/', opt()), [{ ...bare, path: '/b', isFolder: true }, described])
    const { url, headers } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([url, headers['depth']], ['/docs', '1'])
  })

  it('is empty for an empty folder and for a file, and null for none', limit, async () => {
    assert.deepEqual(await list(multistatus(response('/docs/x', prop(collection))), '/x'), [])
    assert.deepEqual(await list(multistatus(response('/docs/a.md', prop(file))), '/a.md'), [])
    assert.equal(await list({ status: 404 }), null)
  })

  it('is Malformed where something is not directly in the folder', limit, async () => {
    for (const href of ['/docs/x/deep/a.md', '/docs/other/a.md', '/docs/x/../../a.md', '/etc/passwd', '/docs/xa.md']) {
      await assert.rejects(list(multistatus(response('/docs/x/', prop(collection)), response(href, prop(file))), '/x'), Malformed, href)
    }
  })
})

describe('a file over WebDAV', () => {
  it('comes as bytes with its type, at a revision or as it is', limit, async () => {
    await using server = await startWireServer(() => ({ headers: { 'content-type': 'text/plain; charset=gbk' }, body: Buffer.of(0xcd, 0xcb, 0) }))
    await using wire = openDavWire(settingsOf(`${server.url}/docs`))
    assert.deepEqual(await wire.get('/a/退.md', { ...opt(), revision: '9' }), { body: Buffer.of(0xcd, 0xcb, 0), contentType: 'text/plain; charset=gbk' })
    await wire.get('/what?&p=3.md', opt())
    assert.deepEqual(server.requests.map(({ method, url }) => `${method} ${url}`), ['GET /docs/a/%E9%80%80.md?p=9', 'GET /docs/what%3F%26p%3D3.md'])
  })

  it('is null for 404, Refused for 403, Faulted for 500 and 423, and Malformed for a redirect and for too many bytes', limit, async () => {
    assert.equal(await get({ status: 404 }), null)
    await assert.rejects(get({ status: 403 }), Refused)
    for (const status of [423, 500]) await assert.rejects(get({ status }), Faulted)
    await assert.rejects(get({ status: 302, headers: { location: 'http://elsewhere.example/a.md' } }), Malformed)
    await assert.rejects(get({ body: 'x'.repeat(100_001) }), Malformed)
  })
})

describe('WebDAV', () => {
  const impossible = ['', 'a', '//', '/a/', '/a//b', '/..', '/a/../b', '/.', '/%2e%2e/a', '/%252E%252e/a', '/a%2fb', '/a%5cb', '/a%00', '/a\\b', '/a\u0000', '/a\tb', '/\udc00', '/!svn', '/x/!svn/ver/1', '/!SVN/a', `/${'退'.repeat(500)}`]
  for (const path of impossible) {
    it(`does not send the path ${JSON.stringify(path).slice(0, 40)}: it names nothing`, limit, async () => {
      await using server = await startWireServer(() => ({ status: 500 }))
      await using wire = openDavWire(settingsOf(`${server.url}/docs`))
      assert.deepEqual([await wire.stat(path, opt()), await wire.list(path, opt()), await wire.get(path, opt())], [null, null, null])
      assert.equal(server.requests.length, 0)
    })
  }

  it('is Unreachable where nobody listens, and where the connection is cut within an answer', limit, async () => {
    await using nobody = openDavWire(settingsOf(await refusedUrl()))
    await assert.rejects(nobody.stat('/a.md', opt()), Unreachable)
    await using server = await startRawServer((socket) => socket.end('HTTP/1.1 207 Multi-Status\r\ncontent-type: text/xml\r\ncontent-length: 900\r\n\r\n<D:multi'))
    await using wire = openDavWire(settingsOf(server.url))
    await assert.rejects(wire.stat('/a.md', opt()), Unreachable)
    await assert.rejects(wire.get('/a.md', opt()), Unreachable)
  })

  it('ends its work at the deadline and when the caller hangs up, and leaves no connection', limit, async () => {
    await using server = await startWireServer(() => undefined)
    await using wire = openDavWire(settingsOf(server.url))
    for (const name of ['stat', 'list', 'get'] as const) {
      const ask = (path: string, options: CallOptions) => wire[name](path, options)
      await assert.rejects(ask('/a.md', { signal: AbortSignal.timeout(30) }), TimedOut)
      const caller = new AbortController()
      const gone = assert.rejects(ask('/a.md', { signal: caller.signal }), Cancelled)
      caller.abort()
      await gone
    }
    await until(() => server.openSockets() === 0)
  })

  it('throws nothing but failures of its own for 600 answers with a byte changed', limit, async () => {
    const whole = Buffer.from(String(multistatus(response('/docs/a.md', prop(file))).body))
    const state = { at: 0 }
    await using server = await startWireServer(() => {
      const body = Buffer.from(whole)
      body[(state.at * 7) % body.length] = (state.at * 31) % 256
      state.at += 1
      return { status: 207, headers: xml, body }
    })
    await using wire = openDavWire(settingsOf(`${server.url}/docs`))
    for (let round = 0; round < 600; round += 20) {
      await Promise.all(Array.from({ length: 20 }, () => wire.stat('/a.md', opt()).catch((error: unknown) => assert.ok(error instanceof BackendFailure, String(error)))))
    }
  })
})
