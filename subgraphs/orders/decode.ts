import { z } from 'zod'
import { Malformed } from '../../fuse/errors.ts'
import { formatLocalTime, parseLocalTime } from '../local-time.ts'
import type { Money, Order, OrderLine, OrderStatus, RefundOutcome, RefundRefusal } from './backend.ts'
import { centsToDecimal } from './money.ts'

/** Whose rows are read, and where its clocks stand. Backend settings are one. */
export type Source = { readonly name: string; readonly timeZone: string }

/** Reads one row; one that can't be read is a failure at its own place. */
export type ReadOrder = (row: unknown) => Order | Malformed

const read = <T>(schema: z.ZodType<T>, row: unknown, source: Source, what: string): T | Malformed => {
  const parsed = schema.safeParse(row)
  return parsed.success ? parsed.data : new Malformed(source.name, `${what}: ${z.prettifyError(parsed.error)}`)
}

/** A whole answer, where there is nothing to be had of a part. Throws Malformed. */
export const readWhole = <T>(schema: z.ZodType<T>, answer: unknown, source: Source, what: string): T => {
  const readable = read(schema, answer, source, what)
  if (readable instanceof Malformed) throw readable
  return readable
}

// ── The REST API's words ──

const ourWords: ReadonlyMap<string, OrderStatus> = new Map([
  ['NEW', 'PENDING'], ['PAID', 'PAID'], ['PICKED', 'PACKED'], ['SHIPPED', 'SHIPPED'],
  ['COMPLETED', 'DELIVERED'], ['CANCELED', 'CANCELLED'], ['REFUNDED', 'REFUNDED'],
])

export const decodeStatus = (word: string): OrderStatus => ourWords.get(word) ?? 'UNKNOWN'

/** Null for UNKNOWN: there is no word to ask for it with. */
export const encodeStatus = (status: OrderStatus): string | null =>
  [...ourWords].find(([, ours]) => ours === status)?.[0] ?? null

/** Text in the API's own documents; some versions of it send numbers. */
const theirCents = z.union([z.string(), z.int().transform(String)])
const quantity = z.int().min(0).max(2_147_483_647)

const theirItem = z.object({ skuCode: z.string(), skuName: z.string(), qty: quantity, priceCents: theirCents.nullable().default(null) })

const theirOrder = z.object({
  orderNo: z.string().min(1),
  customerNo: z.string().min(1),
  orderStatus: z.string(),
  createdAt: z.string(),
  amountCents: theirCents,
  currencyCode: z.string(),
  items: z.array(theirItem),
})

type TheirItem = z.infer<typeof theirItem>
type Ctx = z.RefinementCtx

const money = (cents: string, currency: string, ctx: Ctx, path: (string | number)[]): Money => {
  const amount = centsToDecimal(cents, currency)
  if (amount !== null) return { amount, currency }
  ctx.addIssue({ code: 'custom', path, message: 'not a whole number of minor units of an ISO 4217 currency' })
  return z.NEVER
}

const instant = (text: string, timeZone: string, ctx: Ctx, path: string): string => {
  const iso = parseLocalTime(text, timeZone)
  if (iso !== null) return iso
  ctx.addIssue({ code: 'custom', path: [path], message: 'not a local time' })
  return z.NEVER
}

const decodeItem = (item: TheirItem, index: number, currency: string, ctx: Ctx): OrderLine => ({
  sku: item.skuCode,
  title: item.skuName,
  quantity: item.qty,
  unitPrice: item.priceCents === null ? null : money(item.priceCents, currency, ctx, ['items', index, 'priceCents']),
})

/** Rows of the REST API → orders. */
export const restOrders = (source: Source): ReadOrder => {
  const schema = theirOrder.transform((their, ctx): Order => ({
    id: their.orderNo,
    customerId: their.customerNo,
    status: decodeStatus(their.orderStatus),
    statusText: their.orderStatus,
    placedAt: instant(their.createdAt, source.timeZone, ctx, 'createdAt'),
    total: money(their.amountCents, their.currencyCode, ctx, ['amountCents']),
    lines: their.items.map((item, index) => decodeItem(item, index, their.currencyCode, ctx)),
  }))
  return row => read(schema, row, source, 'an order')
}

const numbered = z.object({ orderNo: z.string().min(1) })

/** Whose row it is, even where the rest of it can't be read; null where that can't be told either. */
export const orderNoOf = (row: unknown): string | null => {
  const parsed = numbered.safeParse(row)
  return parsed.success ? parsed.data.orderNo : null
}

/**
 * What can be an order number. Anything else names no order, and must not be put into a path (`..`) or a list (`a,b`).
 */
export const isOrderNo = (id: string): boolean => /^[\w-]{1,64}$/.test(id)

export const restBatch = z.array(z.unknown())

/** Spring's page envelope, as much of it as matters. */
export const restPage = z.object({
  content: z.array(z.unknown()),
  totalElements: z.int().min(0),
  number: z.int().min(0),
  size: z.int().min(1),
})

/**
 * The API's `from` and `to` are local seconds and inclusive; ours are instants and exclusive. In the hour that clocks repeat,
 * the API can't be asked exactly: its rows do not say which of the two they mean.
 */
export const encodeAfter = (iso: string, timeZone: string): string =>
  formatLocalTime((Math.floor(Date.parse(iso) / 1000) + 1) * 1000, timeZone)

export const encodeBefore = (iso: string, timeZone: string): string =>
  formatLocalTime((Math.ceil(Date.parse(iso) / 1000) - 1) * 1000, timeZone)

export const restRefund = z.object({ refundNo: z.string().min(1) })

/** Spring's error body; of its words only the code is read. */
export const restRefusal = z.object({ code: z.string().optional() })

const refusals = {
  NOT_FOUND: { field: 'orderId', message: 'There is no such order.' },
  INVALID: { field: 'amount', message: 'The amount must be above zero, at most the order’s total, and no finer than its currency.' },
  CONFLICT: { field: 'orderId', message: 'The order has already been refunded or cancelled.' },
  IDEMPOTENCY_CONFLICT: { field: 'idempotencyKey', message: 'This key was used for another refund.' },
} as const

/** In our own words: a backend's go to the log, never to a client. */
export const refusedRefund = (code: RefundRefusal): RefundOutcome => ({ kind: 'refused', code, ...refusals[code] })

export const decodeRefusal = (status: number, code: string | undefined): RefundOutcome => {
  if (status === 404) return refusedRefund('NOT_FOUND')
  if (status === 422) return refusedRefund('INVALID')
  return refusedRefund(code === 'IDEMPOTENCY_CONFLICT' ? 'IDEMPOTENCY_CONFLICT' : 'CONFLICT')
}
