import { z } from 'zod'
import { Malformed } from '../../fuse/errors.ts'
import type { Order, OrderStatus, RefundOutcome } from './backend.ts'
import { type ReadOrder, refusedRefund, type Source } from './decode.ts'
import { isDecimal, minorDigits } from './money.ts'

/** JSON-RPC in our own words: rows are the port's types, written as JSON. `demo/orders-jsonrpc.ts` documents the protocol. */

const statuses = ['PENDING', 'PAID', 'PACKED', 'SHIPPED', 'DELIVERED', 'CANCELLED', 'REFUNDED', 'UNKNOWN'] as const
const isStatus = (word: string): word is OrderStatus => statuses.some(status => status === word)

const money = z.object({
  amount: z.string().refine(isDecimal, 'not a decimal number'),
  currency: z.string().refine(code => minorDigits(code) !== null, 'not an ISO 4217 currency'),
})

const line = z.object({
  sku: z.string(),
  title: z.string(),
  quantity: z.int().min(0).max(2_147_483_647),
  unitPrice: money.nullish().transform(price => price ?? null),
})

const order = z.object({
  id: z.string().min(1),
  customerId: z.string().min(1),
  status: z.string(),
  statusText: z.string().nullish(),
  placedAt: z.iso.datetime().transform(text => new Date(text).toISOString()),
  total: money,
  lines: z.array(line),
}).transform((row): Order => ({
  ...row,
  status: isStatus(row.status) ? row.status : 'UNKNOWN',
  statusText: row.statusText ?? row.status,
}))

export const rpcOrders = (source: Source): ReadOrder => row => {
  const parsed = order.safeParse(row)
  return parsed.success ? parsed.data : new Malformed(source.name, `an order: ${z.prettifyError(parsed.error)}`)
}

export const rpcPage = z.object({ rows: z.array(z.unknown()), hasMore: z.boolean(), totalCount: z.int().min(0).nullable() })

export const rpcRefund: z.ZodType<RefundOutcome> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('refunded'), refundId: z.string().min(1) }),
  z.object({ kind: z.literal('refused'), code: z.enum(['NOT_FOUND', 'INVALID', 'CONFLICT', 'IDEMPOTENCY_CONFLICT']) })
    .transform(({ code }) => refusedRefund(code)),
])
