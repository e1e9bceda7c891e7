import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { valueAt } from '../kit/asking.ts'
import { openAcknowledged, openRawSocket, openSocketClient, toWs } from '../kit/socket-client.ts'
import type { RawSocket } from '../kit/socket-client.ts'
import { codeOf, openTalkHub, said, subscribe } from '../kit/talk-hub.ts'
import { until } from '../kit/until.ts'

/* How sockets end, and what is left then: nothing. */

describe('a token', () => {
  it('that expires closes its socket with 4403, and its client comes back with another', async () => {
    await using opened = await openTalkHub()
    let tokens = 0
    const token = async () => {
      tokens += 1
      return opened.hub.token({ role: 'agent', name: 'a' }, tokens === 1 ? '2s' : '1h')
    }
    const codes: unknown[] = []
    await using client = openSocketClient(opened.hub.url, token, { retryAttempts: 5, retryWait: async () => {}, on: { closed: (event) => void codes.push(valueAt({ code: event instanceof Object && 'code' in event ? event.code : null }, 'code')) } })
    const received = client.start({ query: said, variables: { room: 'r' } })
    await until(() => opened.talk.listening('r') === 1)
    await until(() => tokens === 2)
    await until(() => opened.talk.listening('r') === 1)
    opened.talk.say('r', 'welcome back')
    assert.deepEqual(await received.next(), { data: { said: { text: 'welcome back' } } })
    assert.deepEqual(codes, [4403])
  })

  it('that has expired opens nothing', async () => {
    await using opened = await openTalkHub()
    await using raw = await openRawSocket(opened.hub.url)
    raw.send({ type: 'connection_init', payload: { token: await opened.hub.token({ role: 'agent', name: 'a' }, '-1s') } })
    assert.equal(await codeOf(raw), 4403)
  })
})

describe('the end', () => {
  it('finishes queries and mutations, closes every socket with 1012, and takes no more', async () => {
    await using opened = await openTalkHub()
    await using idle = await openAcknowledged(opened.hub.url, opened.token)
    await using busy = await openAcknowledged(opened.hub.url, opened.token)
    await using silent = await openRawSocket(opened.hub.url)
    idle.send(subscribe('1', 'r'))
    busy.send({ type: 'subscribe', id: '1', payload: { query: '{ slowly(ms: 300) }' } })
    await until(async () => (await opened.hub.metric('fuseboard_subscriptions')) === 1)
    const drained = opened.hub.drain()
    assert.deepEqual([await codeOf(idle), await codeOf(silent)], [1012, 1012])
    assert.equal(opened.talk.listening('r'), 0)
    await assert.rejects(new Promise((_resolve, reject) => new WebSocket(toWs(opened.hub.url), 'graphql-transport-ws').once('error', reject)), /503/)
    assert.deepEqual(valueAt(await busy.next(), 'payload', 'data'), { slowly: 300 })
    assert.equal((await busy.next())['type'], 'complete')
    assert.equal(await codeOf(busy), 1012)
    await drained
    assert.equal(await opened.hub.metric('fuseboard_sockets'), 0)
    assert.equal(await opened.hub.metric('fuseboard_sockets_closed_total{code="1012"}'), 3)
  })

  it('waits for no client that does not answer its close', async () => {
    await using opened = await openTalkHub()
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    raw.socket.pause()
    const startedAt = performance.now()
    await opened.hub.drain()
    assert.ok(performance.now() - startedAt < 4_000)
  })

  it('of a subgraph\'s process closes with 1012 who listened to it, and their client listens again when it can', async () => {
    await using opened = await openTalkHub({ transport: 'http', limits: { budgetMs: 1_000 } })
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    raw.send(subscribe('1', 'r'))
    await until(() => opened.talk.listening('r') === 1)
    await using other = await openAcknowledged(opened.hub.url, opened.token)
    await opened.hub.endSubgraph('talk')
    assert.equal(await codeOf(raw), 1012)
    // Who comes now is told, within the budget, and keeps the socket for what works.
    other.send(subscribe('2', 'r'))
    assert.deepEqual(valueAt((await other.next())['payload'], 0, 'extensions', 'code'), 'BACKEND_UNAVAILABLE')
    other.send({ type: 'subscribe', id: '3', payload: { query: '{ person(id: "p1") { name } }' } })
    assert.deepEqual(valueAt(await other.next(), 'payload', 'data'), { person: { name: 'name of p1' } })
  })

  it('of a client leaves nothing behind, wherever it was', async () => {
    await using opened = await openTalkHub()
    const ends: readonly ((raw: RawSocket) => void)[] = [(raw) => raw.socket.close(), (raw) => raw.socket.terminate(), (raw) => raw.send('{')]
    for (const end of ends) {
      const raw = await openAcknowledged(opened.hub.url, opened.token)
      raw.send(subscribe('1', 'r'))
      raw.send({ type: 'subscribe', id: '2', payload: { query: '{ slowly(ms: 60000) }' } })
      await until(() => opened.talk.listening('r') === 1)
      opened.talk.say('r', 'x')
      end(raw)
      await raw.closed
    }
    await until(async () => (await opened.hub.metric('fuseboard_subscriptions')) === 0 && (await opened.hub.metric('fuseboard_sockets')) === 0)
    assert.equal(opened.talk.listening('r'), 0)
  })

  it('of a handshake that fails leaves nothing behind', async () => {
    await using opened = await openTalkHub({ sockets: { perAddress: 1 } })
    for (let count = 0; count < 3; count += 1) {
      const status = await new Promise((resolve) => {
        const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': 'short' }
        request(opened.hub.url, { headers }, (response) => resolve(response.resume().statusCode)).end()
      })
      assert.equal(status, 400)
    }
    await using _raw = await openAcknowledged(opened.hub.url, opened.token)
  })
})

describe('another supergraph', () => {
  it('leaves alone what runs, and plans anew what comes', async () => {
    await using opened = await openTalkHub()
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    raw.send(subscribe('1', 'r'))
    await until(() => opened.talk.listening('r') === 1)
    const planning = opened.hub.supergraph.planning()
    opened.hub.supergraph.swap(opened.hub.supergraphSdl.replaceAll(/[ ,]*again\(times: Int = 2\): String/g, ''))
    assert.notEqual(opened.hub.supergraph.planning(), planning)
    raw.send(subscribe('2', 'r'))
    await until(() => opened.talk.listening('r') === 2)
    opened.talk.say('r', 'hello')
    assert.deepEqual([(await raw.next())['id'], (await raw.next())['id']], ['1', '2'])
    raw.send(subscribe('3', 'r', 'subscription ($room: ID!) { said(room: $room) { again } }'))
    assert.deepEqual(valueAt((await raw.next())['payload'], 0, 'extensions', 'code'), 'GRAPHQL_VALIDATION_FAILED')
  })
})
