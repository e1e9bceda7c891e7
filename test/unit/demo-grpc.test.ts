import assert from 'node:assert/strict'
import { performance } from 'node:perf_hooks'
import { describe, it, mock, type TestContext } from 'node:test'
import { Client, credentials, type Metadata, type ServiceError, status } from '@grpc/grpc-js'
import { companyOnFile } from '../contract/orders-company.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersGrpc } from '../../demo/orders-grpc.ts'
import { methodsOf } from '../kit/grpc-server.ts'

const limit = { timeout: 5_000 }
const methods = methodsOf(new URL('../../subgraphs/orders/orders.proto', import.meta.url), 'orders.v1.OrderService')

type Answered = { readonly error: ServiceError | null; readonly trailer: Metadata | undefined }

/** The order system, and a way to ask it by a client of its own each time: nothing of one call shows in the next. */
const start = async (t: TestContext) => {
  const system = await startOrdersGrpc({ port: 0, company: companyOnFile() })
  t.after(() => system[Symbol.asyncDispose]())
  return { system, ask: (name = 'GetOrders', request: object = {}) => askOnce(system, name, request) }
}

const askOnce = async ({ url }: LegacySystem, name: string, request: object): Promise<Answered> => {
  const client = new Client(new URL(url).host, credentials.createInsecure(), { 'grpc.enable_http_proxy': 0, 'grpc.use_local_subchannel_pool': 1 })
  const answered = Promise.withResolvers<Answered>()
  const method = methods.get(name) ?? assert.fail(name)
  let trailer: Metadata | undefined
  const call = client.makeUnaryRequest(method.path, method.requestSerialize, (bytes) => bytes, request, (error) => {
    // The status comes right after the answer.
    setImmediate(() => answered.resolve({ error, trailer }))
  })
  call.on('status', ({ metadata }: { metadata: Metadata }) => { trailer = metadata })
  return answered.promise.finally(() => client.close())
}

describe('the order system over gRPC', () => {
  it('stamps its answers and its refusals with the time that it took', limit, async (t) => {
    const { ask } = await start(t)
    for (const answered of [await ask(), await ask('CreateRefund', { orderId: 'none', idempotencyKey: 'k' })]) {
      assert.match(String(answered.trailer?.get('x-stand-in-ms')), /^\d+\.\d{3}$/)
    }
  })

  it('counts what arrives, the failed as well', limit, async (t) => {
    const { system, ask } = await start(t)
    await ask()
    await system.setFault('error')
    assert.equal((await ask()).error?.code, status.INTERNAL)
    assert.equal(system.calls, 2)
  })

  it('refuses more ids than its .proto says, and a request past 1 MiB', limit, async (t) => {
    const { ask } = await start(t)
    assert.equal((await ask('GetOrders', { orderIds: Array(501).fill('x') })).error?.code, status.INVALID_ARGUMENT)
    assert.equal((await ask('GetOrders', { orderIds: ['x'.repeat(1_048_576)] })).error?.code, status.RESOURCE_EXHAUSTED)
  })

  it('holds an answer back where it is slow, and stamps that as well', limit, async (t) => {
    const { system, ask } = await start(t)
    await system.setFault('slow', 40)
    const startedAt = performance.now()
    const { error, trailer } = await ask()
    assert.equal(error, null)
    assert.ok(performance.now() - startedAt >= 38)
    assert.ok(Number(trailer?.get('x-stand-in-ms')[0]) >= 38)
  })

  it('resets connections and works by turns where it flaps', limit, async (t) => {
    mock.timers.enable({ apis: ['setInterval'] })
    t.after(() => mock.timers.reset())
    const { system, ask } = await start(t)
    await system.setFault('flap', 400)
    for (const expected of [status.UNAVAILABLE, undefined, status.UNAVAILABLE, undefined]) {
      assert.equal((await ask()).error?.code, expected)
      mock.timers.tick(400)
    }
  })

  it('ends at once, with a caller still waiting', limit, async (t) => {
    const { system, ask } = await start(t)
    await system.setFault('hang')
    const waiting = ask()
    while (system.calls === 0) await new Promise(setImmediate)
    await system[Symbol.asyncDispose]()
    assert.equal((await waiting).error?.code, status.UNAVAILABLE)
  })
})
