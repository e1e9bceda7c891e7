import { z } from 'zod'
import { Malformed } from '../../fuse/errors.ts'
import type { GrpcRefused } from '../../fuse/wires/grpc.ts'
import type { Money, Order, OrderStatus, RefundOutcome, RefundRefusal } from './backend.ts'
import { type ReadOrder, refusedRefund, type Source } from './decode.ts'
import { isDecimal, minorDigits } from './money.ts'

/** The messages of `orders.proto`, as plain objects, in our words. Amounts go through text and whole numbers only. */

const prefix = 'ORDER_STATUS_'
const statuses = ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED'] as const

/** UNKNOWN for UNSPECIFIED, and for a number that our .proto has no name for. */
export const statusOf = (theirs: string | number): OrderStatus =>
  statuses.find(status => theirs === `${prefix}${status}`) ?? 'UNKNOWN'

/** The enum's name; null for UNKNOWN, which there is no number to ask for with. */
export const encodeStatus = (status: OrderStatus): string | null => status === 'UNKNOWN' ? null : `${prefix}${status}`

const wordOf = (theirs: string | number): string => typeof theirs === 'string' ? theirs.replace(prefix, '') : String(theirs)

const timestamp = z.object({ seconds: z.string().regex(/^-?\d{1,15}$/), nanos: z.int().min(0).max(999_999_999) }).transform(({ seconds, nanos }, ctx) => {
  const ms = Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000)
  // Of the years 1 to 9999, as google.protobuf.Timestamp has it; others would not be ISO 8601 as we write it, either.
  if (ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999) return new Date(ms).toISOString()
  ctx.addIssue({ code: 'custom', message: 'not a time of the years 1 to 9999' })
  return z.NEVER
})

/** ISO 8601 → google.protobuf.Timestamp. */
export const encodeInstant = (iso: string): object => {
  const ms = Date.parse(iso)
  const seconds = Math.floor(ms / 1_000)
  return { seconds: String(seconds), nanos: (ms - seconds * 1_000) * 1_000_000 }
}

const theirMoney = z.object({
  currencyCode: z.string(),
  units: z.string().regex(/^-?\d{1,19}$/),
  nanos: z.int().min(-999_999_999).max(999_999_999),
})

const money = theirMoney.transform(({ currencyCode, units, nanos }, ctx): Money => {
  const digits = minorDigits(currencyCode)
  const isOfOneSign = nanos === 0 || /^-?0+$/.test(units) || units.startsWith('-') === nanos < 0
  if (digits !== null && isOfOneSign) return { amount: decimalOf(units, nanos, digits), currency: currencyCode }
  ctx.addIssue({ code: 'custom', message: digits === null ? 'not an ISO 4217 currency' : 'units and nanos of two signs' })
  return z.NEVER
})

/** As many digits as the currency has, and more only where the amount is finer. */
const decimalOf = (units: string, nanos: number, digits: number): string => {
  const figures = String(Math.abs(nanos)).padStart(9, '0')
  const fraction = figures.slice(0, digits) + figures.slice(digits).replace(/0+$/, '')
  const minus = units.startsWith('-') && !/^-0+$/.test(units) || nanos < 0 ? '-' : ''
  return `${minus}${units.replace('-', '')}${fraction === '' ? '' : `.${fraction}`}`
}

/**
 * Decimal text → Money of the order's own currency; null where it is no decimal number, finer than a billionth or larger than 64 bits hold,
 * and so no amount of any currency.
 */
export const encodeAmount = (decimal: string): object | null => {
  const [whole = '', fraction = ''] = decimal.replace('-', '').split('.')
  const nanos = fraction.replace(/0+$/, '')
  if (!isDecimal(decimal) || nanos.length > 9 || BigInt(whole) > 2n ** 63n - 1n) return null
  const sign = decimal.startsWith('-') ? '-' : ''
  return { currencyCode: '', units: `${sign}${BigInt(whole)}`, nanos: Number(`${sign}${nanos.padEnd(9, '0')}`) }
}

const line = z.object({
  sku: z.string(),
  title: z.string(),
  quantity: z.int().min(0),
  unitPrice: money.nullable(),
})

const order = z.object({
  orderId: z.string().min(1),
  customerId: z.string().min(1),
  status: z.union([z.string(), z.int()]),
  statusText: z.string(),
  placedAt: timestamp,
  total: money,
  lines: z.array(line),
}).transform(({ orderId, status, statusText, ...rest }): Order => ({
  ...rest, id: orderId, status: statusOf(status), statusText: statusText === '' ? wordOf(status) : statusText,
}))

/** Order messages → orders. */
export const grpcOrders = (source: Source): ReadOrder => row => {
  const parsed = order.safeParse(row)
  return parsed.success ? parsed.data : new Malformed(source.name, `an order: ${z.prettifyError(parsed.error)}`)
}

const keyed = (field: string) => (row: unknown): string | null =>
  z.object({ [field]: z.string().min(1) }).safeParse(row).data?.[field] ?? null

/** Whose row it is, even where the rest of it can't be read; null where that can't be told either. */
export const orderIdOf = keyed('orderId')
export const customerIdOf = keyed('customerId')

export const grpcBatch = z.object({ orders: z.array(z.unknown()) })
export const grpcList = grpcBatch.extend({ totalSize: z.int().min(0) })
export const grpcLists = z.object({ customers: z.array(z.unknown()) })
export const grpcRefund = z.object({ refundId: z.string().min(1) })

const reasons: ReadonlyMap<string, RefundRefusal> = new Map([
  ['ORDER_NOT_FOUND', 'NOT_FOUND'], ['INVALID_AMOUNT', 'INVALID'], ['ALREADY_REFUNDED', 'CONFLICT'], ['ORDER_CANCELLED', 'CONFLICT'],
  ['IDEMPOTENCY_KEY_REUSED', 'IDEMPOTENCY_CONFLICT'],
])

const codes: ReadonlyMap<string, RefundRefusal> = new Map([
  ['NOT_FOUND', 'NOT_FOUND'], ['INVALID_ARGUMENT', 'INVALID'], ['FAILED_PRECONDITION', 'CONFLICT'], ['ALREADY_EXISTS', 'IDEMPOTENCY_CONFLICT'],
])

/** By the reason where there is one, by the status code where there is none; null where neither is an outcome of a refund. */
export const decodeRefusal = ({ status, errorInfo }: GrpcRefused): RefundOutcome | null => {
  const code = errorInfo === null ? codes.get(status) : reasons.get(errorInfo.reason)
  return code === undefined ? null : refusedRefund(code)
}
