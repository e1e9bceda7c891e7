import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import iconv from 'iconv-lite'
import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import { canEncode, encodeForm, openFormWire } from '../../fuse/wires/form.ts'
import { patient, settingsOf, startWireServer } from '../kit/wire-server.ts'
import type { Reply } from '../kit/wire-server.ts'

const limit = { timeout: 3_000 }

const call = async (reply: Reply, charset = 'gbk', fields: Readonly<Record<string, string>> = {}) => {
  await using server = await startWireServer(() => reply)
  await using wire = openFormWire(settingsOf(server.url, { charset }), { arrays: ['row'] })
  return await wire.call({}, fields, { signal: patient() })
}

/** What PHP makes of a form: the bytes of each field, read in the charset of the page. */
const readForm = (body: string, charset: string): Record<string, string> =>
  Object.fromEntries(
    body.split('&').map((pair) => {
      const [name = '', value = ''] = pair.split('=').map((part) => iconv.decode(unescapeBytes(part), charset))
      return [name, value]
    }),
  )

const unescape = (part: string) => part.replaceAll(/%([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))

const unescapeBytes = (part: string) =>
  Buffer.from(unescape(part.replaceAll('+', ' ')), 'latin1')

describe('a form in another charset', () => {
  const fields = { name: '张三 & 李四', sum: '100% + 5 = 105', plain: 'aZ09_.-*', mixed: 'A公司~!\'()/\\\r\n', empty: '' }

  it('comes through GBK as it was', limit, async () => {
    await using server = await startWireServer(() => ({ body: '<r/>' }))
    await using wire = openFormWire(settingsOf(`${server.url}/crm.php?v=2`, { charset: 'gbk' }))
    await wire.call({ act: 'find' }, fields, { signal: patient() })
    const { method, url, headers, body } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([method, url], ['POST', '/crm.php?v=2&act=find'])
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded; charset=gbk')
    assert.match(body.toString('latin1'), /^[\w.*%+&=-]*$/)
    assert.deepEqual(readForm(body.toString('latin1'), 'gbk'), fields)
  })

  it('is encoded byte by byte', () => {
    assert.equal(encodeForm('tried', { 名: '张 +&=%' }, 'gbk'), '%C3%FB=%D5%C5+%2B%26%3D%25')
    assert.equal(encodeForm('tried', { a: '张', b: 'é' }, 'utf-8'), 'a=%E5%BC%A0&b=%C3%A9')
  })

  it('is Refused where the charset does not have the text, and is not sent', limit, async () => {
    await using server = await startWireServer(() => ({ body: '<r/>' }))
    await using wire = openFormWire(settingsOf(server.url, { charset: 'gbk' }))
    for (const text of ['📦', 'नमस्ते', '\uD800']) {
      await assert.rejects(wire.call({}, { note: text }, { signal: patient() }), Refused)
      await assert.rejects(wire.call({}, { [text]: 'note' }, { signal: patient() }), Refused)
    }
    assert.equal(server.requests.length, 0)
  })

  it('knows which text a charset has', () => {
    assert.deepEqual(['张', '?', '📦', ''].map((text) => canEncode(text, 'gbk')), [true, true, false, true])
    assert.deepEqual(['张', '📦', '\uFEFFa'].map((text) => canEncode(text, 'utf-8')), [true, true, true])
    assert.equal(canEncode('\uD800', 'utf-8'), false)
  })
})

describe('an answer to a form', () => {
  const declared = (charset: string) => `<?xml version="1.0" encoding="${charset}"?><r><row>张三</row></r>`
  const read = { r: { row: ['张三'] } }

  it('is read by its Content-Type rather than its declaration, and by that rather than the settings', limit, async () => {
    const typed = { headers: { 'content-type': 'text/xml; charset=gbk' }, body: iconv.encode(declared('utf-8'), 'gbk') }
    assert.deepEqual(await call(typed, 'big5'), read)
    assert.deepEqual(await call({ headers: { 'content-type': 'text/xml' }, body: iconv.encode(declared('gbk'), 'gbk') }, 'utf-8'), read)
    assert.deepEqual(await call({ body: iconv.encode('<r><row>张三</row></r>', 'gbk') }, 'gbk'), read)
  })

  it('is Malformed where its bytes are not in its charset', limit, async () => {
    const utf8 = { 'content-type': 'text/xml; charset=utf-8' }
    await assert.rejects(call({ headers: utf8, body: iconv.encode(declared('gbk'), 'gbk') }), Malformed)
    await assert.rejects(call({ body: Buffer.concat([Buffer.from('<r>'), Buffer.from([0xff, 0xff]), Buffer.from('</r>')]) }), Malformed)
  })

  it('is Malformed for HTML with 200, whatever type it says', limit, async () => {
    for (const type of ['text/html', 'text/xml']) {
      await assert.rejects(call({ headers: { 'content-type': type }, body: '<html><body>Fatal error<br></body></html>' }), Malformed)
    }
    await assert.rejects(call({ body: 'Warning: mysql_connect() in /var/www/db.php' }), Malformed)
    await assert.rejects(call({ body: '' }), Malformed)
  })

  it('is Refused for 4xx, also 404, and Faulted for 5xx and 429', limit, async () => {
    for (const status of [400, 403, 404]) await assert.rejects(call({ status, body: '<r/>' }), Refused)
    for (const status of [500, 503, 429]) {
      const isFaulted = (error: unknown) => error instanceof Faulted && error.retryAfterMs === 2_000
      await assert.rejects(call({ status, headers: { 'retry-after': '2' } }), isFaulted)
    }
  })
})
