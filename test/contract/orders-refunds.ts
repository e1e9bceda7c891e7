import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Unreachable } from '../../fuse/errors.ts'
import type { OrdersBackend, RefundOutcome, RefundRequest } from '../../subgraphs/orders/backend.ts'
import { orderWith } from './orders-on-file.ts'
import type { OpenOrdersSubject, OrdersSubject } from './orders-suite.ts'

const opt = { signal: new AbortController().signal }

const refundId = (outcome: RefundOutcome): string =>
  outcome.kind === 'refunded' ? outcome.refundId : assert.fail(`refused: ${outcome.code}`)
const refusal = (outcome: RefundOutcome): readonly string[] =>
  outcome.kind === 'refused' ? [outcome.code, outcome.field] : assert.fail('refunded')

let keys = 0
/** A request that no test made before. */
const refundOf = (orderId: string, rest: Partial<RefundRequest> = {}): RefundRequest => {
  keys += 1
  return { orderId, amount: null, reason: '七天无理由退货', idempotencyKey: `key-${keys}`, ...rest }
}

export const ordersRefunds = (open: OpenOrdersSubject): void => void describe('a refund', () => {
  let subject: OrdersSubject
  const orders = (): OrdersBackend => subject.backend
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())
  const statusOf = async (id: string): Promise<string | null> => {
    const [row] = await orders().findOrders([id], opt)
    return row && 'status' in row ? row.status : null
  }

  test('of the whole order shows in the order afterwards', async () => {
    const { id } = orderWith('SHIPPED', 'CNY')
    assert.notEqual(refundId(await orders().requestRefund(refundOf(id), opt)), '')
    assert.equal(await statusOf(id), 'REFUNDED')
  })

  for (const [currency, amount] of [['CNY', '1299.05'], ['CNY', '0.01'], ['JPY', '129905'], ['JPY', '1.00'], ['KWD', '0.001']] as const) {
    test(`of ${amount} ${currency} is made`, async () => {
      const { id } = orderWith('DELIVERED', currency, amount.length > 4 ? 0 : 1)
      refundId(await orders().requestRefund(refundOf(id, { amount }), opt))
      assert.equal(await statusOf(id), 'REFUNDED')
    })
  }

  const invalid = [
    ['CNY', '1299.06'], ['CNY', '0'], ['CNY', '0.00'], ['CNY', '-1.00'], ['CNY', '1.005'], ['JPY', '1.5'], ['KWD', '0.0001'],
    ['CNY', ''], ['CNY', 'all'], ['CNY', '1e2'], ['CNY', '1,50'], ['CNY', ' 1'], ['CNY', '0x10'], ['CNY', '９'], ['CNY', 'NaN'], ['CNY', '9'.repeat(40)],
  ] as const
  for (const [currency, amount] of invalid) {
    test(`of ${JSON.stringify(amount)} ${currency} is invalid and changes nothing`, async () => {
      const { id } = orderWith('PACKED', currency)
      assert.deepEqual(refusal(await orders().requestRefund(refundOf(id, { amount }), opt)), ['INVALID', 'amount'])
      assert.equal(await statusOf(id), 'PACKED')
    })
  }

  for (const id of ['SO-1999-000001', '..', 'SO-2026-000001/refunds', '']) {
    test(`of the order ${JSON.stringify(id)}, which does not exist, says so`, async () => {
      assert.deepEqual(refusal(await orders().requestRefund(refundOf(id), opt)), ['NOT_FOUND', 'orderId'])
      assert.deepEqual(refusal(await orders().requestRefund(refundOf(id, { amount: '1.00' }), opt)), ['NOT_FOUND', 'orderId'])
    })
  }

  test('of an order that is refunded or cancelled is a conflict', async () => {
    for (const { id } of [orderWith('REFUNDED', 'CNY'), orderWith('CANCELLED', 'CNY')]) {
      assert.deepEqual(refusal(await orders().requestRefund(refundOf(id), opt)), ['CONFLICT', 'orderId'])
    }
  })

  test('with the same key is made once and answered the same, in whatever digits the amount is written', async () => {
    const request = refundOf(orderWith('PAID', 'CNY').id, { amount: '10.50' })
    const first = refundId(await orders().requestRefund(request, opt))
    assert.equal(refundId(await orders().requestRefund(request, opt)), first)
    assert.equal(refundId(await orders().requestRefund({ ...request, amount: '10.5' }, opt)), first)
    assert.deepEqual(refusal(await orders().requestRefund(refundOf(request.orderId), opt)), ['CONFLICT', 'orderId'])
  })

  test('with the same key, asked twice at once, is made once', async () => {
    const request = refundOf(orderWith('PAID', 'JPY').id)
    const [one, other] = await Promise.all([orders().requestRefund(request, opt), orders().requestRefund(request, opt)])
    assert.equal(refundId(one), refundId(other))
  })

  test('may have any text for its key, and no two texts are one key', async () => {
    const odd = ['键', 'a b', 'a%20b', 'x\r\ny: z', '🔑', '"', 'k'.repeat(500)]
    for (const [index, idempotencyKey] of odd.entries()) {
      const request = refundOf(orderWith(index < 4 ? 'PENDING' : 'PAID', 'KWD', index % 4).id, { idempotencyKey })
      const first = refundId(await orders().requestRefund(request, opt))
      assert.equal(refundId(await orders().requestRefund(request, opt)), first)
    }
  })

  test('that was refused gets the same refusal again', async () => {
    const request = refundOf(orderWith('PENDING', 'CNY').id, { amount: '5000.00' })
    const first = await orders().requestRefund(request, opt)
    assert.deepEqual(await orders().requestRefund(request, opt), first)
    assert.deepEqual(refusal(first), ['INVALID', 'amount'])
  })

  test('with a key of another order, amount or reason is refused', async () => {
    const [one, other] = [orderWith('PENDING', 'CNY', 1), orderWith('PENDING', 'CNY', 2)]
    const request = refundOf(one.id, { amount: '1.00' })
    refundId(await orders().requestRefund(request, opt))
    for (const change of [{ orderId: other.id }, { amount: '2.00' }, { amount: null }, { reason: 'another' }]) {
      assert.deepEqual(refusal(await orders().requestRefund({ ...request, ...change }, opt)), ['IDEMPOTENCY_CONFLICT', 'idempotencyKey'])
    }
    assert.equal(await statusOf(other.id), 'PENDING')
  })

  test('whose answer was lost on the way is made once, and asking again gets its outcome', async () => {
    const request = refundOf(orderWith('SHIPPED', 'USD').id)
    subject.system.loseNextAnswer()
    await assert.rejects(orders().requestRefund(request, opt), Unreachable)
    assert.equal(await statusOf(request.orderId), 'REFUNDED')
    const outcome = refundId(await orders().requestRefund(request, opt))
    assert.equal(refundId(await orders().requestRefund(request, opt)), outcome)
    assert.deepEqual(refusal(await orders().requestRefund(refundOf(request.orderId), opt)), ['CONFLICT', 'orderId'])
  })
})
