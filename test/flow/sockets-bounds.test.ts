import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WebSocket } from 'ws'
import { valueAt } from '../kit/asking.ts'
import { openAcknowledged, toWs } from '../kit/socket-client.ts'
import { codeOf, openTalkHub, subscribe } from '../kit/talk-hub.ts'
import { until } from '../kit/until.ts'

/* What a client can't have more of, and how it is told. */

describe('a bound', () => {
  it('of subscriptions refuses ten thousand on one socket beyond it, and hurts nobody', async () => {
    await using opened = await openTalkHub({ sockets: { subscriptions: 10, queuedBytes: 10_000_000 } })
    await using other = await openAcknowledged(opened.hub.url, opened.token)
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    other.send(subscribe('1', 'other'))
    await until(() => opened.talk.listening('other') === 1)
    for (let id = 0; id < 10_000; id += 1) raw.send(subscribe(String(id), 'many'))
    for (let refused = 0; refused < 9_990; refused += 1) {
      const { type, payload } = await raw.next()
      assert.deepEqual([type, valueAt(payload, 0, 'extensions', 'code')], ['error', 'OVERLOADED'])
    }
    assert.equal(opened.talk.listening('many'), 10)
    opened.talk.say('other', 'still here')
    assert.deepEqual(valueAt(await other.next(), 'payload', 'data'), { said: { text: 'still here' } })
    raw.send({ type: 'complete', id: '0' })
    raw.send(subscribe('again', 'many'))
    await until(() => opened.talk.listening('many') === 10)
    assert.equal(await opened.hub.metric('fuseboard_subscriptions'), 11)
  })

  it('of sockets an address has counts those that are open', async () => {
    await using opened = await openTalkHub({ sockets: { perAddress: 2 } })
    const one = await openAcknowledged(opened.hub.url, opened.token)
    await using _two = await openAcknowledged(opened.hub.url, opened.token)
    const refused = new Promise((_resolve, reject) => new WebSocket(toWs(opened.hub.url), 'graphql-transport-ws').once('error', reject))
    await assert.rejects(refused, /429/)
    await one[Symbol.asyncDispose]()
    await until(async () => (await opened.hub.metric('fuseboard_sockets')) === 1)
    await using _three = await openAcknowledged(opened.hub.url, opened.token)
  })

  it('of what waits closes a client that does not read with 1013, while others go on', async () => {
    await using opened = await openTalkHub({ sockets: { queuedBytes: 100_000 } })
    await using slow = await openAcknowledged(opened.hub.url, opened.token)
    await using other = await openAcknowledged(opened.hub.url, opened.token)
    for (const raw of [slow, other]) raw.send(subscribe('1', 'r'))
    await until(() => opened.talk.listening('r') === 2)
    slow.socket.pause()
    let told = 0
    while (opened.talk.listening('r') === 2) {
      opened.talk.say('r', 'x'.repeat(50_000))
      await other.until('next')
      told += 1
      assert.ok(told < 2_000, 'it was never closed')
    }
    opened.talk.say('r', 'the end')
    assert.equal(valueAt(await other.next(), 'payload', 'data', 'said', 'text'), 'the end')
    slow.socket.resume()
    assert.equal(await codeOf(slow), 1013)
  })

  it('of events that wait at their source closes with 1013, as its client has to resume', async () => {
    await using opened = await openTalkHub({}, 5)
    await using raw = await openAcknowledged(opened.hub.url, opened.token)
    raw.send(subscribe('1', 'r'))
    await until(() => opened.talk.listening('r') === 1)
    for (let count = 0; count < 20; count += 1) opened.talk.say('r', 'x')
    assert.equal(await codeOf(raw), 1013)
  })

  it('of silence ends a peer that answers no ping, and nobody who does', async () => {
    await using opened = await openTalkHub({ sockets: { pingMs: 200 } })
    await using well = await openAcknowledged(opened.hub.url, opened.token)
    await using dead = await openAcknowledged(opened.hub.url, opened.token, { autoPong: false })
    dead.send(subscribe('1', 'd'))
    assert.equal(await codeOf(dead), 1006)
    await until(() => opened.talk.listening('d') === 0)
    well.send({ type: 'ping' })
    assert.equal((await well.next())['type'], 'pong')
  })
})
