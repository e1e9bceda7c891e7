import { status } from '@grpc/grpc-js'
import { z } from 'zod'
import { digitsOf, everything } from '../jsonrpc/orders.ts'
import { wordOf } from '../orders-rest/rows.ts'
import type { BookFilter, BookOrder, BookRefusal, OrderBook } from '../order-book.ts'
import type { GrpcMethod } from './serve.ts'
import { GrpcError } from './status.ts'

/** The methods of `subgraphs/orders/orders.proto`; of a row named in `unreadable`, the total has units and nanos of two signs. */
export const orderMethods = (book: OrderBook, unreadable: ReadonlySet<string>): Readonly<Record<string, GrpcMethod>> => {
  const row = (order: BookOrder): object => writeOrder(book, order, unreadable.has(order.id))
  const page = (filter: BookFilter, { skip, pageSize }: Window): object => {
    const all = book.list(filter)
    return { orders: all.slice(skip, skip + pageSize).map(row), totalSize: all.length }
  }
  return {
    GetOrders: method(z.object({ orderIds: keys }), ({ orderIds }) => ({
      orders: [...new Set(orderIds)].flatMap(id => book.find(id) ?? []).toSorted((a, b) => a.id < b.id ? -1 : 1).map(row),
    })),
    ListOrders: method(listRequest, request => page(filterOf(request), request)),
    ListOrdersOfCustomers: method(window.extend({ customerIds: keys }), request => ({
      customers: [...new Set(request.customerIds)].toSorted().map(customerId => ({ customerId, ...page({ ...everything, customerId }, request) })),
    })),
    CreateRefund: method(refundRequest, request => refund(book, request)),
  }
}

const method = <T>(schema: z.ZodType<T>, answer: (request: T) => object): GrpcMethod => (request) => {
  const parsed = schema.safeParse(request)
  if (!parsed.success) throw new GrpcError(status.INVALID_ARGUMENT, z.prettifyError(parsed.error))
  return answer(parsed.data)
}

const keys = z.array(z.string()).max(500)

/** 0, which is also what was left out, is the default; what is above the maximum is the maximum. */
const window = z.object({ skip: z.int().min(0), pageSize: z.int().min(0).transform(size => Math.min(size === 0 ? 50 : size, 200)) })
type Window = z.infer<typeof window>

const instantMs = z.object({ seconds: z.string(), nanos: z.int() }).transform(({ seconds, nanos }) => Number(seconds) * 1_000 + nanos / 1_000_000)

const listRequest = window.extend({
  customerId: z.string().nullish(),
  status: z.union([z.string(), z.number()]),
  placedAfter: instantMs.nullable(),
  placedBefore: instantMs.nullable(),
})

const money = z.object({ currencyCode: z.string(), units: z.string(), nanos: z.int() })

const refundRequest = z.object({ orderId: z.string(), amount: money.nullable(), reason: z.string(), idempotencyKey: z.string().min(1) })

const prefix = 'ORDER_STATUS_'

/** The statuses that came after the .proto was handed out have numbers, and no names in it. */
const newer: Readonly<Record<string, number>> = { ON_HOLD: 8 }
const older: readonly string[] = ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED']
const statusOf = (word: string): string | number => older.includes(word) ? `${prefix}${word}` : newer[word] ?? 99

const filterOf = ({ customerId, status: wanted, placedAfter, placedBefore }: z.infer<typeof listRequest>): BookFilter => ({
  customerId: customerId === '' ? null : customerId ?? null,
  hasStatus: word => wanted === `${prefix}UNSPECIFIED` || statusOf(word) === wanted,
  // Exclusive here, inclusive in the book, whose times are whole milliseconds.
  fromMs: placedAfter === null ? everything.fromMs : Math.floor(placedAfter) + 1,
  toMs: placedBefore === null ? everything.toMs : Math.ceil(placedBefore) - 1,
})

const writeOrder = (book: OrderBook, order: BookOrder, isUnreadable: boolean): object => ({
  orderId: order.id,
  customerId: order.customerId,
  status: statusOf(order.status),
  statusText: wordOf(order.status),
  placedAt: { seconds: String(Math.floor(Date.parse(order.placedAt) / 1_000)), nanos: Date.parse(order.placedAt) % 1_000 * 1_000_000 },
  total: isUnreadable ? { currencyCode: order.currency, units: '12', nanos: -500_000_000 } : moneyOf(order.totalCents, order.currency),
  lines: order.lines.map(line => ({
    sku: line.sku, title: book.titleOf(order, line), quantity: line.quantity, unitPrice: moneyOf(line.unitCents, order.currency),
  })),
})

const moneyOf = (cents: number, currency: string): object => {
  const minor = 10 ** digitsOf(currency)
  return { currencyCode: currency, units: String(Math.trunc(cents / minor)), nanos: cents % minor * (1_000_000_000 / minor) }
}

/** What is no amount of the currency stays one that the book refuses. */
const centsOf = ({ units, nanos, currencyCode }: z.infer<typeof money>, currency: string): string => {
  const minor = 10 ** digitsOf(currency)
  const fine = nanos / (1_000_000_000 / minor)
  const isOfOneSign = BigInt(units) === 0n || nanos === 0 || BigInt(units) > 0n === nanos > 0
  if (!Number.isInteger(fine) || !isOfOneSign || ![currency, ''].includes(currencyCode)) return 'no amount'
  return String(BigInt(units) * BigInt(minor) + BigInt(fine))
}

const refusals: Readonly<Record<BookRefusal, readonly [status, string]>> = {
  ORDER_NOT_FOUND: [status.NOT_FOUND, 'ORDER_NOT_FOUND'],
  INVALID_AMOUNT: [status.INVALID_ARGUMENT, 'INVALID_AMOUNT'],
  ALREADY_REFUNDED: [status.FAILED_PRECONDITION, 'ALREADY_REFUNDED'],
  ORDER_CANCELED: [status.FAILED_PRECONDITION, 'ORDER_CANCELLED'],
  IDEMPOTENCY_CONFLICT: [status.ALREADY_EXISTS, 'IDEMPOTENCY_KEY_REUSED'],
}

const refund = (book: OrderBook, { orderId, amount, reason, idempotencyKey: key }: z.infer<typeof refundRequest>): object => {
  const currency = book.find(orderId)?.currency ?? ''
  const outcome = book.refund({ orderId, cents: amount === null ? null : centsOf(amount, currency), reason, key })
  if (outcome.kind === 'refused') throw new GrpcError(refusals[outcome.code][0], `The order ${orderId} can not be refunded.`, refusals[outcome.code][1])
  return { refundId: outcome.refundNo, orderId, amount: moneyOf(outcome.cents, currency) }
}
