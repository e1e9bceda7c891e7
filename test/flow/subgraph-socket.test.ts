import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { GraphQLError, parse } from 'graphql'
import pino from 'pino'
import { openSubgraphSocket } from '../../gateway/subgraph-socket.ts'
import { signToken } from '../../gateway/token-signing.ts'
import type { RequestContext } from '../../subgraphs/context.ts'
import { defineSubgraph } from '../../subgraphs/define.ts'
import { openDocuments } from '../../subgraphs/documents.ts'
import { SourceLost } from '../../subgraphs/event-source.ts'
import { openInternalSigner, openInternalVerifier } from '../../subgraphs/internal.ts'
import { serveSocket } from '../../subgraphs/serve-socket.ts'
import { preamble } from '../kit/small-hub.ts'
import { openRawSocket } from '../kit/socket-client.ts'
import { openTalk } from '../kit/talk.ts'
import { until } from '../kit/until.ts'

/* The one socket between the hub and a subgraph in another process: who may use it, how long, and what is lost with it. */

const key = 'the internal secret of the tests, of 32 bytes'
const log = pino({ level: 'silent' })
const sign = openInternalSigner(key)
const query = 'subscription ($room: ID!) { said(room: $room) { text mine } }'

const contextOf = (id: string, budgetMs = 2_000): RequestContext => ({
  caller: { id, name: id, role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 },
  signal: AbortSignal.timeout(budgetMs), deadlineAt: Date.now() + budgetMs, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }, requestId: 'request-1', log,
})

const start = async ({ lifetimeMs = 60_000, renewMs = 10_000 } = {}) => {
  await using opening = new AsyncDisposableStack()
  const talk = openTalk()
  const [{ name, sdl, resolvers, close } = assert.fail()] = talk.subgraphs
  const subgraph = opening.use(defineSubgraph({ name, sdl: preamble + sdl, resolvers, openLoaders: () => ({}), ...(close ? { close } : {}) }))
  const server = createServer()
  const counts = { upgrades: 0 }
  server.on('upgrade', () => void (counts.upgrades += 1))
  const served = opening.use(serveSocket(server, { subgraph, verify: openInternalVerifier(key), documentOf: openDocuments(subgraph.schema), log, messageBytes: 100_000, lifetimeMs }))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  opening.defer(() => new Promise((resolve) => server.close(() => resolve())))
  const address: AddressInfo | string | null = server.address()
  assert.ok(typeof address === 'object' && address)
  const url = `http://127.0.0.1:${address.port}/graphql`
  const socket = opening.use(openSubgraphSocket({ name: 'talk', url, sign, renewMs }))
  const listen = async (room: string, context = contextOf('agent-1')) => {
    const source = await socket.subscribe(query, { document: parse(query), variables: { room } }, context)
    return async () => {
      const next = await source.next()
      return next.done === true ? null : (await next.value.answer(context)).data
    }
  }
  const all = opening.move()
  return { talk, url, counts, socket, served, listen, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

describe('the socket to a subgraph', () => {
  it('carries every subscription, each as its own caller', async () => {
    await using one = await start()
    const nexts = await Promise.all(Array.from({ length: 50 }, (_, index) => one.listen('r', contextOf(`agent-${index}`))))
    await until(() => one.talk.listening('r') === 50)
    one.talk.say('r', 'hello')
    assert.deepEqual(await Promise.all(nexts.map((next) => next())), nexts.map((_, index) => ({ said: { text: 'hello', mine: `agent-${index}` } })))
    assert.equal(one.counts.upgrades, 1)
  })

  it('stays open beyond the life of a token, as it shows fresh ones', async () => {
    await using one = await start({ lifetimeMs: 300, renewMs: 50 })
    const next = await one.listen('r')
    await until(() => one.talk.listening('r') === 1)
    const startedAt = performance.now()
    await until(() => performance.now() - startedAt > 900)
    one.talk.say('r', 'still here')
    assert.deepEqual(await next(), { said: { text: 'still here', mine: 'agent-1' } })
    assert.equal(one.counts.upgrades, 1)
  })

  it('is closed where none is shown, and what ran over it is lost, and what comes later opens another', async () => {
    await using one = await start({ lifetimeMs: 100 })
    const next = await one.listen('r')
    await assert.rejects(next(), SourceLost)
    await until(() => one.talk.listening('r') === 0)
    await one.listen('r')
    await until(() => one.talk.listening('r') === 1)
    assert.equal(one.counts.upgrades, 2)
  })

  it('loses what runs over it when the subgraph ends, and when the hub lets go of it', async () => {
    await using one = await start()
    const next = await one.listen('r')
    await until(() => one.talk.listening('r') === 1)
    one.served[Symbol.dispose]()
    await assert.rejects(next(), SourceLost)
    await using two = await start()
    const other = await two.listen('r')
    await until(() => two.talk.listening('r') === 1)
    await two.socket[Symbol.asyncDispose]()
    await assert.rejects(other(), SourceLost)
  })

  it('looks for a subgraph that is not there yet until the budget is spent, then says that it is unavailable', async () => {
    await using socket = openSubgraphSocket({ name: 'talk', url: 'http://127.0.0.1:9/graphql', sign })
    const startedAt = performance.now()
    const source = await socket.subscribe(query, { document: parse(query), variables: {} }, contextOf('a', 700))
    await assert.rejects(source.next(), (error) => error instanceof GraphQLError && error.extensions['code'] === 'BACKEND_UNAVAILABLE')
    assert.ok(performance.now() - startedAt > 300)
  })

  it('tells of a refusal in the words of the subgraph', async () => {
    await using one = await start()
    const secret = 'subscription { secret { text } }'
    const source = await one.socket.subscribe(secret, { document: parse(secret), variables: {} }, contextOf('a'))
    await assert.rejects(source.next(), (error) => error instanceof GraphQLError && error.extensions['code'] === 'FORBIDDEN')
  })

  it('is for the hub alone', async () => {
    await using one = await start()
    const claims = { role: 'admin', name: 'a' } as const
    for (const token of [await signToken('the secret of the tests, long enough for HS256', claims), await signToken(key, claims), 'x']) {
      await using raw = await openRawSocket(one.url)
      raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
      assert.deepEqual((await raw.closed)[0], 4403)
    }
    const hub = sign(contextOf('hub').caller)
    const said = { authorization: `Bearer ${hub}`, requestId: 'r', budgetMs: 1_000 }
    const payloads = [{ query }, { query, extensions: { ...said, authorization: 'Bearer x' } }, { query: '{ rooms }', extensions: said }]
    for (const payload of payloads) {
      await using raw = await openRawSocket(one.url)
      raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${hub}` } })
      await raw.until('connection_ack')
      raw.send({ type: 'subscribe', id: '1', payload: { ...payload, variables: { room: 'r' } } })
      assert.equal((await raw.next())['type'], 'error')
    }
    assert.equal(one.talk.listening('r'), 0)
  })

  it('is closed by a ping that shows a bad token', async () => {
    await using one = await start()
    await using raw = await openRawSocket(one.url)
    raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${sign(contextOf('hub').caller)}` } })
    await raw.until('connection_ack')
    raw.send({ type: 'ping', payload: { authorization: 'Bearer x' } })
    assert.equal((await raw.closed)[0], 4403)
  })
})
