import type { Order, OrdersQuery, OrderStatus } from '../../subgraphs/orders/backend.ts'

/** What every system under the orders contract holds, in the port's words. */

const cycle: readonly (readonly [OrderStatus, string])[] = [
  ['PENDING', 'NEW'], ['PAID', 'PAID'], ['PACKED', 'PICKED'], ['SHIPPED', 'SHIPPED'], ['DELIVERED', 'COMPLETED'], ['CANCELLED', 'CANCELED'],
  ['REFUNDED', 'REFUNDED'], ['UNKNOWN', 'ON_HOLD'],
]

/** Currencies of two, none and three minor digits, and the same figures in each. */
const amounts: readonly (readonly [string, string, string, string])[] = [
  ['CNY', '1299.05', '0.05', '0.00'], ['JPY', '129905', '5', '0'], ['KWD', '129.905', '0.005', '0.000'], ['USD', '1299.05', '0.05', '0.00'],
]

const pick = <T>(all: readonly T[], index: number): T => {
  const one = all[index % all.length]
  if (one === undefined) throw new RangeError('nothing to pick from')
  return one
}

/** Every fifth order shares its second with the one before it; of those, the higher number counts as newer. */
const placedMs = (index: number): number => Date.UTC(2026, 10, 2, 15, 55) + (index % 5 === 4 ? index - 1 : index) * 97_000

const orderOf = (index: number): Order => {
  const [status, statusText] = pick(cycle, index)
  const [currency, amount, unit, free] = pick(amounts, Math.floor(index / 8))
  return {
    id: `SO-2026-${String(index + 1).padStart(6, '0')}`,
    customerId: index < 60 ? 'C-1' : `C-${index % 12 + 2}`,
    status, statusText,
    placedAt: new Date(placedMs(index)).toISOString(),
    total: { amount, currency },
    lines: [
      { sku: `SKU-${index}`, title: `云服务器 “S${index}” & <more>`, quantity: index % 4, unitPrice: { amount: unit, currency } },
      { sku: 'SKU-2', title: 'Cable', quantity: 1, unitPrice: { amount: free, currency } },
    ],
  }
}

/** By number, ascending: C-1 has 60 of them, C-2 to C-13 some six each. */
export const ordersOnFile: readonly Order[] = Array.from({ length: 137 }, (_, index) => orderOf(index))

/** Its row comes out broken. */
export const unreadableId = 'SO-2026-000031'

export const newestFirst: readonly Order[] =
  ordersOnFile.toSorted((a, b) => b.placedAt.localeCompare(a.placedAt) || b.id.localeCompare(a.id))

export type OrdersFilter = Omit<OrdersQuery, 'offset' | 'limit'>

export const anyOrder: OrdersFilter = { customerId: null, status: null, placedAfter: null, placedBefore: null }

/** What a list is by its definition. */
export const ordersMatching = ({ customerId, status, placedAfter, placedBefore }: OrdersFilter): readonly Order[] =>
  newestFirst.filter(order =>
    (customerId === null || order.customerId === customerId)
    && (status === null || order.status === status)
    && (placedAfter === null || Date.parse(order.placedAt) > Date.parse(placedAfter))
    && (placedBefore === null || Date.parse(order.placedAt) < Date.parse(placedBefore)))

/** The n-th order with this status and currency, from the first; of the 137 there are at least two of each. */
export const orderWith = (status: OrderStatus, currency: string, nth = 0): Order => {
  const order = ordersOnFile.filter(one => one.status === status && one.total.currency === currency && one.id !== unreadableId)[nth]
  if (order === undefined) throw new RangeError(`no order ${nth} with ${status} and ${currency}`)
  return order
}
