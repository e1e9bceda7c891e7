import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { Cancelled, Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { openJsonRpcWire, RpcRefused } from '../../fuse/wires/jsonrpc.ts'
import type { JsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { patient, refusedUrl, settingsOf, startWireServer, until } from '../kit/wire-server.ts'
import type { Heard, Reply } from '../kit/wire-server.ts'

const limit = { timeout: 3_000 }

const call = z.object({ jsonrpc: z.literal('2.0'), id: z.int(), method: z.string(), params: z.record(z.string(), z.unknown()) })
type Call = z.infer<typeof call>

/** What was asked: one call, or a batch. */
const callsOf = ({ body }: Heard): readonly Call[] => {
  const asked: unknown = JSON.parse(body.toString())
  return Array.isArray(asked) ? z.array(call).parse(asked) : [call.parse(asked)]
}

const json = (body: unknown): Reply => ({ headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const result = ({ id, params }: Call) => ({ jsonrpc: '2.0', id, result: params })

/** A server that answers with `answer`, and a wire to it. */
const start = async (answer: (calls: readonly Call[], heard: Heard) => Reply | undefined) => {
  await using stack = new AsyncDisposableStack()
  const server = stack.use(await startWireServer((heard) => answer(callsOf(heard), heard)))
  const wire = stack.use(openJsonRpcWire(settingsOf(`${server.url}/rpc`)))
  const kept = stack.move()
  return { server, wire, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const ask = (wire: JsonRpcWire, n: unknown, signal = patient()) => wire.call('echo', { n }, { signal })

/** The names of what several calls failed with; undefined where one succeeded. */
const outcomes = async (calls: readonly Promise<unknown>[]) =>
  (await Promise.allSettled(calls)).map((settled) =>
    settled.status === 'rejected' && settled.reason instanceof Error ? settled.reason.name : undefined)

describe('calls over JSON-RPC', () => {
  it('made in one turn travel as one batch', limit, async () => {
    await using rpc = await start((calls) => json(calls.map(result)))
    const later = Promise.resolve().then(() => ask(rpc.wire, 3))
    assert.deepEqual(await Promise.all([ask(rpc.wire, 1), ask(rpc.wire, 2), later]), [{ n: 1 }, { n: 2 }, { n: 3 }])
    assert.equal(rpc.server.requests.length, 1)
    const { method, url, headers } = rpc.server.requests[0] ?? assert.fail('not asked')
    assert.deepEqual([method, url, headers['content-type']], ['POST', '/rpc', 'application/json'])
  })

  it('made alone travel alone, not as a batch of one', limit, async () => {
    await using rpc = await start(([only]) => json(only && result(only)))
    assert.deepEqual(await ask(rpc.wire, 1), { n: 1 })
    assert.deepEqual(await ask(rpc.wire, 2), { n: 2 })
    const bodies = rpc.server.requests.map(({ body }) => call.parse(JSON.parse(body.toString())))
    assert.deepEqual(bodies.map(({ method, params }) => [method, params]), [['echo', { n: 1 }], ['echo', { n: 2 }]])
    assert.notEqual(bodies[0]?.id, bodies[1]?.id)
  })

  it('carry the traceparent of the first that has one', limit, async () => {
    await using rpc = await start((calls) => json(calls.map(result)))
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
    await Promise.all([ask(rpc.wire, 1), rpc.wire.call('echo', {}, { signal: patient(), traceparent })])
    assert.equal(rpc.server.requests[0]?.headers['traceparent'], traceparent)
  })

  it('travel in batches of at most 100', limit, async () => {
    await using rpc = await start((calls) => json(calls.length === 1 && calls[0] ? result(calls[0]) : calls.map(result)))
    const numbers = Array.from({ length: 201 }, (_, n) => n)
    assert.deepEqual(await Promise.all(numbers.map((n) => ask(rpc.wire, n))), numbers.map((n) => ({ n })))
    assert.deepEqual(rpc.server.requests.map((heard) => callsOf(heard).length).sort((a, b) => b - a), [100, 100, 1])
  })
})

describe('answers over JSON-RPC', () => {
  it('come in any order', limit, async () => {
    await using rpc = await start((calls) => json(calls.map(result).reverse()))
    assert.deepEqual(await Promise.all([1, 2, 3].map((n) => ask(rpc.wire, n))), [{ n: 1 }, { n: 2 }, { n: 3 }])
  })

  it('that are missing fail their call alone', limit, async () => {
    await using rpc = await start((calls) => json(calls.map(result).slice(1)))
    assert.deepEqual(await outcomes([ask(rpc.wire, 1), ask(rpc.wire, 2)]), ['Malformed', undefined])
  })

  it('that are errors fail their call alone, each in its own way', limit, async () => {
    const wanted = { [-32700]: Malformed, [-32600]: Malformed, [-32603]: Faulted, [-32000]: Faulted, [-32099]: Faulted }
    const refused = { [-32601]: RpcRefused, [-32602]: RpcRefused, [-31999]: RpcRefused, [-32100]: RpcRefused, 42: RpcRefused, 0: RpcRefused }
    const classes = Object.entries({ ...wanted, ...refused })
    await using rpc = await start((calls) =>
      json(calls.map(({ id, params }) => ({ jsonrpc: '2.0', id, error: { code: params['n'], message: 'no', data: { why: ['x'] } } }))),
    )
    const settled = await Promise.allSettled(classes.map(([code]) => ask(rpc.wire, Number(code))))
    for (const [at, [code, failure]] of classes.entries()) {
      const one = settled[at]
      assert.ok(one?.status === 'rejected' && one.reason instanceof failure, `code ${code}`)
    }
  })

  it('that refuse say with which code and data', limit, async () => {
    const error = { code: 409, message: 'paid', data: { why: ['x'] } }
    await using rpc = await start(([only]) => json({ jsonrpc: '2.0', id: only?.id, error }))
    const failure: unknown = await ask(rpc.wire, 1).catch((error: unknown) => error)
    assert.ok(failure instanceof RpcRefused && failure instanceof Refused)
    assert.deepEqual([failure.rpcCode, failure.rpcData, failure.backend], [409, { why: ['x'] }, 'tried'])
  })

  it('that are an error with no id fail the whole batch', limit, async () => {
    await using rpc = await start(() => json({ jsonrpc: '2.0', id: null, error: { code: -32603, message: 'down' } }))
    assert.deepEqual(await outcomes([ask(rpc.wire, 1), ask(rpc.wire, 2)]), ['Faulted', 'Faulted'])
  })

  it('to an unknown id are left, and of two to one id the first counts', limit, async () => {
    await using rpc = await start((calls) => {
      const answers = calls.map(result)
      const again = calls.map(({ id }) => ({ jsonrpc: '2.0', id, result: 'again' }))
      return json([{ jsonrpc: '2.0', id: 99_999, result: 'stray' }, ...answers, ...again])
    })
    assert.deepEqual(await Promise.all([ask(rpc.wire, 1), ask(rpc.wire, 2)]), [{ n: 1 }, { n: 2 }])
  })

  it('may be null', limit, async () => {
    await using rpc = await start(([only]) => json({ jsonrpc: '2.0', id: only?.id, result: null }))
    assert.equal(await ask(rpc.wire, 1), null)
  })

  it('with an error of null beside the result, as version 1 has it, are results', limit, async () => {
    await using rpc = await start(([only]) => json({ jsonrpc: '2.0', id: only?.id, result: 7, error: null }))
    assert.equal(await ask(rpc.wire, 1), 7)
  })

  it('that are not JSON-RPC are Malformed', limit, async () => {
    const bodies = [
      {}, [], null, 'ok', { jsonrpc: '1.0', id: 1, result: 1 }, { id: 1, result: 1 }, { jsonrpc: '2.0', id: 1 },
      { jsonrpc: '2.0', id: 1, error: 'no' },
    ]
    for (const body of bodies) {
      await using rpc = await start(() => json(body))
      await assert.rejects(ask(rpc.wire, 1), Malformed, JSON.stringify(body))
    }
    await using html = await start(() => ({ headers: { 'content-type': 'text/html' }, body: '<html>' }))
    await assert.rejects(ask(html.wire, 1), Malformed)
  })

  it('that one can not read leave those to the others alone', limit, async () => {
    await using rpc = await start(([first, second]) => json([first && result(first), { jsonrpc: '2.0', id: second?.id, error: 'no' }]))
    assert.deepEqual(await outcomes([ask(rpc.wire, 1), ask(rpc.wire, 2)]), [undefined, 'Malformed'])
  })

  it('with a bad status are failures of the whole batch', limit, async () => {
    for (const [status, failure] of [[400, 'Refused'], [404, 'Refused'], [500, 'Faulted'], [429, 'Faulted'], [302, 'Malformed']] as const) {
      await using rpc = await start(() => ({ status }))
      assert.deepEqual(await outcomes([ask(rpc.wire, 1), ask(rpc.wire, 2)]), [failure, failure])
    }
  })

  it('that never come because nobody listens are Unreachable', limit, async () => {
    await using wire = openJsonRpcWire(settingsOf(await refusedUrl()))
    await assert.rejects(ask(wire, 1), Unreachable)
  })
})

describe('a caller of a batch who gives up', () => {
  it('is told at once, and the others get their answers', limit, async () => {
    const asked = Promise.withResolvers<Call[]>()
    const go = Promise.withResolvers<undefined>()
    await using server = await startWireServer(async (heard) => {
      asked.resolve([...callsOf(heard)])
      await go.promise
      return json(callsOf(heard).map(result))
    })
    await using wire = openJsonRpcWire(settingsOf(server.url))
    const controller = new AbortController()
    const [left, stays] = [ask(wire, 1, controller.signal), ask(wire, 2)]
    await asked.promise
    controller.abort(new DOMException('late', 'TimeoutError'))
    await assert.rejects(left, TimedOut)
    assert.equal(server.openSockets(), 1)
    go.resolve(undefined)
    assert.deepEqual(await stays, { n: 2 })
  })

  it('last ends the request', limit, async () => {
    await using rpc = await start(() => undefined)
    const callers = [new AbortController(), new AbortController()]
    const calls = callers.map(({ signal }, n) => ask(rpc.wire, n, signal))
    const settled = outcomes(calls)
    await until(() => rpc.server.requests.length === 1)
    callers[0]?.abort(new Error('gone'))
    await assert.rejects(calls[0] ?? assert.fail(), Cancelled)
    assert.equal(rpc.server.openSockets(), 1)
    callers[1]?.abort(new DOMException('late', 'TimeoutError'))
    assert.deepEqual(await settled, ['Cancelled', 'TimedOut'])
    await until(() => rpc.server.openSockets() === 0)
  })

  it('before it was sent sends nothing', limit, async () => {
    await using rpc = await start((calls) => json(calls.length === 1 && calls[0] ? result(calls[0]) : calls.map(result)))
    await assert.rejects(ask(rpc.wire, 1, AbortSignal.abort(new Error('gone'))), Cancelled)
    const controller = new AbortController()
    const left = ask(rpc.wire, 2, controller.signal)
    const stays = ask(rpc.wire, 3)
    controller.abort(new Error('gone'))
    await assert.rejects(left, Cancelled)
    assert.deepEqual(await stays, { n: 3 })
    assert.deepEqual(rpc.server.requests.flatMap(callsOf).map(({ params }) => params['n']), [3])
  })
})
