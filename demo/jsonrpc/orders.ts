import { z } from 'zod'
import type { BookFilter, BookOrder, BookRefusal, OrderBook } from '../order-book.ts'
import { wordOf } from '../orders-rest/rows.ts'
import { type Method, method } from './dispatch.ts'
import { nullableText, pageOf, texts, window } from './params.ts'

/** Amounts and rows as the protocol wants them; a row named in `unreadable` has the letter O for a zero. */
export const orderMethods = (book: OrderBook, unreadable: ReadonlySet<string>): readonly (readonly [string, Method])[] => {
  const row = (order: BookOrder): object => writeOrder(book, order, unreadable)
  const page = (filter: BookFilter, range: z.infer<typeof window>): object => pageOf(book.list(filter), range, row)
  return [
    ['orders.find', method(z.object({ ids: texts }), ({ ids }) => ids.map(id => rowOrNull(book.find(id), row)))],
    ['orders.list', method(listParams, params => page(filterOf(params), params))],
    ['orders.listOfCustomers', method(window.extend({ customerIds: texts }), params =>
      params.customerIds.map(customerId => page({ ...everything, customerId }, params)))],
    ['orders.refund', method(refundParams, params => refund(book, params))],
  ]
}

const listParams = window.extend({
  customerId: nullableText,
  status: nullableText,
  placedAfter: z.iso.datetime({ offset: true }).nullable(),
  placedBefore: z.iso.datetime({ offset: true }).nullable(),
})

const refundParams = z.object({ orderId: z.string(), amount: nullableText, reason: z.string(), idempotencyKey: z.string().min(1) })

const rowOrNull = (order: BookOrder | null, row: (order: BookOrder) => object): object | null => order === null ? null : row(order)

const statuses: readonly string[] = ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED']
const statusOf = (status: string): string => statuses.includes(status) ? status : 'UNKNOWN'

const writeOrder = (book: OrderBook, order: BookOrder, unreadable: ReadonlySet<string>): object => {
  const money = (cents: number): object => ({ amount: decimalOf(cents, order.currency), currency: order.currency })
  return {
    id: order.id,
    customerId: order.customerId,
    status: statusOf(order.status),
    statusText: wordOf(order.status),
    placedAt: order.placedAt,
    total: unreadable.has(order.id) ? { amount: '12,5O', currency: order.currency } : money(order.totalCents),
    lines: order.lines.map(line => ({
      sku: line.sku, title: book.titleOf(order, line), quantity: line.quantity, unitPrice: money(line.unitCents),
    })),
  }
}

export const everything: BookFilter = {
  customerId: null, hasStatus: () => true, fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY,
}

/** The protocol's bounds are exclusive, the book's are not. */
const filterOf = ({ customerId, status, placedAfter, placedBefore }: z.infer<typeof listParams>): BookFilter => ({
  customerId,
  hasStatus: theirs => status === null || statusOf(theirs) === status,
  fromMs: placedAfter === null ? everything.fromMs : Date.parse(placedAfter) + 1,
  toMs: placedBefore === null ? everything.toMs : Date.parse(placedBefore) - 1,
})

export const digitsOf = (currency: string): number => ({ JPY: 0, KRW: 0, KWD: 3 })[currency] ?? 2

const decimalOf = (cents: number, currency: string): string => {
  const digits = digitsOf(currency)
  const figures = String(cents).padStart(digits + 1, '0')
  return digits === 0 ? figures : `${figures.slice(0, -digits)}.${figures.slice(-digits)}`
}

/** What is no amount of the currency stays as it is, for the book to refuse. */
const centsOf = (amount: string, digits: number): string => {
  const [, whole = '', fraction = ''] = /^(-?\d+)(?:\.(\d+))?$/.exec(amount) ?? []
  const fine = fraction.replace(/0+$/, '')
  return whole === '' || fine.length > digits ? 'no amount' : String(Number(`${whole}${fine.padEnd(digits, '0')}`))
}

const refusals: Readonly<Record<BookRefusal, string>> = {
  ORDER_NOT_FOUND: 'NOT_FOUND', ALREADY_REFUNDED: 'CONFLICT', ORDER_CANCELED: 'CONFLICT',
  INVALID_AMOUNT: 'INVALID', IDEMPOTENCY_CONFLICT: 'IDEMPOTENCY_CONFLICT',
}

const refund = (book: OrderBook, { orderId, amount, reason, idempotencyKey: key }: z.infer<typeof refundParams>): object => {
  const cents = amount === null ? null : centsOf(amount, digitsOf(book.find(orderId)?.currency ?? ''))
  const outcome = book.refund({ orderId, cents, reason, key })
  return outcome.kind === 'refunded'
    ? { kind: 'refunded', refundId: outcome.refundNo }
    : { kind: 'refused', code: refusals[outcome.code] }
}
