import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { z } from 'zod'
import { type LegacyAnswer, startLegacy } from '../../demo/legacy.ts'
import { Malformed, Refused } from '../../fuse/errors.ts'
import type { OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverJsonRpc } from '../../subgraphs/orders/backend.jsonrpc.ts'
import { settingsFor } from './orders-company.ts'
import { anyOrder } from './orders-on-file.ts'

/** What a backend of anybody's might answer in JSON-RPC, well-formed and wrong. */

const opt = { signal: new AbortController().signal }
const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }
const row = (id: string): object => ({
  id, customerId: 'C-1', status: 'PAID', placedAt: '2026-11-03T06:05:09.000Z', total: { amount: '1.00', currency: 'CNY' }, lines: [],
})

const calls = z.union([z.array(z.object({ id: z.unknown() })), z.object({ id: z.unknown() })])

/** A backend that has one answer to everything. */
const against = async (answer: object, use: (orders: OrdersBackend) => Promise<void>): Promise<void> => {
  const handle = ({ body }: { body: Buffer }): LegacyAnswer => {
    const asked = calls.parse(JSON.parse(body.toString('utf8')))
    const reply = ({ id }: { id?: unknown }): object => ({ jsonrpc: '2.0', id, ...answer })
    const replies = Array.isArray(asked) ? asked.map(reply) : reply(asked)
    return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(replies) }
  }
  await using system = await startLegacy({ name: 'orders', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
  await using orders = openOrdersOverJsonRpc(settingsFor(system.url))
  await use(orders)
}

const list = { ...anyOrder, offset: 0, limit: 5 }
const ofTwo = { customerIds: ['C-1', 'C-2'], offset: 0, limit: 5 }
const refund = { orderId: 'A', amount: null, reason: '', idempotencyKey: 'k' }

describe('orders over jsonrpc', () => {
  for (const result of [[], [row('A')], [row('A'), null, null], { A: row('A') }, null, 'none']) {
    test(`${JSON.stringify(result).slice(0, 30)} is no answer to two ids`, () =>
      against({ result }, orders => assert.rejects(orders.findOrders(['A', 'B'], opt), Malformed)))
  }

  test('another order at an order\'s place is not taken for it', () =>
    against({ result: [row('B'), row('B')] }, async (orders) => {
      const [a, b] = await orders.findOrders(['A', 'B'], opt)
      assert.ok(a instanceof Malformed)
      assert.ok(b && 'id' in b)
    }))

  const noPages = [null, {}, { rows: [] }, { rows: {}, hasMore: false, totalCount: null }, { rows: [], hasMore: 'no', totalCount: 0 }, []]
  for (const result of noPages) {
    test(`${JSON.stringify(result)} is no page`, () =>
      against({ result }, orders => assert.rejects(orders.listOrders(list, opt), Malformed)))
  }

  test('a backend that does not count says null', () =>
    against({ result: { rows: [row('A')], hasMore: true, totalCount: null } }, async (orders) => {
      const { totalCount, hasMore, rows } = await orders.listOrders(list, opt)
      assert.deepEqual([totalCount, hasMore, rows.length], [null, true, 1])
    }))

  test('one customer\'s unreadable page costs itself and no other', () =>
    against({ result: [{ unreadable: true }, { rows: [row('A')], hasMore: false, totalCount: 1 }] }, async (orders) => {
      const [one, other] = await orders.listOrdersOfCustomers(ofTwo, opt)
      assert.ok(one instanceof Malformed)
      assert.ok(other && 'rows' in other && other.rows.length === 1)
    }))

  const noOutcomes = [null, {}, { kind: 'done' }, { kind: 'refunded' }, { kind: 'refunded', refundId: '' }, { kind: 'refused', code: 'NO' }]
  for (const result of noOutcomes) {
    test(`${JSON.stringify(result)} is no outcome of a refund`, () =>
      against({ result }, orders => assert.rejects(orders.requestRefund(refund, opt), Malformed)))
  }

  test('a refusal is told in our words, not in the backend\'s', () =>
    against({ result: { kind: 'refused', code: 'CONFLICT', message: 'ORA-00001 at erp-02', field: 'sql' } }, async (orders) => {
      const outcome = await orders.requestRefund(refund, opt)
      assert.ok(outcome.kind === 'refused')
      assert.doesNotMatch(outcome.message, /ORA/)
      assert.equal(outcome.field, 'orderId')
    }))

  test('a method that the backend does not have is Refused', () =>
    against({ error: { code: -32601, message: 'Method not found' } }, orders => assert.rejects(orders.findOrders(['A'], opt), Refused)))
})
