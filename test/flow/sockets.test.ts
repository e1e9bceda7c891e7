import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { sha256 } from '../../gateway/operations-manifest.ts'
import { openPersistedOperations } from '../../gateway/persisted-operations.ts'
import { valueAt } from '../kit/asking.ts'
import { openAcknowledged, openRawSocket, openSocketClient, toWs } from '../kit/socket-client.ts'
import type { RawSocket } from '../kit/socket-client.ts'
import { codeOf, openTalkHub, said, subscribe } from '../kit/talk-hub.ts'
import type { TalkHub } from '../kit/talk-hub.ts'
import { until } from '../kit/until.ts'

/* The protocol of the socket door, and the operations that come in by it: raw frames, and the real client of graphql-ws. */

const anyLine = z.record(z.string(), z.unknown())

describe('the protocol', () => {
  let opened: TalkHub
  before(async () => {
    opened = await openTalkHub({ sockets: { initMs: 300, messageBytes: 2_048 } })
  })
  after(() => opened[Symbol.asyncDispose]())
  const acknowledged = () => openAcknowledged(opened.hub.url, opened.token)

  const violations: Readonly<Record<string, { readonly code: number; readonly send: (raw: RawSocket) => void }>> = {
    'what is no JSON': { code: 4400, send: (raw) => raw.send('{') },
    'JSON that is no message': { code: 4400, send: (raw) => raw.send('[]') },
    'a type that nobody knows': { code: 4400, send: (raw) => raw.send({ type: 'start', id: '1' }) },
    'a message of the server': { code: 4400, send: (raw) => raw.send({ type: 'next', id: '1', payload: {} }) },
    'a subscribe without an id': { code: 4400, send: (raw) => raw.send({ type: 'subscribe', payload: { query: '{ rooms }' } }) },
    'a subscribe without a payload': { code: 4400, send: (raw) => raw.send({ type: 'subscribe', id: '1' }) },
    'an id without an end': { code: 4400, send: (raw) => raw.send(subscribe('x'.repeat(201))) },
    'a binary frame': { code: 4400, send: (raw) => raw.socket.send(Buffer.from('{"type":"ping"}')) },
    'a second connection_init': { code: 4429, send: (raw) => raw.send({ type: 'connection_init' }) },
    'an id that is in use': { code: 4409, send: (raw) => [1, 2].forEach(() => raw.send(subscribe('1'))) },
    'a message that is too long': { code: 1009, send: (raw) => raw.send(subscribe('1', 'x'.repeat(2_048))) },
    'text that is no UTF-8': { code: 1007, send: (raw) => raw.socket.send(Buffer.from([0xff, 0xfe]), { binary: false }) },
  }
  for (const [what, { code, send }] of Object.entries(violations)) {
    it(`closes with ${code} on ${what}, and nobody else notices`, async () => {
      await using other = await acknowledged()
      await using raw = await acknowledged()
      send(raw)
      assert.equal(await codeOf(raw), code)
      other.send({ type: 'ping' })
      assert.equal((await other.next())['type'], 'pong')
    })
  }

  it('closes with 4401 on a subscribe before connection_init', async () => {
    await using raw = await openRawSocket(opened.hub.url)
    raw.send(subscribe('1'))
    assert.deepEqual(await raw.closed, [4401, 'Unauthorized'])
  })

  it('closes with 4408 when nothing is said in time', async () => {
    await using raw = await openRawSocket(opened.hub.url)
    const startedAt = performance.now()
    assert.deepEqual(await raw.closed, [4408, 'Connection initialisation timeout'])
    assert.ok(performance.now() - startedAt < 2_000)
  })

  for (const protocols of [[], ['graphql-ws'], ['graphql-ws', 'soap']]) {
    it(`closes with 4406 who speaks ${protocols.join(' or ') || 'no subprotocol'}`, async () => {
      await using raw = await openRawSocket(opened.hub.url, { protocols })
      // A client that offered some and was given none closes by itself.
      assert.ok([4406, 1006].includes(await codeOf(raw)))
    })
  }

  const tokens: Readonly<Record<string, () => object | undefined>> = {
    'no parameters': () => undefined,
    'no token': () => ({ authorization: '' }),
    'a bad token': () => ({ authorization: `Bearer ${opened.token.slice(0, -3)}xxx` }),
    'a token that is no text': () => ({ token: 7 }),
  }
  for (const [what, payload] of Object.entries(tokens)) {
    it(`closes with 4403 on ${what}`, async () => {
      await using raw = await openRawSocket(opened.hub.url)
      raw.send({ type: 'connection_init', payload: payload() })
      assert.deepEqual(await raw.closed, [4403, 'Forbidden'])
    })
  }

  it('takes the token bare as well', async () => {
    await using raw = await openRawSocket(opened.hub.url)
    raw.send({ type: 'connection_init', payload: { token: opened.token } })
    assert.equal((await raw.next())['type'], 'connection_ack')
  })

  it('answers a ping of the protocol and one of the wire, takes a pong, and completes what nobody knows', async () => {
    await using raw = await acknowledged()
    const ponged = new Promise((resolve) => raw.socket.once('pong', (bytes) => resolve(String(bytes))))
    raw.send({ type: 'pong' })
    raw.send({ type: 'complete', id: 'nobody' })
    raw.send({ type: 'ping', payload: { at: 1 } })
    assert.deepEqual(await raw.next(), { type: 'pong' })
    raw.socket.ping('x')
    assert.equal(await ponged, 'x')
  })

  it('lets an id be used again when what it was has ended', async () => {
    await using raw = await acknowledged()
    for (let round = 0; round < 3; round += 1) {
      raw.send({ type: 'subscribe', id: '1', payload: { query: '{ rooms }' } })
      assert.deepEqual(await raw.next(), { id: '1', type: 'next', payload: { data: { rooms: ['a'] } } })
      assert.deepEqual(await raw.next(), { id: '1', type: 'complete' })
      raw.send(subscribe('1'))
      await until(() => opened.talk.listening('a') === 1)
      raw.send({ type: 'complete', id: '1' })
      await until(() => opened.talk.listening('a') === 0)
    }
  })

  it('is spoken at /graphql alone', async () => {
    await assert.rejects(new Promise((_resolve, reject) => new WebSocket(toWs(opened.hub.url).replace('/graphql', '/other'), 'graphql-transport-ws').once('error', reject)), /404/)
  })
})

describe('an operation', () => {
  const list = new Map([[sha256('{ listed: rooms }'), '{ listed: rooms }'], [sha256(said), said]])
  let opened: TalkHub
  before(async () => {
    opened = await openTalkHub({ persisted: openPersistedOperations(list, ['VISITOR']), limits: { depth: 3, budgetMs: 2_000 } })
  })
  after(() => opened[Symbol.asyncDispose]())
  const openClient = async (role: 'agent' | 'visitor' = 'agent') => openSocketClient(opened.hub.url, await opened.hub.token({ role, name: 'x' }))
  const codesOf = (errors: unknown) => (Array.isArray(errors) ? errors.map((error) => valueAt(error, 'extensions', 'code')) : String(errors))

  it('is a query or a mutation too, and is counted and logged as over HTTP', async () => {
    await using client = await openClient()
    assert.deepEqual(await client.ask({ query: 'query Rooms { rooms person(id: "p1") { name place } }' }), { data: { rooms: ['a'], person: { name: 'name of p1', place: 'place of p1' } } })
    assert.deepEqual(await client.ask({ query: 'mutation ($t: String!) { say(room: "a", text: $t) }', variables: { t: 'x' } }), { data: { say: true } })
    const lines = opened.hub.logged.filter((line) => line.includes('"msg":"request"')).map((line) => anyLine.parse(JSON.parse(line)))
    assert.deepEqual(lines.slice(-2).map((line) => [valueAt(line, 'type'), valueAt(line, 'role'), valueAt(line, 'codes')]), [['query', 'AGENT', []], ['mutation', 'AGENT', []]])
    assert.equal(await opened.hub.metric('fuseboard_request_duration_seconds_count{type="mutation",outcome="ok"}'), 1)
  })

  const refused: Readonly<Record<string, { readonly payload: object; readonly code: string }>> = {
    'a query that does not fit the schema': { payload: { query: '{ nobody }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a subscription that does not fit the schema': { payload: { query: 'subscription { nobody }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'what is no GraphQL': { payload: { query: 'subscription {' }, code: 'GRAPHQL_PARSE_FAILED' },
    'a subscription with two root fields': { payload: { query: 'subscription { said(room: "a") { text } secret { text } }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a subscription to the schema itself': { payload: { query: 'subscription { __typename }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a root field with @skip': { payload: { query: 'subscription ($s: Boolean = true) { said(room: "a") @skip(if: $s) { text } }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a root field with @include in a fragment': { payload: { query: 'subscription { ...F } fragment F on Subscription { ... @include(if: true) { said(room: "a") { text } } }' }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a subscription that asks for too much': { payload: { query: `subscription { said(room: "a") { ${'text '.repeat(1_001)} } }` }, code: 'GRAPHQL_VALIDATION_FAILED' },
    'a name that no operation has': { payload: { query: `${said} query Q { rooms }`, operationName: 'X' }, code: 'OPERATION_RESOLUTION_FAILURE' },
    'a variable of a wrong type': { payload: { query: said, variables: { room: { a: 1 } } }, code: 'BAD_USER_INPUT' },
    'a variable that is missing': { payload: { query: said }, code: 'BAD_USER_INPUT' },
    'a cacheControl that is no text': { payload: { query: '{ rooms }', extensions: { cacheControl: 1 } }, code: 'BAD_REQUEST' },
    'a hash that is not the text\'s': { payload: { query: '{ rooms }', extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }, code: 'BAD_REQUEST' },
    'a hash that nobody knows': { payload: { query: '', extensions: { persistedQuery: { version: 1, sha256Hash: 'a'.repeat(64) } } }, code: 'BAD_REQUEST' },
  }
  for (const [what, { payload, code }] of Object.entries(refused)) {
    it(`that has ${what} is refused with ${code}, and the socket goes on`, async () => {
      await using raw = await openAcknowledged(opened.hub.url, opened.token)
      raw.send({ type: 'subscribe', id: '1', payload })
      const { type, payload: errors } = await raw.next()
      assert.equal(type, 'error', JSON.stringify(errors))
      assert.equal(codesOf(errors)[0], code)
      assert.ok(Array.isArray(errors) && errors.every((error) => typeof valueAt(error, 'extensions', 'requestId') === 'string'))
      raw.send({ type: 'subscribe', id: '1', payload: { query: '{ rooms }' } })
      assert.equal((await raw.next())['type'], 'next')
    })
  }

  it('may be named by its hash, listed or registered before, whatever it is', async () => {
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    const ofHash = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } })
    raw.send({ type: 'subscribe', id: '1', payload: { extensions: ofHash('{ listed: rooms }') } })
    assert.deepEqual(valueAt(await raw.until('next'), 'payload', 'data'), { listed: ['a'] })
    const own = 'subscription ($room: ID!) { own: said(room: $room) { text } }'
    raw.send({ type: 'subscribe', id: '2', payload: { query: own, variables: { room: 'h' }, extensions: ofHash(own) } })
    raw.send({ type: 'subscribe', id: '3', payload: { variables: { room: 'h' }, extensions: ofHash(own) } })
    await until(() => opened.talk.listening('h') === 2)
    raw.send({ type: 'subscribe', id: '4', payload: { extensions: ofHash('{ unknown }') } })
    assert.deepEqual(codesOf((await raw.until('error'))['payload']), ['PERSISTED_QUERY_NOT_FOUND'])
  })

  it('of a role that is held to the list is one of the list, and nothing else', async () => {
    await using client = await openClient('visitor')
    const listening = client.start({ query: said, variables: { room: 'v' } })
    await until(() => opened.talk.listening('v') === 1)
    opened.talk.say('v', 'hello')
    assert.deepEqual(await listening.next(), { data: { said: { text: 'hello' } } })
    await assert.rejects(client.ask({ query: '{ rooms }' }), (errors) => codesOf(errors)[0] === 'PERSISTED_QUERY_NOT_IN_LIST')
    await assert.rejects(client.ask({ query: `${said} ` }), (errors) => codesOf(errors)[0] === 'PERSISTED_QUERY_NOT_IN_LIST')
  })

  it('is aborted when its client completes it', async () => {
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    const before = opened.talk.counts.slowly
    raw.send({ type: 'subscribe', id: '1', payload: { query: '{ slowly(ms: 1500) }' } })
    // A subgraph that was not asked yet when the client completes is not asked at all.
    await until(() => opened.talk.counts.slowly > before, 'the resolver did not begin')
    raw.send({ type: 'complete', id: '1' })
    raw.send({ type: 'subscribe', id: '1', payload: { query: '{ rooms }' } })
    assert.deepEqual(valueAt(await raw.next(), 'payload', 'data'), { rooms: ['a'] })
    await until(() => opened.hub.logged.some((line) => line.includes('a field could not be answered')), 'the resolver was not aborted')
  })

  it('that subscribes is refused over HTTP, which says where it is served', async () => {
    const { errors, status } = await opened.hub.ask('subscription { said(room: "a") { text } }')
    assert.deepEqual([status, errors[0]?.extensions['code']], [400, 'GRAPHQL_VALIDATION_FAILED'])
    assert.match(errors[0]?.message ?? '', /served over WebSocket/)
  })
})
