import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Metadata, status } from '@grpc/grpc-js'
import { detailsOf, GrpcError } from '../../demo/grpc/status.ts'
import { Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { GrpcRefused } from '../../fuse/wires/grpc.ts'
import type { OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverGrpc } from '../../subgraphs/orders/backend.grpc.ts'
import { type GrpcHeard, methodsOf, startGrpcServer } from '../kit/grpc-server.ts'
import { settingsFor } from './orders-company.ts'
import { anyOrder } from './orders-on-file.ts'

/** What a backend of anybody's might answer by `orders.proto`, well-formed and wrong. */

const opt = { signal: new AbortController().signal }
const ordersProto = new URL('../../subgraphs/orders/orders.proto', import.meta.url)
const methods = methodsOf(ordersProto, 'orders.v1.OrderService')
const row = (orderId: string): object => ({
  orderId, customerId: 'C-1', status: 'ORDER_STATUS_PAID', placedAt: { seconds: '1793685909' }, total: { currencyCode: 'CNY', units: '1' }, lines: [],
})

type Canned = object | { readonly code: status; readonly details: string; readonly metadata?: Metadata }

/** A backend that has one answer to everything. */
const against = async (
  answer: Canned, use: (orders: OrdersBackend, heard: readonly GrpcHeard[]) => Promise<void>, more: Partial<BackendSettings> = {},
): Promise<void> => {
  await using server = await startGrpcServer(({ method }, respond) => {
    if ('code' in answer) return respond(answer)
    respond(null, methods.get(method.split('/').at(-1) ?? '')?.responseSerialize(answer) ?? Buffer.alloc(0))
  }, { methods: [...methods.values()] })
  await using orders = openOrdersOverGrpc(settingsFor(server.url, more))
  await use(orders, server.heard)
}

const list = { ...anyOrder, offset: 0, limit: 5 }
const ofTwo = { customerIds: ['C-1', 'C-2'], offset: 0, limit: 5 }
const refund = { orderId: 'A', amount: null, reason: '', idempotencyKey: 'k' }

describe('orders over grpc', () => {
  test('come in any order, and one that is not among them is absent', () =>
    against({ orders: [row('C'), row('A')] }, async (orders) => {
      const rows = await orders.findOrders(['A', 'B', 'C'], opt)
      assert.deepEqual(rows.map(one => one && 'id' in one ? one.id : one), ['A', null, 'C'])
    }))

  test('with a row that does not say whose it is: none that is missing can be called absent', () =>
    against({ orders: [row('A'), row('')] }, async (orders) => {
      const [a, b] = await orders.findOrders(['A', 'B'], opt)
      assert.ok(a && 'id' in a)
      assert.ok(b instanceof Malformed)
    }))

  const broken: Readonly<Record<string, object>> = {
    'no total': { ...row('A'), total: null },
    'no time': { ...row('A'), placedAt: null },
    'a time past the year 9999': { ...row('A'), placedAt: { seconds: '253402300800' } },
    'a time with a whole second of nanos': { ...row('A'), placedAt: { seconds: '1', nanos: 1_000_000_000 } },
    'a currency that is none': { ...row('A'), total: { currencyCode: 'XYZW', units: '1' } },
    'no currency': { ...row('A'), total: { units: '1' } },
    'units and nanos of two signs': { ...row('A'), total: { currencyCode: 'CNY', units: '1', nanos: -1 } },
    'a billion nanos': { ...row('A'), total: { currencyCode: 'CNY', units: '1', nanos: 1_000_000_000 } },
    'no customer': { ...row('A'), customerId: '' },
    'a quantity below zero': { ...row('A'), lines: [{ sku: 'S', quantity: -1 }] },
    'a line that costs nothing known': { ...row('A'), lines: [{ sku: 'S', unitPrice: { units: '1' } }] },
  }
  for (const [what, order] of Object.entries(broken)) {
    test(`with ${what} cost their own place and no other`, () =>
      against({ orders: [row('B'), order] }, async (orders) => {
        const [a, b] = await orders.findOrders(['A', 'B'], opt)
        assert.ok(a instanceof Malformed)
        assert.ok(b && 'id' in b)
      }))
  }

  test('are asked for in batches of 500', () =>
    against({}, async (orders, heard) => {
      const ids = Array.from({ length: 1_001 }, (_, index) => `A-${index}`)
      assert.deepEqual(await orders.findOrders([...ids, ...ids], opt), Array.from({ length: 2_002 }, () => null))
      const sizes = heard.map(({ request }) => 'orderIds' in request && Array.isArray(request.orderIds) ? request.orderIds.length : 0)
      assert.deepEqual(sizes.toSorted((a, b) => b - a), [500, 500, 1])
    }))

  const noPages = [{ orders: [row('A')] }, { totalSize: 1 }, { totalSize: -1 }, { orders: [row('A')], totalSize: 2 }, { orders: Array(6).fill(row('A')), totalSize: 9 }]
  for (const answer of noPages) {
    test(`${answer.orders?.length ?? 0} orders of ${answer.totalSize ?? 0} are no page of five`, () =>
      against(answer, orders => assert.rejects(orders.listOrders(list, opt), Malformed)))
  }

  test('of several customers travel in one call, and an unreadable page costs itself and no other', () =>
    against({ customers: [{ customerId: 'C-2', orders: [row('A')], totalSize: 7 }, { customerId: 'C-1', orders: [row('A')], totalSize: 1 }] }, async (orders, heard) => {
      const [one, other] = await orders.listOrdersOfCustomers(ofTwo, opt)
      assert.ok(other instanceof Malformed)
      assert.ok(one && 'rows' in one && one.rows.length === 1)
      assert.equal(heard.length, 1)
    }))

  test('of a customer of whom nothing is said are none', () =>
    against({ customers: [{ customerId: 'C-2', orders: [row('A')], totalSize: 1 }] }, async (orders) => {
      const [stranger] = await orders.listOrdersOfCustomers(ofTwo, opt)
      assert.deepEqual(stranger, { rows: [], hasMore: false, totalCount: 0 })
    }))
})

const refuse = (code: status, reason: string | null): Canned => {
  const details = 'ORA-00001 at erp-02'
  return { code, details, metadata: detailsOf(new GrpcError(code, details, reason)) }
}

describe('a refund over grpc', () => {
  const outcomes = [
    [status.NOT_FOUND, 'ORDER_NOT_FOUND', 'NOT_FOUND'], [status.INVALID_ARGUMENT, 'INVALID_AMOUNT', 'INVALID'],
    [status.FAILED_PRECONDITION, 'ALREADY_REFUNDED', 'CONFLICT'], [status.FAILED_PRECONDITION, 'ORDER_CANCELLED', 'CONFLICT'],
    [status.ALREADY_EXISTS, 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_CONFLICT'],
    // A reason says more than a code, and a code alone says enough.
    [status.ABORTED, 'IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_CONFLICT'],
    [status.NOT_FOUND, null, 'NOT_FOUND'], [status.INVALID_ARGUMENT, null, 'INVALID'], [status.FAILED_PRECONDITION, null, 'CONFLICT'],
    [status.ALREADY_EXISTS, null, 'IDEMPOTENCY_CONFLICT'],
  ] as const
  for (const [code, reason, expected] of outcomes) {
    test(`refused as ${status[code]} for ${reason ?? 'no reason'} is ${expected}, in our words`, () =>
      against(refuse(code, reason), async (orders) => {
        const outcome = await orders.requestRefund(refund, opt)
        assert.ok(outcome.kind === 'refused')
        assert.equal(outcome.code, expected)
        assert.doesNotMatch(outcome.message, /ORA/)
      }))
  }

  test('refused for a reason that nobody told us about is Refused, with the reason', () =>
    against(refuse(status.INVALID_ARGUMENT, 'REASON_TOO_LONG'), orders => assert.rejects(orders.requestRefund(refund, opt), (error: unknown) =>
      error instanceof GrpcRefused && error instanceof Refused && error.status === 'INVALID_ARGUMENT'
      && error.errorInfo?.reason === 'REASON_TOO_LONG' && error.errorInfo.domain === 'orders.example.com')))

  test('refused to this caller is Refused, not an outcome', async () => {
    for (const code of [status.UNAUTHENTICATED, status.PERMISSION_DENIED, status.ABORTED, status.OUT_OF_RANGE]) {
      await against(refuse(code, null), orders => assert.rejects(orders.requestRefund(refund, opt), GrpcRefused))
    }
  })

  test('refused with details that can not be read is what its code says', async () => {
    for (const bytes of [Buffer.alloc(9, 0xff), Buffer.from([0x1a, 0x02, 0x08, 0x05]), Buffer.alloc(0)]) {
      const { metadata, ...answer } = { code: status.NOT_FOUND, details: 'no', metadata: detailsOf(new GrpcError(status.NOT_FOUND, 'no')) }
      metadata.set('grpc-status-details-bin', bytes)
      await against({ ...answer, metadata }, async (orders) => {
        assert.partialDeepStrictEqual(await orders.requestRefund(refund, opt), { code: 'NOT_FOUND' })
      })
    }
  })

  test('that has no id is Malformed', () => against({}, orders => assert.rejects(orders.requestRefund(refund, opt), Malformed)))

  test('says what it was asked, and leaves out what it was not', () =>
    against({ refundId: 'R' }, async (orders, heard) => {
      await orders.requestRefund(refund, opt)
      await orders.requestRefund({ ...refund, amount: '12.50', reason: '七天', idempotencyKey: 'k\n🔑' }, opt)
      const [first, second] = heard.map(({ request }) => request)
      assert.partialDeepStrictEqual(first, { orderId: 'A', amount: null, idempotencyKey: 'k' })
      assert.partialDeepStrictEqual(second, {
        reason: '七天', idempotencyKey: 'k\n🔑', amount: { currencyCode: '', units: '12', nanos: 500_000_000 },
      })
    }))
})

describe('an orders.proto of one\'s own', () => {
  const withProto = async (change: (text: string) => string, use: (path: string) => Promise<void>): Promise<void> => {
    const folder = await mkdtemp(join(tmpdir(), 'fuseboard-orders-'))
    try {
      const path = join(folder, 'own.proto')
      await writeFile(path, change(await readFile(ordersProto, 'utf8')))
      await use(path)
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  const shop = { service: 'shop.orders.OrderService' }

  test('may have a package of its own, which is then asked for', () =>
    withProto(text => text.replace('package orders.v1;', 'package shop.orders;'), proto =>
      against({}, orders => assert.rejects(orders.findOrders(['A'], opt), (error: unknown) =>
        error instanceof Malformed && error.message.includes('/shop.orders.OrderService/GetOrders')), { options: { proto, ...shop } })))

  test('that lacks a method is not opened', () =>
    withProto(text => text.replace('rpc CreateRefund', 'rpc MakeRefund'), async (proto) => {
      assert.throws(() => openOrdersOverGrpc(settingsFor('grpc://127.0.0.1:1', { options: { proto } })), /CreateRefund is not there/)
    }))

  test('that lacks the idempotency key refunds nothing', () =>
    withProto(text => text.replace('string idempotency_key', 'string request_id'), proto =>
      against({ refundId: 'R' }, async (orders, heard) => {
        await assert.rejects(orders.requestRefund(refund, opt), Malformed)
        assert.equal(heard.length, 0)
      }, { options: { proto } })))

  test('whose fields have other types makes answers Malformed', () =>
    withProto(text => text.replace('string customer_id = 2;\n  OrderStatus', 'int64 customer_id = 2;\n  OrderStatus'), proto =>
      against({ orders: [row('A')] }, orders => assert.rejects(orders.findOrders(['A'], opt), Malformed), { options: { proto } })))
})
