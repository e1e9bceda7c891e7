import type { CallOptions, Page, Window } from '../fuse/call.ts'
import type { BackendSettings } from '../fuse/settings.ts'
import type { Order, OrdersBackend, OrdersQuery } from '../subgraphs/orders/backend.ts'
import { adapters } from '../subgraphs/orders/subgraph.ts'
import { chooseAdapter } from '../fuse/adapters.ts'
import { isThere, many, patiently, quote } from './asking.ts'
import { listPromises } from './listing.ts'
import { lookupPromises } from './looking-up.ts'
import { definePort, maxSamples } from './port.ts'
import type { Hints } from './port.ts'
import { broken, kept, keptUnless, steadily, untested } from './promise.ts'
import type { PortPromise, Subject } from './promise.ts'
import { refundPromises } from './refunds.ts'
import { rowPromises } from './rows.ts'
import { troublePromises } from './trouble.ts'

export type OrderSamples = {
  readonly orders: readonly Order[]
  /** Most orders first. */
  readonly customerIds: readonly string[]
  /** The order that may be refunded. */
  readonly refundable: string | null
  /** One for this run, so that checks that repeat a refund never make a second one. */
  readonly key: string
}

type OrdersSubject = Subject<OrdersBackend, OrderSamples>
type OrdersPromise = PortPromise<OrdersBackend, OrderSamples>

const any = { customerId: null, status: null, placedAfter: null, placedBefore: null } satisfies Omit<OrdersQuery, keyof Window>
const firstRows = { offset: 0, limit: 60 }
const few = { offset: 0, limit: 5 }

const discover = async (backend: OrdersBackend, { samples, write }: Hints, opt: () => CallOptions): Promise<OrderSamples> => {
  const rows = samples.length > 0 ? await backend.findOrders(samples.slice(0, maxSamples), opt()) : (await backend.listOrders({ ...any, ...firstRows }, opt())).rows
  const orders = rows.filter(isThere)
  const byCustomer = Map.groupBy(orders, ({ customerId }) => customerId)
  const customerIds = [...byCustomer].toSorted(([, one], [, other]) => other.length - one.length).map(([id]) => id)
  return { orders, customerIds, refundable: write?.order ?? null, key: `conform-${crypto.randomUUID()}` }
}

/** Ids of the newest orders of a configured backend, for what hangs on orders; so many that some have been on their way for a while. */
export const newestOrderIds = async (settings: BackendSettings, callMs: number): Promise<readonly string[]> => {
  await using backend = chooseAdapter(adapters, settings.protocol, () => {})(settings)
  const { rows } = await backend.listOrders({ ...any, offset: 0, limit: 300 }, patiently({ callMs }))
  return rows.filter(isThere).map(({ id }) => id)
}

const list = ({ backend, callMs }: OrdersSubject, query: Partial<OrdersQuery>): Promise<Page<Order>> =>
  backend.listOrders({ ...any, ...firstRows, ...query }, patiently({ callMs }))

const newestFirst: OrdersPromise = {
  area: 'order',
  title: 'listOrders is newest first',
  check: (subject) => steadily(async () => {
    const times = (await list(subject, {})).rows.filter(isThere).map(({ placedAt }) => Date.parse(placedAt))
    if (times.length < 2) return untested('needs two rows')
    return times.some((time, at) => time > (times[at - 1] ?? Infinity)) ? broken('an order comes after an older one') : kept(many(times.length, 'row'))
  }),
}

const ofEachCustomer: OrdersPromise = {
  area: 'batching',
  title: 'listOrdersOfCustomers gives what listOrders gives for each of them',
  check: (subject) => steadily(async () => {
    const customerIds = subject.samples.customerIds.slice(0, 8)
    if (customerIds.length === 0) return untested('needs a row, found none')
    const pages = await subject.backend.listOrdersOfCustomers({ customerIds, ...few }, patiently(subject))
    const alone = await Promise.all(customerIds.map((customerId) => list(subject, { customerId, ...few })))
    const ids = (page: unknown) => (isPage(page) ? page.rows.map((row) => (isThere(row) ? row.id : null)).join() : 'no page')
    const given = new Set(pages.map(ids))
    const wrong = customerIds.find((_, at) => !given.has(ids(alone[at])))
    return wrong === undefined ? kept(many(customerIds.length, 'customer')) : broken(`the orders of ${quote(wrong)} are others`)
  }),
}

const isPage = (page: unknown): page is Page<Order> => typeof page === 'object' && page !== null && 'rows' in page

const idsOfRows = ({ rows }: Page<Order>) => rows.filter(isThere).map(({ id }) => id)

/** The same instant, as somebody in Shanghai writes it. */
const inShanghai = (ms: number) => new Date(ms + 8 * 3_600_000).toISOString().replace('Z', '+08:00')

const boundsAreExclusive: OrdersPromise = {
  area: 'times and zones',
  title: 'placedAfter and placedBefore leave out the very instant, whatever zone it is written in',
  check: (subject) => steadily(async () => {
    const all = (await list(subject, {})).rows.filter(isThere)
    const instants = [...new Set(all.map(({ placedAt }) => placedAt))]
    if (instants.length < 2) return untested('needs two rows of two times')
    const looked = [1, 2, 3].flatMap((quarter) => instants[Math.floor((instants.length * quarter) / 4)] ?? [])
    const complaints: (string | null)[] = []
    for (const instant of new Set(looked)) complaints.push(...(await complaintsAbout(subject, all, Date.parse(instant))))
    return keptUnless(complaints, `around ${new Set(looked).size} of their instants`)
  }),
}

const complaintsAbout = async (subject: OrdersSubject, all: readonly Order[], ms: number): Promise<readonly (string | null)[]> => {
  const iso = new Date(ms).toISOString()
  const expected = (isIn: (placedMs: number) => boolean) => all.filter(({ placedAt }) => isIn(Date.parse(placedAt))).map(({ id }) => id)
  const compare = async (words: string, query: Partial<OrdersQuery>, isIn: (placedMs: number) => boolean): Promise<string | null> => {
    const wanted = expected(isIn)
    const given = idsOfRows(await list(subject, query))
    // Older orders than those that are known may follow.
    const isRight = query.placedBefore === undefined ? given.length === wanted.length : given.length >= wanted.length
    const missing = new Set(wanted).difference(new Set(given.slice(0, Math.max(wanted.length, 1))))
    return isRight && missing.size === 0 ? null : `${words} ${iso} gives ${given.length} orders, ${missing.size} of ${wanted.length} expected ones missing`
  }
  return [
    await compare('placedAfter', { placedAfter: iso }, (placed) => placed > ms),
    await compare('placedAfter, in another zone\'s writing,', { placedAfter: inShanghai(ms) }, (placed) => placed > ms),
    await compare('placedAfter a millisecond before', { placedAfter: new Date(ms - 1).toISOString() }, (placed) => placed >= ms),
    await compare('placedBefore', { placedBefore: iso }, (placed) => placed < ms),
    await compare('placedBefore a millisecond past', { placedBefore: new Date(ms + 1).toISOString() }, (placed) => placed <= ms),
  ]
}

const pageCustomers = ({ rows }: Page<Order>): string | undefined => [...new Set(rows.filter(isThere).map(({ customerId }) => customerId))].join() || undefined

export const orders = definePort<OrdersBackend, OrderSamples>({
  name: 'orders',
  adapters,
  withoutWrites: (backend) => ({
    findOrders: (ids, opt) => backend.findOrders(ids, opt),
    listOrders: (query, opt) => backend.listOrders(query, opt),
    listOrdersOfCustomers: (query, opt) => backend.listOrdersOfCustomers(query, opt),
    requestRefund: () => Promise.reject(new Error('refunds were not allowed')),
    [Symbol.asyncDispose]: () => backend[Symbol.asyncDispose](),
  }),
  discover,
  idsOf: (samples) => samples.orders.map(({ id }) => id),
  promises: [
    ...lookupPromises<OrdersBackend, OrderSamples, Order>({
      method: 'findOrders',
      keys: (samples) => samples.orders.map(({ id }) => id),
      find: (backend, ids, opt) => backend.findOrders(ids, opt),
      keyOf: ({ id }) => id,
    }),
    ...lookupPromises<OrdersBackend, OrderSamples, Page<Order>>({
      method: 'listOrdersOfCustomers',
      keys: ({ customerIds }) => customerIds.slice(0, 10),
      find: (backend, customerIds, opt) => backend.listOrdersOfCustomers({ customerIds, ...few }, opt),
      keyOf: pageCustomers,
      isEmpty: ({ rows }) => rows.length === 0,
    }),
    ofEachCustomer,
    newestFirst,
    ...listPromises<OrdersBackend, OrderSamples, Order>({
      what: 'all orders', list: () => (backend, window, opt) => backend.listOrders({ ...any, ...window }, opt),
    }),
    ...listPromises<OrdersBackend, OrderSamples, Order>({
      what: 'a customer\'s orders',
      list: ({ customerIds: [customerId] }) =>
        (customerId === undefined ? null : (backend, window, opt) => backend.listOrders({ ...any, customerId, ...window }, opt)),
    }),
    boundsAreExclusive,
    ...rowPromises<OrdersBackend, OrderSamples, Order>({
      noun: 'an order', rows: (samples) => samples.orders, idOf: ({ id }) => id, times: ({ placedAt }) => [{ field: 'placedAt', at: placedAt }],
    }),
    ...troublePromises<OrdersBackend, OrderSamples>(({ orders: [first], customerIds }) => (first === undefined ? [] : [
      { method: 'findOrders', ask: (backend, opt) => backend.findOrders([first.id], opt) },
      { method: 'listOrders', ask: (backend, opt) => backend.listOrders({ ...any, ...few }, opt) },
      {
        method: 'listOrdersOfCustomers',
        ask: (backend, opt) => backend.listOrdersOfCustomers({ customerIds: customerIds.slice(0, 2), ...few }, opt),
      },
    ])),
    ...refundPromises,
  ],
})

