import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import iconv from 'iconv-lite'
import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import { openRestWire } from '../../fuse/wires/rest.ts'
import { patient, settingsOf, startWireServer } from '../kit/wire-server.ts'
import type { Reply } from '../kit/wire-server.ts'

const limit = { timeout: 3_000 }
const json = { 'content-type': 'application/json' }

const get = async (reply: Reply) => {
  await using server = await startWireServer(() => reply)
  await using wire = openRestWire(settingsOf(server.url))
  return await wire.get('/orders/1', { signal: patient() })
}

const post = async (reply: Reply, accept: readonly number[] = []) => {
  await using server = await startWireServer(() => reply)
  await using wire = openRestWire(settingsOf(server.url))
  return await wire.post('/orders', { signal: patient(), body: {}, accept })
}

describe('a GET over REST', () => {
  it('asks for JSON with the query, and gives what is in it', limit, async () => {
    await using server = await startWireServer(() => ({ headers: json, body: '{"id":"甲","rows":[1,null]}' }))
    await using wire = openRestWire(settingsOf(`${server.url}/api?tenant=7`))
    const got = await wire.get('/orders', { signal: patient(), query: { page: 0 } })
    assert.deepEqual(got, { id: '甲', rows: [1, null] })
    const { method, url, headers } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([method, url, headers.accept], ['GET', '/api/orders?tenant=7&page=0', 'application/json'])
  })

  it('is null for 404 and 410, whatever is in them', limit, async () => {
    for (const status of [404, 410]) assert.equal(await get({ status, headers: { 'content-type': 'text/html' }, body: '<h1>no' }), null)
  })

  it('is Refused for every other 4xx', limit, async () => {
    for (const status of [400, 401, 403, 409, 422, 499]) await assert.rejects(get({ status }), Refused)
  })

  it('is Faulted for 429 and 5xx, with the time of Retry-After', limit, async () => {
    for (const status of [429, 500, 502, 503, 504]) {
      const isFaulted = (wanted: number | undefined) => (error: unknown) => error instanceof Faulted && error.retryAfterMs === wanted
      await assert.rejects(get({ status, headers: { 'retry-after': '3' } }), isFaulted(3_000))
      await assert.rejects(get({ status }), isFaulted(undefined))
    }
  })

  it('is Malformed for a redirect, also to the very same place', limit, async () => {
    await assert.rejects(get({ status: 302, headers: { location: '/orders/1' } }), Malformed)
  })

  it('is Malformed for HTML with 200', limit, async () => {
    await assert.rejects(get({ headers: { 'content-type': 'text/html' }, body: '<html>maintenance' }), Malformed)
    await assert.rejects(get({ body: '<html>maintenance' }), Malformed)
    await assert.rejects(get({ headers: json, body: '<html>maintenance' }), Malformed)
    // A type that has to say JSON, not only to have it somewhere.
    await assert.rejects(get({ headers: { 'content-type': 'text/html; title=application/json' }, body: '{}' }), Malformed)
  })

  it('reads every type that is JSON, and JSON without a type', limit, async () => {
    for (const type of ['application/json;charset=UTF-8', 'application/problem+json', 'text/json', 'Application/JSON']) {
      assert.deepEqual(await get({ headers: { 'content-type': type }, body: '{"a":1}' }), { a: 1 })
    }
    assert.deepEqual(await get({ body: '{"a":1}' }), { a: 1 })
    assert.deepEqual(await get({ headers: json, body: '\uFEFF{"a":1}' }), { a: 1 })
  })

  it('reads JSON in another charset', limit, async () => {
    const body = iconv.encode('{"name":"张三"}', 'gbk')
    for (const charset of ['gbk', '"GBK"', 'gb18030']) {
      assert.deepEqual(await get({ headers: { 'content-type': `application/json; charset=${charset}` }, body }), { name: '张三' })
    }
  })

  it('is Malformed for bytes that the charset does not have, and for a charset that nobody has', limit, async () => {
    await assert.rejects(get({ headers: json, body: iconv.encode('{"name":"张三"}', 'gbk') }), Malformed)
    await assert.rejects(get({ headers: { 'content-type': 'application/json; charset=klingon' }, body: '{}' }), Malformed)
  })

  it('is Malformed for an empty and for a cut answer', limit, async () => {
    for (const body of ['', '{"a":', '{"a":1}}', 'null null']) await assert.rejects(get({ headers: json, body }), Malformed)
  })

  it('pollutes nothing by __proto__', limit, async () => {
    const got = await get({ headers: json, body: '{"__proto__":{"polluted":true}}' })
    assert.equal(Reflect.get({}, 'polluted'), undefined)
    assert.ok(typeof got === 'object' && got !== null && Object.getPrototypeOf(got) === Object.prototype)
  })
})

describe('a POST over REST', () => {
  it('sends JSON with its headers', limit, async () => {
    await using server = await startWireServer(() => ({ status: 201, headers: json, body: '{"id":1}' }))
    await using wire = openRestWire(settingsOf(server.url))
    const got = await wire.post('/orders', { signal: patient(), body: { note: '急' }, headers: { 'idempotency-key': 'k1' } })
    assert.deepEqual(got, { status: 201, body: { id: 1 } })
    const { method, headers, body } = server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([method, headers['content-type'], headers['idempotency-key']], ['POST', 'application/json', 'k1'])
    assert.deepEqual(JSON.parse(body.toString()), { note: '急' })
  })

  it('gives any 2xx, an empty one as null', limit, async () => {
    assert.deepEqual(await post({ status: 204 }), { status: 204, body: null })
    assert.deepEqual(await post({ status: 202, headers: json }), { status: 202, body: null })
  })

  it('gives a status that the caller accepts, and refuses the others', limit, async () => {
    const reply = { status: 409, headers: json, body: '{"reason":"paid"}' }
    assert.deepEqual(await post(reply, [409]), { status: 409, body: { reason: 'paid' } })
    await assert.rejects(post(reply, [422]), Refused)
    await assert.rejects(post({ status: 404 }), Refused)
    await assert.rejects(post({ status: 500 }), Faulted)
    await assert.rejects(post({ status: 307, headers: { location: '/elsewhere' } }, [307]), Malformed)
  })
})
