import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Malformed } from '../../fuse/errors.ts'
import { rpcOrders } from '../../subgraphs/orders/decode.jsonrpc.ts'
import { encodeAfter, encodeBefore, encodeStatus, isOrderNo, restOrders } from '../../subgraphs/orders/decode.ts'
import { pagesOf } from '../../subgraphs/orders/window.ts'

const source = { name: 'orders', timeZone: 'Asia/Shanghai' }

describe('a row of the REST API', () => {
  const row = {
    orderNo: 'SO-2026-000123', customerNo: 'C-1001', orderStatus: 'COMPLETED', createdAt: '2026-11-03 14:05:09', amountCents: '129900',
    currencyCode: 'CNY', items: [{ skuCode: 'SKU-9', skuName: '交换机', qty: 2, priceCents: '64950' }], shopId: 7,
  }
  const readRow = restOrders(source)

  test('becomes an order', () => {
    assert.deepEqual(readRow(row), {
      id: 'SO-2026-000123', customerId: 'C-1001', status: 'DELIVERED', statusText: 'COMPLETED', placedAt: '2026-11-03T06:05:09.000Z',
      total: { amount: '1299.00', currency: 'CNY' },
      lines: [{ sku: 'SKU-9', title: '交换机', quantity: 2, unitPrice: { amount: '649.50', currency: 'CNY' } }],
    })
  })

  test('is read on the clock of the zone that the settings name', () => {
    const order = restOrders({ ...source, timeZone: 'America/New_York' })(row)
    assert.ok('placedAt' in order)
    assert.equal(order.placedAt, '2026-11-03T19:05:09.000Z')
  })

  test('may have lines without a price, and cents as numbers', () => {
    const items = [{ skuCode: 'S', skuName: 's', qty: 1 }, { skuCode: 'T', skuName: 't', qty: 1, priceCents: null }]
    const order = readRow({ ...row, amountCents: 5, items })
    assert.ok('lines' in order)
    assert.deepEqual(order.lines.map(line => line.unitPrice), [null, null])
    assert.equal(order.total.amount, '0.05')
  })

  for (const word of ['ON_HOLD', 'shipped', '', 'constructor', '__proto__', '已发货']) {
    test(`keeps the unknown word ${JSON.stringify(word)} beside UNKNOWN`, () => {
      const order = readRow({ ...row, orderStatus: word })
      assert.ok('status' in order)
      assert.deepEqual([order.status, order.statusText], ['UNKNOWN', word])
    })
  }

  const broken: Readonly<Record<string, unknown>> = {
    'cents with a letter': { ...row, amountCents: '12,5O' },
    'cents as a fraction': { ...row, amountCents: 12.5 },
    'cents past what a number holds': { ...row, amountCents: 2 ** 53 },
    'a currency that is none': { ...row, currencyCode: 'RMB' },
    'a day that does not exist': { ...row, createdAt: '2026-02-30 00:00:00' },
    'no time': { ...row, createdAt: null },
    'no number': { ...row, orderNo: '' },
    'no status': { ...row, orderStatus: null },
    'a quantity that GraphQL can\'t carry': { ...row, items: [{ skuCode: 'S', skuName: 's', qty: 2 ** 31 }] },
    'a price that is none': { ...row, items: [{ skuCode: 'S', skuName: 's', qty: 1, priceCents: 'free' }] },
    'no lines': { ...row, items: null },
    'no object at all': 'SO-2026-000123',
    'nothing at all': null,
  }
  for (const [what, theirs] of Object.entries(broken)) {
    test(`with ${what} is Malformed`, () => assert.ok(readRow(theirs) instanceof Malformed))
  }

  test('that can\'t be read does not put the customer into the log', () => {
    const failure = readRow({ ...row, amountCents: 'secret-amount', createdAt: 'secret-time' })
    assert.ok(failure instanceof Malformed)
    assert.doesNotMatch(failure.message, /secret|C-1001/)
    assert.match(failure.message, /amountCents/)
  })
})

describe('a row in JSON-RPC', () => {
  const row = {
    id: 'SO-1', customerId: 'C-1', status: 'PACKED', statusText: 'PICKED', placedAt: '2026-11-03T06:05:09.000Z',
    total: { amount: '1299.00', currency: 'CNY' }, lines: [{ sku: 'S', title: 't', quantity: 1, unitPrice: null }],
  }
  const readRow = rpcOrders(source)

  test('is an order as it is, and nothing else that came with it', () => {
    assert.deepEqual(readRow({ ...row, internalNote: 'x', total: { ...row.total, vat: '1' } }), row)
  })

  test('may leave out what can be told without it', () => {
    const lines = [{ sku: 'S', title: 't', quantity: 1 }]
    const order = readRow({ ...row, statusText: undefined, status: 'ON_HOLD', placedAt: '2026-11-03T06:05:09Z', lines })
    assert.deepEqual(order, { ...row, status: 'UNKNOWN', statusText: 'ON_HOLD' })
  })

  const broken: Readonly<Record<string, unknown>> = {
    'an amount that is no decimal': { ...row, total: { amount: '12,5O', currency: 'CNY' } },
    'an amount as a float': { ...row, total: { amount: 12.5, currency: 'CNY' } },
    'a local time': { ...row, placedAt: '2026-11-03 14:05:09' },
    'no id': { ...row, id: '' },
    'the words for an unreadable place': { unreadable: true },
  }
  for (const [what, theirs] of Object.entries(broken)) {
    test(`with ${what} is Malformed`, () => assert.ok(readRow(theirs) instanceof Malformed))
  }
})

test('every status but UNKNOWN has a word to ask the REST API with', () => {
  const words = (['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED', 'UNKNOWN'] as const).map(encodeStatus)
  assert.deepEqual(words, ['NEW', 'PAID', 'PICKED', 'SHIPPED', 'COMPLETED', 'CANCELED', 'REFUNDED', null])
})

test('exclusive instants become inclusive local seconds', () => {
  assert.equal(encodeAfter('2026-11-03T06:05:09.000Z', 'Asia/Shanghai'), '2026-11-03 14:05:10')
  assert.equal(encodeAfter('2026-11-03T06:05:08.999Z', 'Asia/Shanghai'), '2026-11-03 14:05:09')
  assert.equal(encodeBefore('2026-11-03T06:05:09.000Z', 'Asia/Shanghai'), '2026-11-03 14:05:08')
  assert.equal(encodeBefore('2026-11-03T06:05:09.001Z', 'Asia/Shanghai'), '2026-11-03 14:05:09')
})

test('what would change a path or a list is no order number', () => {
  assert.deepEqual(['SO-2026-000123', 'a_b', '..', 'a/b', 'a,b', 'a b', '', '%2e', 'x'.repeat(65)].map(isOrderNo),
    [true, true, false, false, false, false, false, false, false])
})

describe('the pages that cover a window', () => {
  test('hold exactly its rows, and are as few as whole pages of the limit allow', () => {
    for (let offset = 0; offset <= 40; offset += 1) {
      for (let limit = 0; limit <= 25; limit += 1) {
        const { size, numbers, skip } = pagesOf({ offset, limit }, 10)
        const rows = numbers.flatMap(number => Array.from({ length: size }, (_, index) => number * size + index))
        assert.deepEqual(rows.slice(skip, skip + limit), Array.from({ length: limit }, (_, index) => offset + index))
        assert.ok(size <= 10 && numbers.length <= Math.floor(limit / 10) + 2)
        if (limit > 0 && limit <= 10) assert.equal(numbers.length, offset % limit === 0 ? 1 : 2)
      }
    }
  })
})
