import type { z } from 'zod'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Page, Row } from '../../fuse/call.ts'
import { Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openRestWire, type RestWire } from '../../fuse/wires/rest.ts'
import { gather } from '../gather.ts'
import type { Order, OrdersBackend, OrdersQuery, RefundOutcome, RefundRequest } from './backend.ts'
import {
  decodeRefusal, encodeAfter, encodeBefore, encodeStatus, isOrderNo, orderNoOf, type ReadOrder, readWhole, refusedRefund, restBatch,
  restOrders, restPage, restRefund, restRefusal,
} from './decode.ts'
import { decimalToCents, isDecimal } from './money.ts'
import { pagesOf } from './window.ts'

/** The API's own bounds. */
const maxBatch = 50
const maxPageSize = 100
/** Calls in flight at once for one call of ours. */
const abreast = 8

type Api = { readonly wire: RestWire; readonly settings: BackendSettings; readonly readOrder: ReadOrder }

/** Orders over the Spring-style REST API that `demo/orders-rest.ts` shows. */
export const openOrdersOverRest: OpenAdapter<OrdersBackend> = (settings) => {
  const wire = openRestWire(settings)
  const api: Api = { wire, settings, readOrder: restOrders(settings) }
  return {
    findOrders: (ids, opt) => findOrders(api, ids, opt),
    listOrders: (query, opt) => listOrders(api, query, opt),
    listOrdersOfCustomers: ({ customerIds, offset, limit }, opt) => gather(customerIds, abreast, customerId =>
      listOrders(api, { customerId, status: null, placedAfter: null, placedBefore: null, offset, limit }, opt)),
    requestRefund: (request, opt) => requestRefund(api, request, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

async function findOrders(api: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Order>[]> {
  const batches = chunk([...new Set(ids)].filter(isOrderNo), maxBatch)
  const answers = await gather(batches, abreast, batch => findBatch(api, batch, opt))
  const found = new Map<string, Row<Order>>()
  for (const [index, batch] of batches.entries()) {
    const answer = answers[index]
    for (const id of batch) found.set(id, answer instanceof Map ? answer.get(id) ?? null : answer ?? null)
  }
  return ids.map(id => found.get(id) ?? null)
}

/** The API answers in an order of its own, without the orders that do not exist. */
async function findBatch(api: Api, ids: readonly string[], opt: CallOptions): Promise<Map<string, Row<Order>>> {
  const answer = await api.wire.get('/api/v1/orders', { ...opt, query: { orderNos: ids.join(',') } })
  const rows = readWhole(restBatch, answer, api.settings, 'a batch of orders')
  // A row that does not even say whose it is may be any of those that are missing: none of them can be called absent.
  const nameless = rows.find(row => orderNoOf(row) === null)
  const missing = nameless === undefined ? null : api.readOrder(nameless)
  const found = new Map<string, Row<Order>>(ids.map(id => [id, missing]))
  for (const row of rows) {
    const id = orderNoOf(row)
    if (id !== null) found.set(id, api.readOrder(row))
  }
  return found
}

async function listOrders(api: Api, query: OrdersQuery, opt: CallOptions): Promise<Page<Order>> {
  // Spring takes an empty parameter for a missing one, and would list everybody's.
  if (query.customerId?.trim() === '') return { rows: [], hasMore: false, totalCount: 0 }
  const filter = encodeFilter(api.settings, query)
  const window = pagesOf(query, maxPageSize)
  const pages = await Promise.all(window.numbers.map(number => readPage(api, { ...filter, page: number, size: window.size }, opt)))
  const rows = pages.flatMap(page => page.content).slice(window.skip, window.skip + query.limit)
  const totalCount = pages.at(-1)?.totalElements ?? 0
  return { rows: rows.map(api.readOrder), hasMore: query.offset + query.limit < totalCount, totalCount }
}

type PageQuery = Readonly<Record<string, string | number>> & { readonly page: number; readonly size: number }

async function readPage({ wire, settings }: Api, query: PageQuery, opt: CallOptions): Promise<z.infer<typeof restPage>> {
  const answer = await wire.get('/api/v1/orders', { ...opt, query: { ...query, sort: 'createdAt,desc' } })
  const page = readWhole(restPage, answer, settings, 'a page of orders')
  // A smaller cap than the one we know would shift every window without a word.
  if (page.size === query.size && page.number === query.page) return page
  throw new Malformed(settings.name, `page ${page.number} of ${page.size} rows where page ${query.page} of ${query.size} was asked for`)
}

function encodeFilter({ name, timeZone }: BackendSettings, query: OrdersQuery): Readonly<Record<string, string>> {
  const { customerId, status, placedAfter, placedBefore } = query
  const word = status === null ? null : encodeStatus(status)
  if (status !== null && word === null) throw new Refused(name, `there is no word to ask for ${status} with`)
  return {
    ...customerId === null ? {} : { customerNo: customerId },
    ...word === null ? {} : { status: word },
    ...placedAfter === null ? {} : { from: encodeAfter(placedAfter, timeZone) },
    ...placedBefore === null ? {} : { to: encodeBefore(placedBefore, timeZone) },
  }
}

async function requestRefund(api: Api, request: RefundRequest, opt: CallOptions): Promise<RefundOutcome> {
  const { wire, settings } = api
  if (!isOrderNo(request.orderId)) return refusedRefund('NOT_FOUND')
  const cents = request.amount === null ? null : await amountInCents(api, request.orderId, request.amount, opt)
  if (cents !== null && typeof cents !== 'string') return cents
  const { status, body } = await wire.post(`/api/v1/orders/${request.orderId}/refunds`, {
    ...opt,
    headers: { 'idempotency-key': encodeKey(request.idempotencyKey) },
    body: { ...cents === null ? {} : { amountCents: cents }, reason: request.reason },
    accept: [404, 409, 422],
  })
  if (status >= 400) return decodeRefusal(status, readWhole(restRefusal, body, settings, 'a refusal').code)
  return { kind: 'refunded', refundId: readWhole(restRefund, body, settings, 'a refund').refundNo }
}

/** The API counts in the order's minor units, and only the order says of which currency. */
async function amountInCents(api: Api, orderId: string, amount: string, opt: CallOptions): Promise<string | RefundOutcome> {
  if (!isDecimal(amount)) return refusedRefund('INVALID')
  const row = await api.wire.get(`/api/v1/orders/${orderId}`, opt)
  if (row === null) return refusedRefund('NOT_FOUND')
  const order = api.readOrder(row)
  if (order instanceof Malformed) throw order
  return decimalToCents(amount, order.total.currency) ?? refusedRefund('INVALID')
}

/** Callers choose keys freely; a header has room for visible ASCII only. What most of them choose stays as it is. */
const encodeKey = (key: string): string => encodeURIComponent(key.toWellFormed())

const chunk = <T>(items: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size))
