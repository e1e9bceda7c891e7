import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { type LegacyAnswer, type LegacyHandler, type LegacySystem, startLegacy } from '../../demo/legacy.ts'
import { startOrdersRest } from '../../demo/orders-rest.ts'
import { Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { Order, OrdersBackend } from '../../subgraphs/orders/backend.ts'
import { openOrdersOverRest } from '../../subgraphs/orders/backend.rest.ts'
import { companyOnFile, settingsFor } from './orders-company.ts'
import { anyOrder, ordersOnFile } from './orders-on-file.ts'

/** What only the REST adapter has to get right: the API's bounds, and answers that other systems of its kind give. */

const opt = { signal: new AbortController().signal }
const json = (status: number, body: unknown): LegacyAnswer =>
  ({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
const broken: LegacyAnswer = json(500, {})

const row = (orderNo: string): object => ({
  orderNo, customerNo: 'C-1', orderStatus: 'PAID', createdAt: '2026-11-03 14:05:09', amountCents: '100', currencyCode: 'CNY', items: [],
})

const page = (content: readonly object[], rest: object): object => ({ content, totalElements: content.length, ...rest })

type Use = (orders: OrdersBackend, system: LegacySystem) => Promise<void>

const against = async (handle: LegacyHandler, use: Use): Promise<void> => {
  await using system = await startLegacy({ name: 'orders', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
  await using orders = openOrdersOverRest(settingsFor(system.url))
  await use(orders, system)
}

describe('orders over rest', () => {
  test('are looked up fifty at a time, each once', () => {
    const asked: number[] = []
    const handle: LegacyHandler = ({ url }) => {
      const orderNos = url.searchParams.get('orderNos')?.split(',') ?? []
      asked.push(orderNos.length)
      return json(200, orderNos.map(row).toReversed())
    }
    return against(handle, async (orders) => {
      const ids = ordersOnFile.slice(0, 120).map(order => order.id)
      const found = await orders.findOrders([...ids, ...ids], opt)
      assert.deepEqual(found.map(one => one !== null && 'id' in one ? one.id : one), [...ids, ...ids])
      assert.deepEqual(asked.toSorted((a, b) => a - b), [20, 50, 50])
    })
  })

  test('one failed batch costs its own orders and no others', () => {
    const handle: LegacyHandler = ({ url }) => {
      const orderNos = url.searchParams.get('orderNos')?.split(',') ?? []
      return orderNos.includes('SO-2026-000060') ? json(503, {}) : json(200, orderNos.map(row))
    }
    return against(handle, async (orders) => {
      const found = await orders.findOrders(ordersOnFile.map(order => order.id), opt)
      assert.deepEqual(found.map(one => one instanceof Faulted), ordersOnFile.map((_, index) => index >= 50 && index < 100))
    })
  })

  test('a row that does not say whose it is leaves no order called absent', () =>
    against(() => json(200, [row('A'), { ...row('B'), orderNo: null }]), async (orders) => {
      const [a, b, c] = await orders.findOrders(['A', 'B', 'C'], opt)
      assert.ok(a && 'id' in a)
      assert.ok(b instanceof Malformed && c instanceof Malformed)
    }))

  test('a row that nobody asked for is ignored', () =>
    against(() => json(200, [row('X'), row('A')]), async (orders) => {
      const found = await orders.findOrders(['A', 'B'], opt)
      assert.deepEqual(found.map(one => one === null ? null : 'id' in one && one.id), ['A', null])
    }))

  test('a batch that is no list is Malformed', () =>
    against(() => json(200, { content: [] }), async (orders) => {
      await assert.rejects(orders.findOrders(['A'], opt), Malformed)
    }))

  for (const [what, envelope] of Object.entries({
    'of another size': { number: 0, size: 20 }, 'of another number': { number: 1, size: 5 }, 'that does not say which it is': {},
  })) {
    test(`a page ${what} is Malformed, not taken for the one asked for`, () =>
      against(() => json(200, page([], envelope)), async (orders) => {
        await assert.rejects(orders.listOrders({ ...anyOrder, offset: 0, limit: 5 }, opt), Malformed)
      }))
  }

  const pageFor = (url: URL): LegacyAnswer =>
    json(200, page([row(`of-${url.searchParams.get('customerNo') ?? ''}`)], { number: 0, size: 5 }))
  const query = { customerIds: ['C-1', 'C-2', 'C-3'], offset: 0, limit: 5 }

  test('one customer whose orders fail costs their own page and no other', () =>
    against(({ url }) => url.searchParams.get('customerNo') === 'C-2' ? json(502, {}) : pageFor(url), async (orders) => {
      const pages = await orders.listOrdersOfCustomers(query, opt)
      assert.deepEqual(pages.map(one => one !== null && 'rows' in one ? one.rows.length : one instanceof Faulted), [1, true, 1])
    }))

  test('where every customer fails, the call does, with what says that the system is ill', () =>
    against(({ url }) => json(url.searchParams.get('customerNo') === 'C-1' ? 403 : 503, {}), async (orders) => {
      await assert.rejects(orders.listOrdersOfCustomers(query, opt), Faulted)
    }))

  test('customers are asked for eight at a time', () => {
    const inHand: (() => void)[] = []
    let [most, left] = [0, 20]
    const handle: LegacyHandler = async ({ url }) => {
      const turn = Promise.withResolvers<undefined>()
      inHand.push(() => turn.resolve(undefined))
      most = Math.max(most, inHand.length)
      if (inHand.length === Math.min(8, left)) {
        // A ninth, were there one, is on its way already.
        for (let loop = 0; loop < 20; loop += 1) await setImmediate()
        left -= inHand.length
        for (const release of inHand.splice(0)) release()
      }
      await turn.promise
      return pageFor(url)
    }
    return against(handle, async (orders, system) => {
      await orders.listOrdersOfCustomers({ ...query, customerIds: Array.from({ length: 20 }, (_, index) => `C-${index}`) }, opt)
      assert.deepEqual([most, system.calls], [8, 20])
    })
  })

  test('a filter by UNKNOWN is refused without asking: the API has no word for it', () =>
    against(() => broken, async (orders, system) => {
      await assert.rejects(orders.listOrders({ ...anyOrder, status: 'UNKNOWN', offset: 0, limit: 5 }, opt), Refused)
      assert.equal(system.calls, 0)
    }))

  test('what can be no order number is not sent', () =>
    against(() => json(200, []), async (orders, system) => {
      assert.deepEqual(await orders.findOrders(['../x', 'a,b'], opt), [null, null])
      assert.equal(system.calls, 0)
    }))

  test('a refund carries its key, its reason and its amount in minor units', () => {
    const seen: unknown[] = []
    const handle: LegacyHandler = ({ method, url, headers, body }) => {
      if (method === 'GET') return json(200, { ...row('A'), currencyCode: 'KWD' })
      seen.push([url.pathname, headers['idempotency-key'], JSON.parse(body.toString('utf8'))])
      return json(201, { refundNo: 'RF-1' })
    }
    return against(handle, async (orders) => {
      const request = { orderId: 'A', amount: '1.5', reason: '破损', idempotencyKey: 'k-1' }
      assert.deepEqual(await orders.requestRefund(request, opt), { kind: 'refunded', refundId: 'RF-1' })
      await orders.requestRefund({ ...request, amount: null }, opt)
      assert.deepEqual(seen, [
        ['/api/v1/orders/A/refunds', 'k-1', { amountCents: '1500', reason: '破损' }], ['/api/v1/orders/A/refunds', 'k-1', { reason: '破损' }],
      ])
    })
  })

  test('a refund that was accepted without a number is Malformed, for nobody can say whether it was made', () =>
    against(() => json(201, {}), async (orders) => {
      await assert.rejects(orders.requestRefund({ orderId: 'A', amount: null, reason: '', idempotencyKey: 'k' }, opt), Malformed)
    }))

  test('a refund of part of an order whose row can\'t be read is not sent', () =>
    against(() => json(200, { ...row('A'), amountCents: '12,5O' }), async (orders, system) => {
      await assert.rejects(orders.requestRefund({ orderId: 'A', amount: '1.00', reason: '', idempotencyKey: 'k' }, opt), Malformed)
      assert.equal(system.calls, 1)
    }))

  for (const [status, kind] of [[400, Refused], [401, Refused], [403, Refused], [500, Faulted], [503, Faulted]] as const) {
    test(`a refund answered with ${status} is ${kind.name}, not an outcome`, () =>
      against(() => json(status, { message: 'no' }), async (orders) => {
        await assert.rejects(orders.requestRefund({ orderId: 'A', amount: null, reason: '', idempotencyKey: 'k' }, opt), kind)
      }))
  }

  test('a refusal is told in our words, not in the system\'s', async () => {
    await using system = await startOrdersRest({ port: 0, company: companyOnFile() })
    await using orders = openOrdersOverRest(settingsFor(system.url))
    const outcome = await orders.requestRefund({ orderId: 'SO-0', amount: null, reason: '', idempotencyKey: 'k' }, opt)
    assert.ok(outcome.kind === 'refused')
    assert.doesNotMatch(outcome.message, /com\.example|Exception|java|SO-0/)
  })

  test('times are read and asked for on the clock of the zone that the settings name', async () => {
    await using system = await startOrdersRest({ port: 0, company: companyOnFile() })
    await using orders = openOrdersOverRest(settingsFor(system.url, { timeZone: 'America/New_York' }))
    // The system writes Shanghai's clock, 13 hours ahead of New York's in November; whoever takes it for New York's is off by those.
    const shifted = (order: Order): string => new Date(Date.parse(order.placedAt) + 13 * 3_600_000).toISOString()
    const [first] = ordersOnFile
    assert.ok(first)
    const [found] = await orders.findOrders([first.id], opt)
    assert.ok(found && 'id' in found)
    assert.equal(found.placedAt, shifted(first))
    const { totalCount } = await orders.listOrders({ ...anyOrder, placedAfter: found.placedAt, offset: 0, limit: 1 }, opt)
    assert.equal(totalCount, ordersOnFile.length - 1)
  })
})
