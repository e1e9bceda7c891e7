import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Page, Row } from '../../fuse/call.ts'
import { Malformed, Refused } from '../../fuse/errors.ts'
import type { Order, OrdersBackend, OrdersQuery } from '../../subgraphs/orders/backend.ts'
import { anyOrder, newestFirst, ordersMatching, ordersOnFile, unreadableId } from './orders-on-file.ts'
import type { OpenOrdersSubject, OrdersSubject } from './orders-suite.ts'

const opt = { signal: new AbortController().signal }

/** A row for comparison: what can't be read is its class. */
const plain = (row: Row<Order>): unknown => row instanceof Malformed ? 'Malformed' : row
const expected = (order: Order): unknown => order.id === unreadableId ? 'Malformed' : order
const plainPage = ({ rows, ...rest }: Page<Order>): unknown => ({ ...rest, rows: rows.map(plain) })

const expectedPage = (all: readonly Order[], offset: number, limit: number): unknown => ({
  rows: all.slice(offset, offset + limit).map(expected), hasMore: offset + limit < all.length, totalCount: all.length,
})

export const ordersReads = (open: OpenOrdersSubject): void => {
  let subject: OrdersSubject
  const orders = (): OrdersBackend => subject.backend
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())

  describe('looking up', () => {
    test('answers in the order of the ids, duplicates included', async () => {
      const ids = [137, 1, 60, 1, 2, 99].map(number => `SO-2026-${String(number).padStart(6, '0')}`)
      assert.deepEqual((await orders().findOrders(ids, opt)).map(row => row !== null && 'id' in row ? row.id : row), ids)
    })

    test('gives every word of every row as it is on file', async () => {
      const rows = await orders().findOrders(ordersOnFile.map(order => order.id), opt)
      assert.deepEqual(rows.map(plain), ordersOnFile.map(expected))
    })

    test('loses one unreadable row and no other', async () => {
      const rows = await orders().findOrders(['SO-2026-000030', unreadableId, 'SO-2026-000032'], opt)
      assert.deepEqual(rows.map(row => row instanceof Malformed), [false, true, false])
    })

    test('keeps a status word that nobody told us about beside UNKNOWN', async () => {
      const [row] = await orders().findOrders(['SO-2026-000008'], opt)
      assert.ok(row && 'status' in row)
      assert.deepEqual([row.status, row.statusText], ['UNKNOWN', 'ON_HOLD'])
    })

    test('an order that does not exist is null at its place', async () => {
      const ids = ['SO-1999-000001', 'SO-2026-000005', 'so-2026-000005']
      assert.deepEqual((await orders().findOrders(ids, opt)).map(plain), [null, ordersOnFile[4], null])
    })

    test('an id that can be no order number names no order, and harms no other', async () => {
      const odd = [
        '', '.', '..', '../orders', 'SO-2026-000001,SO-2026-000002', 'a b', '订单', '%2e%2e', '<x/>', 'SO-2026-000001 ', 'x'.repeat(5_000),
      ]
      const rows = await orders().findOrders([...odd, 'SO-2026-000001'], opt)
      assert.deepEqual(rows.map(plain), [...odd.map(() => null), ordersOnFile[0]])
    })

    test('of nothing asks nothing', async () => {
      const before = subject.system.calls
      assert.deepEqual(await orders().findOrders([], opt), [])
      assert.deepEqual(await orders().listOrdersOfCustomers({ customerIds: [], offset: 0, limit: 5 }, opt), [])
      assert.equal(subject.system.calls, before)
    })
  })

  describe('paging', () => {
    const limits = [0, 1, 2, 3, 4, 5, 6, 7, 10, 11, 20, 31, 59, 60, 61, 99, 100, 101, 150, 250]
    for (const limit of limits) {
      test(`with a limit of ${limit}, from every offset, is a slice of the whole list`, async () => {
        const ofOne = ordersMatching({ ...anyOrder, customerId: 'C-1' })
        const offsets = [...Array(63).keys()]
        const pages = await Promise.all(offsets.map(offset => orders().listOrders({ ...anyOrder, customerId: 'C-1', offset, limit }, opt)))
        assert.deepEqual(pages.map(plainPage), offsets.map(offset => expectedPage(ofOne, offset, limit)))
      })
    }

    test('past a hundred rows is a slice as well', async () => {
      const windows = [[0, 137], [0, 136], [1, 136], [37, 100], [36, 100], [99, 2], [100, 100], [53, 101], [137, 10], [1_000, 101]] as const
      for (const [offset, limit] of windows) {
        const page = await orders().listOrders({ ...anyOrder, offset, limit }, opt)
        assert.deepEqual(plainPage(page), expectedPage(newestFirst, offset, limit))
      }
    })
  })

  describe('filters', () => {
    const [first, last] = [ordersOnFile[50]?.placedAt ?? '', ordersOnFile[70]?.placedAt ?? '']
    const shifted = (iso: string, ms: number): string => new Date(Date.parse(iso) + ms).toISOString()
    const filters: Readonly<Record<string, Partial<OrdersQuery>>> = {
      'of one customer': { customerId: 'C-3' },
      'of a customer who does not exist': { customerId: 'C-99999' },
      'of a customer without a name': { customerId: '' },
      'of a customer with a blank for a name': { customerId: ' ' },
      'of a customer with an odd name': { customerId: 'C-1&customerNo=C-2' },
      ...Object.fromEntries((['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED'] as const)
        .map(status => [`of status ${status}`, { status }])),
      'after an order, without it': { placedAfter: first },
      'after the millisecond before an order, with it': { placedAfter: shifted(first, -1) },
      'after half a second past an order, without it': { placedAfter: shifted(first, 500) },
      'before an order, without it': { placedBefore: first },
      'before the millisecond past an order, with it': { placedBefore: shifted(first, 1) },
      'between two orders, without them': { placedAfter: first, placedBefore: last },
      'between two orders, in another zone\'s writing': {
        placedAfter: first.replace('Z', '+00:00'), placedBefore: shifted(last, 8 * 3_600_000).replace('Z', '+08:00'),
      },
      'of an empty span': { placedAfter: last, placedBefore: first },
      'of one customer, one status and a span': {
        customerId: 'C-1', status: 'SHIPPED', placedAfter: shifted(first, -3_600_000), placedBefore: last,
      },
    }
    for (const [name, filter] of Object.entries(filters)) {
      test(`list orders ${name}`, async () => {
        const query = { ...anyOrder, ...filter }
        const page = await orders().listOrders({ ...query, offset: 0, limit: 90 }, opt)
        assert.deepEqual(plainPage(page), expectedPage(ordersMatching(query), 0, 90))
      })
    }

    test('by UNKNOWN are answered exactly or refused, never ignored', async () => {
      const query = { ...anyOrder, status: 'UNKNOWN' } as const
      const page = await orders().listOrders({ ...query, offset: 0, limit: 50 }, opt).catch((error: unknown) => error)
      if (page instanceof Error) assert.ok(page instanceof Refused)
      else assert.deepEqual(page, expectedPage(ordersMatching(query), 0, 50))
    })
  })

  describe('several customers at once', () => {
    const customerIds = ['C-9', 'C-1', 'C-2', 'C-1', ...Array.from({ length: 12 }, (_, index) => `C-${index + 2}`)]
    for (const [offset, limit] of [[0, 5], [3, 5], [0, 100], [59, 4]] as const) {
      test(`each get rows ${offset} to ${offset + limit} of their own, in the order of the ids`, async () => {
        const pages = await orders().listOrdersOfCustomers({ customerIds, offset, limit }, opt)
        const plainPages = pages.map(page => page !== null && 'rows' in page ? plainPage(page) : page)
        const ofEach = customerIds.map(customerId => expectedPage(ordersMatching({ ...anyOrder, customerId }), offset, limit))
        assert.deepEqual(plainPages, ofEach)
      })
    }

    test('of whom one is unknown: that one has no orders, the others have theirs', async () => {
      const [stranger, known] = await orders().listOrdersOfCustomers({ customerIds: ['C-0', 'C-2'], offset: 0, limit: 100 }, opt)
      assert.ok(stranger === null || (stranger !== undefined && 'rows' in stranger && stranger.rows.length === 0))
      assert.ok(known && 'rows' in known)
      assert.deepEqual(plainPage(known), expectedPage(ordersMatching({ ...anyOrder, customerId: 'C-2' }), 0, 100))
    })
  })
}
