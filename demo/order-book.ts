import type { Company, TheirOrder } from './company.ts'
import { openLedger } from './idempotency.ts'

/**
 * The order system's memory: what both of its wires show and what a refund changes. Wider than the company's own orders, so that
 * a test can put in any currency and any status word.
 */
export type BookOrder = Omit<TheirOrder, 'status' | 'currency'> & { readonly status: string; readonly currency: string }

/** Bounds are Unix milliseconds and inclusive; null asks for everything. */
export type BookFilter = {
  readonly customerId: string | null
  readonly hasStatus: (status: string) => boolean
  readonly fromMs: number
  readonly toMs: number
}

/** `cents`: null refunds the total; text that is no whole number is an invalid amount. */
export type BookRefund = { readonly orderId: string; readonly cents: string | null; readonly reason: string; readonly key: string }

export type BookOutcome =
  | { readonly kind: 'refunded'; readonly refundNo: string; readonly cents: number; readonly again: boolean }
  | { readonly kind: 'refused'; readonly code: BookRefusal }

export type BookRefusal = 'ORDER_NOT_FOUND' | 'ALREADY_REFUNDED' | 'ORDER_CANCELED' | 'INVALID_AMOUNT' | 'IDEMPOTENCY_CONFLICT'

export type OrderBook = {
  find(id: string): BookOrder | null
  /** Newest first; of the same second, the higher number first. */
  list(filter: BookFilter): readonly BookOrder[]
  /** The same key with the same request gets the first outcome again, a refusal too. */
  refund(request: BookRefund): BookOutcome
  /** In the customer's language. */
  titleOf(order: BookOrder, line: BookOrder['lines'][number]): string
}

/** What a book is made of; a `Company` is one. */
export type BookSource = Pick<Company, 'customers'> & { readonly orders: readonly BookOrder[] }

const books = new WeakMap<BookSource, OrderBook>()

/** One book per company, so that a refund over one wire shows over the other. */
export const orderBookOf = (company: BookSource): OrderBook => {
  const known = books.get(company)
  if (known !== undefined) return known
  const book = openBook(company)
  books.set(company, book)
  return book
}

const openBook = (company: BookSource): OrderBook => {
  const shelf = stack(company.orders)
  const chinese = new Set(company.customers.filter(customer => customer.language === 'zh').map(customer => customer.id))
  return {
    find: id => shelf.find(id),
    list: filter => shelf.entriesOf(filter.customerId).filter(entry => matches(entry, filter)).map(entry => entry.order),
    refund: refunds(shelf),
    titleOf: (order, line) => chinese.has(order.customerId) ? line.titleZh : line.titleEn,
  }
}

type Entry = { order: BookOrder; readonly placedMs: number }

type Shelf = {
  find(id: string): BookOrder | null
  /** Newest first. */
  entriesOf(customerId: string | null): readonly Entry[]
  markRefunded(id: string): void
}

const stack = (orders: readonly BookOrder[]): Shelf => {
  const all: readonly Entry[] = orders.map(order => ({ order, placedMs: Date.parse(order.placedAt) })).toSorted(newestFirst)
  const byId = new Map(all.map(entry => [entry.order.id, entry]))
  const byCustomer = Map.groupBy(all, entry => entry.order.customerId)
  return {
    find: id => byId.get(id)?.order ?? null,
    entriesOf: customerId => customerId === null ? all : byCustomer.get(customerId) ?? [],
    markRefunded(id) {
      const entry = byId.get(id)
      if (entry !== undefined) entry.order = { ...entry.order, status: 'REFUNDED' }
    },
  }
}

const newestFirst = (a: Entry, b: Entry): number => b.placedMs - a.placedMs || (a.order.id < b.order.id ? 1 : -1)

const matches = ({ order, placedMs }: Entry, { hasStatus, fromMs, toMs }: BookFilter): boolean =>
  hasStatus(order.status) && placedMs >= fromMs && placedMs <= toMs

const refunds = (shelf: Shelf): OrderBook['refund'] => {
  const ledger = openLedger<BookOutcome>()
  let count = 0
  const write = ({ orderId, cents }: BookRefund): BookOutcome => {
    const order = shelf.find(orderId)
    if (order === null) return refused('ORDER_NOT_FOUND')
    const amount = cents === null ? order.totalCents : Number(/^-?\d{1,15}$/.test(cents) ? cents : Number.NaN)
    const refusal = refusalOf(order, amount)
    if (refusal !== null) return refused(refusal)
    shelf.markRefunded(orderId)
    count += 1
    return { kind: 'refunded', refundNo: `RF-2026-${String(count).padStart(6, '0')}`, cents: amount, again: false }
  }
  return (request) => {
    const fingerprint = JSON.stringify([request.orderId, request.cents, request.reason])
    const entry = ledger.once(request.key, fingerprint, () => write(request))
    if (entry.kind === 'conflict') return refused('IDEMPOTENCY_CONFLICT')
    return entry.outcome.kind === 'refunded' ? { ...entry.outcome, again: entry.kind === 'again' } : entry.outcome
  }
}

const refused = (code: BookRefusal): BookOutcome => ({ kind: 'refused', code })

const refusalOf = (order: BookOrder, amount: number): BookRefusal | null => {
  if (order.status === 'REFUNDED') return 'ALREADY_REFUNDED'
  if (order.status === 'CANCELLED') return 'ORDER_CANCELED'
  return amount > 0 && amount <= order.totalCents ? null : 'INVALID_AMOUNT'
}
