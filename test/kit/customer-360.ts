import type { Company, TheirOrder, TheirShipment } from '../../demo/company.ts'

/** The query of the README with more fields, an order by itself, and an article: every backend stands behind some field of it. */
export const customer360 = `query Customer360($customer: ID!, $order: ID!, $article: ID!) {
  customer(id: $customer) {
    known
    profile { name email phone tier registeredAt }
    orders(first: 5) { totalCount nodes { ...order } }
  }
  order(id: $order) { ...order }
  article(id: $article) { title revision }
}
fragment order on Order {
  id known status placedAt total { amount currency } lines { sku title quantity unitPrice { amount currency } }
  shipments { id trackingNumber carrier status statusText events { occurredAt place description } }
}`

export type Wanted = { readonly customer: string; readonly order: string; readonly article: string }

const known = <T extends string>(words: readonly T[], word: string): T | 'UNKNOWN' => words.find((one) => one === word) ?? 'UNKNOWN'

const tiers = ['STANDARD', 'SILVER', 'GOLD', 'PLATINUM'] as const
const statuses = ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED'] as const

const money = (cents: number, currency: string) => ({ amount: `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`, currency })

const expectShipment = ({ id, trackingNumber, carrier, status, statusWord, events }: TheirShipment) => ({
  id,
  trackingNumber,
  carrier,
  status,
  statusText: statusWord,
  events: events.map(({ occurredAt, place, description }) => ({ occurredAt, place, description })),
})

export const expectOrder = (company: Company, order: TheirOrder) => {
  const chinese = company.customers.find(({ id }) => id === order.customerId)?.language === 'zh'
  return {
    id: order.id,
    known: true,
    status: known(statuses, order.status),
    placedAt: order.placedAt,
    total: money(order.totalCents, order.currency),
    lines: order.lines.map(({ sku, titleZh, titleEn, quantity, unitCents }) => ({
      sku,
      title: chinese ? titleZh : titleEn,
      quantity,
      unitPrice: money(unitCents, order.currency),
    })),
    shipments: company.shipments.filter(({ orderId }) => orderId === order.id).map(expectShipment),
  }
}

/** Newest first, as the schema promises. */
export const ordersOf = (company: Company, customerId: string): readonly TheirOrder[] =>
  company.orders.filter((order) => order.customerId === customerId).toReversed()

export const find = <T extends { readonly id: string | number }>(rows: readonly T[], id: string | number): T => {
  const found = rows.find((row) => row.id === id)
  if (!found) throw new Error(`the company has no ${id}`)
  return found
}

/** What Customer360 has to answer, out of the company's own books. */
export const expectCustomer360 = (company: Company, wanted: Wanted) => {
  const { name, email, phone, tier, registeredAt } = find(company.customers, wanted.customer)
  const orders = ordersOf(company, wanted.customer)
  const { title, version } = find(company.articles, Number(wanted.article.split(':')[1]))
  return {
    customer: {
      known: true,
      profile: { name, email, phone, tier: known(tiers, tier), registeredAt },
      orders: { totalCount: orders.length, nodes: orders.slice(0, 5).map((order) => expectOrder(company, order)) },
    },
    order: expectOrder(company, find(company.orders, wanted.order)),
    article: { title, revision: String(version) },
  }
}

export type Expected = ReturnType<typeof expectCustomer360>
type ExpectedOrder = ReturnType<typeof expectOrder>

export type Backend = 'orders' | 'crm' | 'logistics' | 'confluence'

const blankOrder = { known: null, status: null, placedAt: null, total: null, lines: null }
const withoutShipments = (order: ExpectedOrder) => ({ ...order, shipments: null })

/** The same with one backend dead: its own fields are null, and all the others are there. */
export const without: Readonly<Record<Backend, (whole: Expected) => unknown>> = {
  orders: ({ customer, order, article }) => ({ customer: { ...customer, orders: null }, order: { ...order, ...blankOrder }, article }),
  crm: ({ customer, ...rest }) => ({ ...rest, customer: { ...customer, known: null, profile: null } }),
  logistics: ({ customer, order, article }) => ({
    customer: { ...customer, orders: { ...customer.orders, nodes: customer.orders.nodes.map(withoutShipments) } },
    order: withoutShipments(order),
    article,
  }),
  confluence: (whole) => ({ ...whole, article: null }),
}

/** The paths of the fields that are null then. */
export const lostPaths: Readonly<Record<Backend, (whole: Expected) => readonly string[]>> = {
  orders: () => ['customer.orders', ...Object.keys(blankOrder).map((field) => `order.${field}`)],
  crm: () => ['customer.known', 'customer.profile'],
  logistics: ({ customer }) => [...customer.orders.nodes.map((_, index) => `customer.orders.nodes.${index}.shipments`), 'order.shipments'],
  confluence: () => ['article'],
}

/** The same value with null at each of the paths, which are joined with dots. */
export const blankAt = (value: unknown, paths: readonly string[], here = ''): unknown => {
  if (paths.includes(here)) return null
  if (typeof value !== 'object' || value === null) return value
  const below = (key: string | number, inner: unknown) => blankAt(inner, paths, here === '' ? String(key) : `${here}.${key}`)
  if (Array.isArray(value)) return value.map((inner: unknown, index) => below(index, inner))
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, below(key, inner)]))
}
