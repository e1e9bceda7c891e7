import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { foundCompany } from '../../demo/company.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import type { Opened } from '../../fuse/adapters.ts'
import { Faulted, Unreachable } from '../../fuse/errors.ts'
import type { OrdersBackend, OrdersQuery } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverGrpc } from '../../subgraphs/orders/backend.grpc.ts'
import { openOrdersOverJsonRpc } from '../../subgraphs/orders/backend.jsonrpc.ts'
import { settingsFor } from './orders-company.ts'
import { anyOrder } from './orders-on-file.ts'

/** The order system in a process of its own, and beside it the same company over another wire, in ours. */

const opt = { signal: new AbortController().signal }

type Alone = { readonly child: ChildProcess; readonly url: string; readonly controlUrl: string }

const startAlone = async (port: number): Promise<Alone> => {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../demo/orders-grpc.ts'), '--port', String(port)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let said = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    said += String(chunk)
    if (said.includes('\n')) break
  }
  const [, url, controlUrl] = /^orders-grpc listens on (grpc:\/\/127\.0\.0\.1:\d+); faults: POST (http:\/\/\S+)\n$/.exec(said) ?? []
  if (url !== undefined && controlUrl !== undefined) return { child, url, controlUrl }
  child.kill('SIGKILL')
  return assert.fail(`it said: ${said}`)
}

const end = async ({ child }: Alone): Promise<void> => {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await ended, [0, null])
}

describe('orders over grpc, in another process', () => {
  let alone: Alone
  let other: LegacySystem
  let orders: Opened<OrdersBackend>
  let expected: Opened<OrdersBackend>

  before(async () => {
    alone = await startAlone(0)
    other = await startOrdersJsonRpc({ port: 0, company: foundCompany() })
    orders = openOrdersOverGrpc(settingsFor(alone.url))
    expected = openOrdersOverJsonRpc(settingsFor(other.url))
  })
  after(async () => {
    await orders[Symbol.asyncDispose]()
    await expected[Symbol.asyncDispose]()
    await other[Symbol.asyncDispose]()
    alone.child.kill('SIGKILL')
  })

  const order = (change: object): Promise<Response> =>
    fetch(alone.controlUrl, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(change) })

  test('looked up are the same as over another wire, word for word', async () => {
    const ids = Array.from({ length: 700 }, (_, index) => `SO-2026-${String(2_005 - index * 3).padStart(6, '0')}`)
    assert.deepEqual(await orders.findOrders(ids, opt), await expected.findOrders(ids, opt))
  })

  test('listed are the same as over another wire', async () => {
    const queries: readonly Partial<OrdersQuery>[] = [
      {}, { customerId: 'C-1001' }, { status: 'SHIPPED' }, { placedAfter: '2026-06-01T00:00:00.000Z', placedBefore: '2026-06-03T00:00:00.000Z' },
    ]
    for (const query of queries) {
      for (const window of [{ offset: 0, limit: 5 }, { offset: 150, limit: 450 }, { offset: 1_999, limit: 10 }]) {
        assert.deepEqual(await orders.listOrders({ ...anyOrder, ...query, ...window }, opt), await expected.listOrders({ ...anyOrder, ...query, ...window }, opt))
      }
    }
    const ofMany = { customerIds: Array.from({ length: 600 }, (_, index) => `C-${1_550 - index}`), offset: 1, limit: 3 }
    assert.deepEqual(await orders.listOrdersOfCustomers(ofMany, opt), await expected.listOrdersOfCustomers(ofMany, opt))
  })

  test('are refunded once, also where the answer is lost', async () => {
    const [paid] = (await orders.listOrders({ ...anyOrder, status: 'PAID', offset: 0, limit: 1 }, opt)).rows
    assert.ok(paid && 'id' in paid)
    const request = { orderId: paid.id, amount: null, reason: '七天无理由退货', idempotencyKey: 'once' }
    await order({ loseNextAnswer: true })
    await assert.rejects(orders.requestRefund(request, opt), Unreachable)
    const outcome = await orders.requestRefund(request, opt)
    assert.ok(outcome.kind === 'refunded')
    assert.deepEqual(await orders.requestRefund(request, opt), outcome)
    assert.partialDeepStrictEqual(await orders.requestRefund({ ...request, idempotencyKey: 'another' }, opt), { code: 'CONFLICT' })
  })

  test('of a system whose fault is set through its control listener fail, and are well again', async () => {
    await order({ fault: 'error' })
    await assert.rejects(orders.findOrders(['SO-2026-000001'], opt), Faulted)
    await order({ fault: 'refuse' })
    await assert.rejects(orders.findOrders(['SO-2026-000001'], opt), Unreachable)
    await order({ fault: 'off' })
    assert.equal((await orders.findOrders(['SO-2026-000001'], opt)).length, 1)
  })

  test('of a system that has ended are Unreachable, and it answers the first call after it has come back', async () => {
    const query = { ...anyOrder, customerId: 'C-1001', offset: 0, limit: 5 }
    const first = await orders.listOrders(query, opt)
    await end(alone)
    await assert.rejects(orders.listOrders(query, opt), Unreachable)
    alone = await startAlone(Number(new URL(alone.url).port))
    assert.deepEqual(await orders.listOrders(query, opt), first)
  })
})
