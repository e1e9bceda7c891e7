import { dayMs, hourMs, isoTime, presentMs } from './calendar.ts'
import { openChance, type Chance } from './chance.ts'
import { goods, type Good } from './goods.ts'
import type { Currency, TheirCustomer, TheirOrder, TheirOrderLine, TheirOrderStatus } from './types.ts'

const count = 2_000
const firstCustomer = 'C-1001'
const oldestDays = 322

/** An order before it has its number: numbers go by the time at which orders were placed. */
type Placed = { readonly customer: TheirCustomer; readonly placedMs: number; readonly status: TheirOrderStatus }

/** C-1001's orders, newest last: one in each state that an agent is asked about. */
const firstCustomersOrders: readonly (readonly [ageDays: number, status: TheirOrderStatus])[] = [
  [301.2, 'DELIVERED'], [148.4, 'DELIVERED'], [83.6, 'CANCELLED'], [47.3, 'REFUNDED'],
  [21.1, 'DELIVERED'], [5.3, 'SHIPPED'], [2.9, 'SHIPPED'], [1.2, 'PAID'], [0.1, 'PENDING'],
]

/** The 2,000 orders, all of 2026, oldest first. */
export const takeOrders = (customers: readonly TheirCustomer[]): readonly TheirOrder[] => {
  const chance = openChance(2_026)
  return placeAll(customers, chance)
    .toSorted((a, b) => a.placedMs - b.placedMs)
    .map((placed, index) => writeOrder(placed, index + 1, chance))
}

const placeAll = (customers: readonly TheirCustomer[], chance: Chance): readonly Placed[] => {
  const [first, ...others] = customers
  if (first?.id !== firstCustomer) throw new Error(`the first customer is ${firstCustomer}`)
  const fixed = firstCustomersOrders.map(([ageDays, status]): Placed => (
    { customer: first, placedMs: roundToSecond(presentMs - ageDays * dayMs), status }
  ))
  const drawn = Array.from({ length: count - fixed.length }, () => place(drawCustomer(others, chance), chance))
  return [...fixed, ...drawn]
}

/** Some customers buy far more often than others, and a few have never bought. */
const drawCustomer = (customers: readonly TheirCustomer[], chance: Chance): TheirCustomer => {
  const customer = customers[Math.floor(chance.fraction() ** 1.6 * customers.length)]
  if (!customer) throw new Error('there are no customers')
  return customer
}

const place = (customer: TheirCustomer, chance: Chance): Placed => {
  // Squared: a shop that grows has more orders of late.
  const ageMs = 0.05 * dayMs + chance.fraction() ** 2 * oldestDays * dayMs
  return { customer, placedMs: roundToSecond(presentMs - ageMs), status: drawStatus(ageMs, chance) }
}

const drawStatus = (ageMs: number, chance: Chance): TheirOrderStatus => {
  const roll = chance.fraction()
  if (roll < 0.004) return 'ON_HOLD'
  if (roll < 0.06) return 'CANCELLED'
  if (ageMs < 8 * hourMs) return roll < 0.4 ? 'PENDING' : 'PAID'
  if (ageMs < 1.5 * dayMs) return roll < 0.2 ? 'PENDING' : roll < 0.6 ? 'PAID' : 'PACKED'
  if (ageMs < 7 * dayMs) return roll < 0.12 ? 'PACKED' : roll < 0.85 ? 'SHIPPED' : 'DELIVERED'
  if (ageMs < 14 * dayMs) return roll < 0.2 ? 'SHIPPED' : 'DELIVERED'
  return roll < 0.12 ? 'REFUNDED' : 'DELIVERED'
}

const writeOrder = ({ customer, placedMs, status }: Placed, number: number, chance: Chance): TheirOrder => {
  const currency = currencyOf(customer, chance)
  const lines = drawLines(customer, currency, chance)
  return {
    id: `SO-2026-${String(number).padStart(6, '0')}`,
    customerId: customer.id,
    status,
    placedAt: isoTime(placedMs),
    currency,
    totalCents: lines.reduce((sum, line) => sum + line.quantity * line.unitCents, 0),
    lines,
  }
}

const currencyOf = ({ language }: TheirCustomer, chance: Chance): Currency =>
  language === 'zh' ? 'CNY' : chance.pick(['USD', 'USD', 'EUR'])

/** One to four different goods; C-1001 always takes two, as one of those orders is shipped in two parcels. */
const drawLines = ({ id }: TheirCustomer, currency: Currency, chance: Chance): readonly TheirOrderLine[] => {
  const wanted = id === firstCustomer ? 2 : chance.pick([1, 1, 1, 2, 2, 3, 4])
  const chosen = new Set<Good>()
  while (chosen.size < wanted) chosen.add(chance.pick(goods))
  return [...chosen].map(({ sku, titleZh, titleEn, cents }) => (
    { sku, titleZh, titleEn, quantity: chance.pick([1, 1, 1, 1, 2, 2, 3, 5]), unitCents: cents[currency] }
  ))
}

const roundToSecond = (ms: number) => Math.round(ms / 1000) * 1000
