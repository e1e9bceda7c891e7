import type { LegacyAnswer, LegacyRequest } from '../legacy.ts'
import type { BookRefusal, OrderBook } from '../order-book.ts'
import { z } from 'zod'
import { json, springError } from './answers.ts'

const statuses: Readonly<Record<BookRefusal, number>> = {
  ORDER_NOT_FOUND: 404, ALREADY_REFUNDED: 409, ORDER_CANCELED: 409, IDEMPOTENCY_CONFLICT: 409, INVALID_AMOUNT: 422,
}

const refundBody = z.object({ amountCents: z.string().nullable().default(null), reason: z.string() })

export const refundOrder = ({ url, headers, body }: LegacyRequest, orderNo: string, book: OrderBook): LegacyAnswer => {
  const key = headers['idempotency-key']
  if (typeof key !== 'string' || key === '') return springError(url, 400, 'Required request header \'Idempotency-Key\' is not present')
  const parsed = refundBody.safeParse(readJson(body))
  if (!parsed.success) return springError(url, 400, 'JSON parse error: Cannot deserialize value of type `RefundRequest`')
  const outcome = book.refund({ orderId: orderNo, cents: parsed.data.amountCents, reason: parsed.data.reason, key })
  if (outcome.kind === 'refunded') {
    return json(outcome.again ? 200 : 201, { refundNo: outcome.refundNo, orderNo, amountCents: String(outcome.cents) })
  }
  const message = `com.example.shop.refund.RefundRejectedException: ${outcome.code} for ${orderNo} at RefundService.java:77`
  return springError(url, statuses[outcome.code], message, outcome.code)
}

const readJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return null
  }
}
