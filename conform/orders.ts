import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { adapters } from '../subgraphs/orders/subgraph.ts'
import type { Order, OrdersBackend, OrdersQuery, RefundOutcome, RefundRequest } from '../subgraphs/orders/backend.ts'
import { describeKit, fieldOf, refuseToWrite } from './kit.ts'
import type { Listing } from './listings.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

const isOrder = (row: unknown): row is Order => fieldOf(row, 'placedAt') !== null

const any: Omit<OrdersQuery, 'offset' | 'limit'> = { customerId: null, status: null, placedAfter: null, placedBefore: null }

const newest = async (backend: OrdersBackend, filter: Partial<OrdersQuery> = {}): Promise<readonly Order[]> =>
  (await backend.listOrders({ ...any, offset: 0, limit: 40, ...filter }, asking())).rows.filter(isOrder)

const listed: Listing<OrdersBackend> = {
  name: 'listOrders',
  page: (backend, window, opt) => backend.listOrders({ ...any, ...window }, opt),
  inOrder: (earlier, later) => (fieldOf(earlier, 'placedAt') ?? '') >= (fieldOf(later, 'placedAt') ?? ''),
  sorted: 'newest first',
}

const exclusive: Pledge<OrdersBackend> = {
  area: 'times and zones',
  title: 'placedAfter and placedBefore leave out the instant that they name, and nothing else',
  check: async ({ backend }) => {
    const rows = await newest(backend)
    const middle = rows[Math.floor(rows.length / 2)]
    if (!middle || rows.length < 3) return untested('needs three orders')
    const [after, before] = [await newest(backend, { placedAfter: middle.placedAt }), await newest(backend, { placedBefore: middle.placedAt, limit: 10 })]
    const early = after.find(({ placedAt }) => placedAt <= middle.placedAt)
    const late = before.find(({ placedAt }) => placedAt >= middle.placedAt)
    if (early) return broken(`after ${middle.placedAt} there is ${told(early.id)} of ${early.placedAt}`)
    if (late) return broken(`before ${middle.placedAt} there is ${told(late.id)} of ${late.placedAt}`)
    const missing = rows.filter(({ placedAt }) => placedAt > middle.placedAt).find(({ id }) => !after.some((one) => one.id === id))
    return missing ? broken(`after ${middle.placedAt}, ${told(missing.id)} of ${missing.placedAt} is missing`) : kept()
  },
}

const ofEach: Pledge<OrdersBackend> = {
  area: 'batching',
  title: 'listOrdersOfCustomers gives each customer what listOrders gives them',
  check: async ({ backend, samples: { customers = [] } }) => {
    const customerIds = customers.slice(0, 6)
    if (customerIds.length < 2) return untested('needs two customers')
    const pages = await backend.listOrdersOfCustomers({ customerIds, offset: 0, limit: 5 }, asking())
    for (const [at, customerId] of customerIds.entries()) {
      const alone = await backend.listOrders({ ...any, customerId, offset: 0, limit: 5 }, asking())
      if (!isDeepStrictEqual(pages[at], alone)) return broken(`the orders of ${told(customerId)} differ`)
      const strange = alone.rows.find((row) => isOrder(row) && row.customerId !== customerId)
      if (strange !== undefined) return broken(`among the orders of ${told(customerId)} is one of somebody else`)
    }
    return kept(`${customerIds.length} customers`)
  },
}

const stranger: Pledge<OrdersBackend> = {
  area: 'absence',
  title: 'a customer who is not there has no orders',
  check: async ({ backend }) => {
    const page = await backend.listOrders({ ...any, customerId: 'ZZ-conform-nobody', offset: 0, limit: 5 }, asking())
    return page.rows.length === 0 && !page.hasMore ? kept() : broken(`${page.rows.length} orders`)
  },
}

const codeOf = (outcome: RefundOutcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind)
const request = (orderId: string, rest: Partial<RefundRequest> = {}): RefundRequest =>
  ({ orderId, amount: null, reason: 'conformance check', idempotencyKey: `conform-${randomUUID()}`, ...rest })

/** Each has to be refused, so none refunds anything. */
const refusals: Pledge<OrdersBackend> = {
  area: 'writing',
  title: 'a refund of no order, of nothing, or of more than was paid is refused',
  writes: true,
  check: async ({ backend, samples: { orders: [id = ''] = [] } }) => {
    if (id === '') return untested('no order was found')
    const unknown = codeOf(await backend.requestRefund(request('ZZ-conform-0'), asking()))
    if (unknown !== 'NOT_FOUND') return broken(`of an order that is not there: ${unknown}`)
    for (const amount of ['0', '-1', '999999999999', '0.00001']) {
      const code = codeOf(await backend.requestRefund(request(id, { amount }), asking()))
      if (code !== 'INVALID' && code !== 'CONFLICT') return broken(`of ${amount}: ${code}`)
    }
    return kept()
  },
}

const refundOnce = async ({ backend, write }: Subject<OrdersBackend>): Promise<Verdict> => {
  const orderId = write?.orderId ?? null
  if (orderId === null) return untested('needs an order that may be refunded: --order ID')
  const refund = request(orderId)
  const [first, again] = [await backend.requestRefund(refund, asking()), await backend.requestRefund(refund, asking())]
  if (first.kind !== 'refunded') return untested(`the order can't be refunded: ${codeOf(first)}`)
  if (!isDeepStrictEqual(first, again)) return broken(`sent twice, it is ${told(first)} and then ${told(again)}`)
  const other = codeOf(await backend.requestRefund({ ...refund, reason: 'something else' }, asking()))
  if (other !== 'IDEMPOTENCY_CONFLICT') return broken(`another refund with the same key gives ${other}`)
  const twice = codeOf(await backend.requestRefund(request(orderId), asking()))
  return twice === 'CONFLICT' ? kept() : broken(`a second refund of the order gives ${twice}`)
}

export const ordersKit = describeKit<OrdersBackend>({
  port: 'orders',
  adapters,
  readOnly: (backend) => ({
    findOrders: (ids, opt) => backend.findOrders(ids, opt),
    listOrders: (query, opt) => backend.listOrders(query, opt),
    listOrdersOfCustomers: (query, opt) => backend.listOrdersOfCustomers(query, opt),
    requestRefund: refuseToWrite,
  }),
  discover: async (backend, named) => {
    const rows = [...(await backend.findOrders(named, asking())).filter(isOrder), ...(await newest(backend))]
    return { orders: [...new Set(rows.map(({ id }) => id))], customers: [...new Set(rows.map(({ customerId }) => customerId))] }
  },
  lookups: [{ name: 'findOrders', keys: 'orders', find: (backend, ids, opt) => backend.findOrders(ids, opt), keyOf: (row) => fieldOf(row, 'id') }],
  listings: [listed],
  glance: (backend, { samples }, opt) => backend.findOrders(samples['orders'] ?? [], opt),
  read: (backend, _subject, opt) => backend.listOrders({ ...any, offset: 0, limit: 1 }, opt),
  own: [exclusive, ofEach, stranger, refusals, { area: 'writing', title: 'a refund is made once, however often it is sent', writes: true, check: refundOnce }],
})
