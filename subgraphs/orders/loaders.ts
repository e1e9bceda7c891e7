import { z } from 'zod'
import type { CallOptions, Page, Row, Window } from '../../fuse/call.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import type { Sourced } from '../answers.ts'
import { readOptions } from '../context.ts'
import type { FetchContext, RequestContext } from '../context.ts'
import type { Cursors } from '../cursors.ts'
import { openLoader, toSourced } from '../loading.ts'
import type { Loader } from '../loading.ts'
import type { Order, OrdersBackend, OrdersQuery, RefundOutcome, RefundRequest } from './backend.ts'

/** The port behind its fuse: every read says how good it is. */
export type FusedOrders = ReturnType<typeof fuseOrders>

export const fuseOrders = (backend: OrdersBackend, fuse: Fuse) => ({
  findOrders: fuse.batch<string, Order>('order', (ids, opt) => backend.findOrders(ids, opt)),
  listOrders: fuse.read<OrdersQuery, Page<Order>>('orders', (query, opt) => backend.listOrders(query, opt)),
  findPages: fuse.batch<string, Page<Order>>('page', (keys, opt) => findPages(backend, keys, opt)),
  requestRefund: fuse.write<RefundRequest, RefundOutcome>(
    (request, opt) => backend.requestRefund(request, opt),
    ({ orderId }) => [{ kind: 'order', key: orderId }, { kind: 'orders' }, { kind: 'page' }],
  ),
})

/** One customer's window, as a key. */
const pageKey = z.tuple([z.string(), z.int(), z.int()])
export const pageKeyOf = (customerId: string, { offset, limit }: Window): string => JSON.stringify([customerId, offset, limit])

/** The port asks for the same window of many customers: one call for each window there is, which is nearly always one. */
const findPages = async (backend: OrdersBackend, keys: readonly string[], opt: CallOptions): Promise<readonly Row<Page<Order>>[]> => {
  const asked = keys.map((key) => pageKey.parse(JSON.parse(key)))
  const windows = Map.groupBy(asked, ([, offset, limit]) => `${offset}+${limit}`)
  const found = new Map<string, Row<Page<Order>>>()
  const findWindow = async (group: readonly (typeof asked)[number][]) => {
    const [, offset = 0, limit = 0] = group[0] ?? []
    const pages = await backend.listOrdersOfCustomers({ customerIds: group.map(([id]) => id), offset, limit }, opt)
    group.forEach((key, index) => found.set(JSON.stringify(key), pages[index] ?? null))
  }
  await Promise.all([...windows.values()].map(findWindow))
  return keys.map((key) => found.get(key) ?? null)
}

export type Loaders = {
  readonly order: Loader<Order | null>
  readonly page: Loader<Page<Order> | null>
  list(query: OrdersQuery): Promise<Sourced<Page<Order>>>
  refund(request: RefundRequest): Promise<RefundOutcome>
  readonly cursors: Cursors
}

export type Context = FetchContext<Loaders>

export const openLoaders = (orders: FusedOrders, cursors: Cursors, context: RequestContext): Loaders => {
  const order = openLoader((ids) => orders.findOrders(ids, readOptions(context)))
  const page = openLoader((keys) => orders.findPages(keys, readOptions(context)))
  return {
    order,
    page,
    list: async (query) => toSourced(await orders.listOrders(query, readOptions(context))),
    refund: async (request) => {
      const outcome = await orders.requestRefund(request, readOptions(context))
      order.clear(request.orderId)
      page.clearAll()
      return outcome
    },
    cursors,
  }
}
