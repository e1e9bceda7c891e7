import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { GraphQLError } from 'graphql'
import { Unreachable } from '../../fuse/errors.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { valueAt } from '../kit/asking.ts'
import { startRunningHub, transportNames } from '../kit/running-hub.ts'
import { startSmallHub } from '../kit/small-hub.ts'
import type { SmallHub } from '../kit/small-hub.ts'
import { openAcknowledged, openSocketClient } from '../kit/socket-client.ts'
import type { Received, SocketClient } from '../kit/socket-client.ts'
import { openTalk } from '../kit/talk.ts'
import { until } from '../kit/until.ts'

/* Subscriptions with what other subgraphs know, for each event: over the socket, as the real client of graphql-ws has them. */

const joined = 'subscription ($room: ID!) { said(room: $room) { text author { id name place } } }'
const plain = 'subscription ($room: ID!) { said(room: $room) { text } }'

for (const transport of transportNames) {
  describe(`a subscription with subgraphs ${transport}`, () => {
    const talk = openTalk()
    let hub: SmallHub
    before(async () => {
      hub = await startSmallHub(talk.subgraphs, { transport, limits: { budgetMs: 1_000 } })
    })
    after(() => hub[Symbol.asyncDispose]())

    const openClient = async (as?: TokenClaims): Promise<SocketClient> => openSocketClient(hub.url, await hub.token(as))
    let rooms = 0
    /** A room of its own, with as many listeners as are asked for. */
    const listen = async (client: SocketClient, query: string, variables: object = {}): Promise<{ room: string; received: Received }> => {
      rooms += 1
      const room = `room ${rooms}`
      const received = client.start({ query, variables: { room, ...variables } })
      await until(() => talk.listening(room) === 1)
      return { room, received }
    }

    it('joins what two other subgraphs know of each event', async () => {
      await using client = await openClient()
      const { room, received } = await listen(client, joined)
      talk.say(room, 'hello', 'p7')
      talk.say(room, 'again', 'p8')
      assert.deepEqual(await received.next(), { data: { said: { text: 'hello', author: { id: 'p7', name: 'name of p7', place: 'place of p7' } } } })
      assert.deepEqual(await received.next(), { data: { said: { text: 'again', author: { id: 'p8', name: 'name of p8', place: 'place of p8' } } } })
    })

    it('sends an event in time, with nulls and errors at their places, while a subgraph hangs', async () => {
      await using client = await openClient()
      const { room, received } = await listen(client, joined)
      const held = Promise.withResolvers<boolean>()
      talk.hold = held.promise
      const startedAt = performance.now()
      talk.say(room, 'one')
      talk.say(room, 'two')
      const results = [await received.next(), await received.next()]
      const tookMs = performance.now() - startedAt
      talk.hold = null
      held.resolve(true)
      assert.ok(tookMs < 1_800, `two events took ${tookMs} ms, and each may take 1000 at the same time`)
      assert.deepEqual(results.map(({ data }) => data), ['one', 'two'].map((text) => ({ said: { text, author: { id: 'p1', name: 'name of p1', place: null } } })))
      for (const { errors = [] } of results) {
        assert.deepEqual(errors.map(({ path }) => path), [['said', 'author', 'place']])
        assert.match(String(errors[0]?.extensions?.['requestId']), /^[\da-f-]{36}$/)
      }
      talk.say(room, 'three')
      assert.deepEqual(await received.next(), { data: { said: { text: 'three', author: { id: 'p1', name: 'name of p1', place: 'place of p1' } } } })
    })

    it('tells of a backend that can not be reached as a query does, and masks the rest', async () => {
      await using client = await openClient()
      const { room, received } = await listen(client, joined)
      talk.trouble = new Unreachable('places', 'connect ECONNREFUSED 10.0.0.7')
      talk.say(room, 'x')
      const { errors } = await received.next()
      talk.trouble = null
      const [error] = errors ?? []
      assert.deepEqual([error?.message, error?.path], ['places is unavailable', ['said', 'author', 'place']])
      assert.deepEqual([error?.extensions?.['code'], error?.extensions?.['backend'], error?.extensions?.['retryable']], ['BACKEND_UNAVAILABLE', 'places', true])
      talk.trouble = new Error('secret')
      talk.say(room, 'y')
      const masked = await received.next()
      talk.trouble = null
      assert.deepEqual(masked.errors?.map(({ message, extensions }) => [message, extensions?.['code']]), [['internal error', 'INTERNAL_SERVER_ERROR']])
    })

    it('keeps an error of the owner at its place, with joins and without', async () => {
      await using client = await openClient()
      for (const query of ['subscription ($room: ID!) { it: said(room: $room) { t: text shout } }', 'subscription ($room: ID!) { it: said(room: $room) { t: text shout author { name } } }']) {
        const { room, received } = await listen(client, query)
        talk.say(room, 'quiet')
        const { data, errors } = await received.next()
        assert.deepEqual([valueAt(data, 'it', 't'), valueAt(data, 'it', 'shout')], ['quiet', null])
        assert.deepEqual(errors?.map(({ path, extensions }) => [path, extensions?.['code']]), [[['it', 'shout'], 'INTERNAL_SERVER_ERROR']])
      }
    })

    it('has fragments, aliases, directives and arguments as a query has', async () => {
      await using client = await openClient()
      const query = `subscription S($room: ID!, $no: Boolean!, $times: Int) { s: said(room: $room) { ...F gone: text @skip(if: $no) } }
        fragment F on Said { __typename twice: again(times: $times) author { ... on Person { place @include(if: $no) key: id } } }`
      const { room, received } = await listen(client, query, { no: true })
      talk.say(room, 'ab', 'p3')
      // The default of the subgraph holds, as nothing was sent for $times.
      assert.deepEqual(await received.next(), { data: { s: { __typename: 'Said', twice: 'abab', author: { place: 'place of p3', key: 'p3' } } } })
    })

    it('sends the events of a listener in their order', async () => {
      await using client = await openClient()
      const { room, received } = await listen(client, joined)
      const texts = Array.from({ length: 50 }, (_, index) => `text ${index}`)
      for (const text of texts) talk.say(room, text)
      const got: unknown[] = []
      for (const _ of texts) got.push(valueAt((await received.next()).data, 'said', 'text'))
      assert.deepEqual(got, texts)
    })

    it('ends at its owner when the client completes it, and when the client is gone', async () => {
      await using client = await openClient()
      const one = await listen(client, joined)
      one.received.stop()
      await until(() => talk.listening(one.room) === 0)
      const raw = await openAcknowledged(hub.url, await hub.token())
      rooms += 1
      const room = `room ${rooms}`
      raw.send({ type: 'subscribe', id: '1', payload: { query: plain, variables: { room } } })
      await until(() => talk.listening(room) === 1)
      await raw[Symbol.asyncDispose]()
      await until(() => talk.listening(room) === 0)
    })

    it('refuses whom the field is not for, before anything is listened to', async () => {
      await using client = await openClient()
      await assert.rejects(client.start({ query: 'subscription { secret { text } }' }).next(), (errors) =>
        Array.isArray(errors) && errors.every((error) => valueAt(error, 'extensions', 'code') === 'FORBIDDEN' && typeof valueAt(error, 'extensions', 'requestId') === 'string'))
      assert.equal(talk.listening('secret'), 0)
    })

    it('tells a listener of the error that their source ends with', async () => {
      await using client = await openClient()
      const { room, received } = await listen(client, plain)
      talk.failAll(room, new GraphQLError('too far back', { extensions: { code: 'FULL_REFRESH_REQUIRED' } }))
      await assert.rejects(received.next(), (errors) => Array.isArray(errors) && valueAt(errors[0], 'extensions', 'code') === 'FULL_REFRESH_REQUIRED')
    })

    it('leaves nothing behind', async () => {
      await until(async () => (await hub.metric('fuseboard_subscriptions')) === 0 && (await hub.metric('fuseboard_sockets')) === 0)
    })
  })

  describe(`fuseChanged with subgraphs ${transport}`, () => {
    it('tells of every fuse as it is, then of each change', async () => {
      await using hub = await startRunningHub({ transport })
      await using client = openSocketClient(hub.url, await hub.token({ role: 'agent', name: 'agent-1' }))
      const received = client.start({ query: 'subscription { fuseChanged { backend state samples(seconds: 1) { calls } trips { errorCode } } }' })
      const backends = new Set<unknown>()
      while (backends.size < 6) {
        const { data } = await received.next()
        assert.equal(valueAt(data, 'fuseChanged', 'state'), 'CLOSED')
        backends.add(valueAt(data, 'fuseChanged', 'backend'))
      }
      hub.fuse('crm').hold('maintenance', 60_000)
      for (;;) {
        const { data } = await received.next()
        if (valueAt(data, 'fuseChanged', 'backend') !== 'crm' || valueAt(data, 'fuseChanged', 'state') !== 'OPEN') continue
        assert.equal(valueAt(data, 'fuseChanged', 'trips', 0, 'errorCode'), 'HELD')
        break
      }
    })
  })
}
