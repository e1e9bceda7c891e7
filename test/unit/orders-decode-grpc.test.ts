import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Malformed } from '../../fuse/errors.ts'
import type { Order } from '../../subgraphs/orders/backend.ts'
import { encodeAmount, encodeInstant, encodeStatus, grpcOrders, statusOf } from '../../subgraphs/orders/decode.grpc.ts'

const read = grpcOrders({ name: 'orders', timeZone: 'UTC' })

const row = {
  orderId: 'A', customerId: 'C-1', status: 'ORDER_STATUS_PAID', statusText: '', placedAt: { seconds: '0', nanos: 0 },
  total: { currencyCode: 'CNY', units: '0', nanos: 0 }, lines: [],
}
const orderWith = (change: object): Order => {
  const order = read({ ...row, ...change })
  return order instanceof Malformed ? assert.fail(order.message) : order
}
const amountOf = (currencyCode: string, units: string, nanos: number): string => orderWith({ total: { currencyCode, units, nanos } }).total.amount
const instantOf = (seconds: string, nanos: number): string => orderWith({ placedAt: { seconds, nanos } }).placedAt

describe('money over gRPC', () => {
  const amounts = [
    ['CNY', '1299', 50_000_000, '1299.05'], ['CNY', '0', 10_000_000, '0.01'], ['CNY', '0', 0, '0.00'], ['CNY', '-1', -750_000_000, '-1.75'],
    ['CNY', '0', -50_000_000, '-0.05'], ['CNY', '-3', 0, '-3.00'], ['JPY', '5', 0, '5'], ['KWD', '129', 905_000_000, '129.905'], ['KWD', '0', 5_000_000, '0.005'],
    ['CNY', '9223372036854775807', 999_999_999, '9223372036854775807.999999999'], ['CNY', '-9223372036854775808', 0, '-9223372036854775808.00'],
  ] as const
  for (const [currency, units, nanos, amount] of amounts) {
    test(`of ${units} units and ${nanos} nanos of ${currency} is ${amount}`, () => assert.equal(amountOf(currency, units, nanos), amount))
  }

  test('finer than its currency keeps every digit, and no more', () => {
    assert.equal(amountOf('CNY', '0', 1_230_000), '0.00123')
    assert.equal(amountOf('JPY', '1', 500_000_000), '1.5')
    assert.equal(amountOf('CNY', '1', 1), '1.000000001')
  })

  test('of two signs, too many nanos or no currency is unreadable', () => {
    const odd = [['CNY', '1', -1], ['CNY', '-1', 1], ['CNY', '0', 1_000_000_000], ['CNY', '0', 0.5], ['', '1', 0], ['cny', '1', 0], ['CNY', '1.5', 0], ['CNY', '', 0]] as const
    for (const [currencyCode, units, nanos] of odd) assert.ok(read({ ...row, total: { currencyCode, units, nanos } }) instanceof Malformed)
  })

  const texts = [
    ['10.50', '10', 500_000_000], ['10.5', '10', 500_000_000], ['007', '7', 0], ['0.000000001', '0', 1], ['0.0000000010', '0', 1], ['1.00', '1', 0],
    ['9223372036854775807', '9223372036854775807', 0],
  ] as const
  for (const [decimal, units, nanos] of texts) {
    test(`asked for as ${decimal} is ${units} units and ${nanos} nanos`, () => assert.deepEqual(encodeAmount(decimal), { currencyCode: '', units, nanos }))
  }

  test('asked for below zero has one sign', () => {
    assert.deepEqual(encodeAmount('-1.75'), { currencyCode: '', units: '-1', nanos: -750_000_000 })
    assert.partialDeepStrictEqual(encodeAmount('-0.01'), { nanos: -10_000_000 })
  })

  test('asked for in no decimal text, finer than a billionth or past 64 bits is none', () => {
    for (const text of ['', 'all', '1e2', '1,50', ' 1', '.5', '1.', '0x10', '９', '0.0000000001', '9223372036854775808', '99999999999999999999', '--1']) {
      assert.equal(encodeAmount(text), null, text)
    }
  })
})

describe('a time over gRPC', () => {
  test('is ISO 8601 in milliseconds, whatever its nanos', () => {
    assert.equal(instantOf('1793685909', 0), '2026-11-03T06:05:09.000Z')
    assert.equal(instantOf('1793685909', 123_999_999), '2026-11-03T06:05:09.123Z')
    assert.equal(instantOf('-1', 999_000_000), '1969-12-31T23:59:59.999Z')
    assert.equal(instantOf('-62135596800', 0), '0001-01-01T00:00:00.000Z')
    assert.equal(instantOf('253402300799', 999_999_999), '9999-12-31T23:59:59.999Z')
  })

  test('out of the years 1 to 9999, or that is none, is unreadable', () => {
    const odd = [['253402300800', 0], ['-62135596801', 0], ['1', -1], ['1', 1_000_000_000], ['9223372036854775807', 0], ['', 0], ['soon', 0]] as const
    for (const [seconds, nanos] of odd) assert.ok(read({ ...row, placedAt: { seconds, nanos } }) instanceof Malformed, seconds)
  })

  test('asked for comes back as it was', () => {
    for (const iso of ['2026-11-03T06:05:09.123Z', '1969-12-31T23:59:59.999Z', '1970-01-01T00:00:00.000Z', '0001-01-01T00:00:00.000Z']) {
      assert.equal(orderWith({ placedAt: encodeInstant(iso) }).placedAt, iso)
    }
    assert.deepEqual(encodeInstant('2026-11-03T14:05:09+08:00'), { seconds: '1793685909', nanos: 0 })
  })
})

describe('a status over gRPC', () => {
  test('goes there and back', () => {
    for (const status of ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED'] as const) {
      assert.equal(statusOf(encodeStatus(status) ?? ''), status)
    }
    assert.equal(encodeStatus('UNKNOWN'), null)
  })

  test('that our .proto has no name for is UNKNOWN, beside the system\'s word or the number', () => {
    assert.partialDeepStrictEqual(orderWith({ status: 8, statusText: 'ON_HOLD' }), { status: 'UNKNOWN', statusText: 'ON_HOLD' })
    assert.partialDeepStrictEqual(orderWith({ status: 8 }), { status: 'UNKNOWN', statusText: '8' })
    assert.partialDeepStrictEqual(orderWith({ status: 'ORDER_STATUS_UNSPECIFIED' }), { status: 'UNKNOWN', statusText: 'UNSPECIFIED' })
    assert.partialDeepStrictEqual(orderWith({ status: 'ORDER_STATUS_LOST' }), { status: 'UNKNOWN', statusText: 'LOST' })
    assert.partialDeepStrictEqual(orderWith({}), { status: 'PAID', statusText: 'PAID' })
  })
})
