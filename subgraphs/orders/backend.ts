import type { CallOptions, Page, Row, Window } from '../../fuse/call.ts'

/** The order system, in business words. Amounts are decimal text such as `1299.00`; times are ISO 8601 in UTC. */
export type OrdersBackend = {
  /** One row per id, in the order of `ids`. */
  findOrders(ids: readonly string[], opt: CallOptions): Promise<readonly Row<Order>[]>
  /** Newest first. */
  listOrders(query: OrdersQuery, opt: CallOptions): Promise<Page<Order>>
  /** The same window of each customer's orders, newest first; one page per id, in the order of `customerIds`. */
  listOrdersOfCustomers(query: OrdersOfCustomers, opt: CallOptions): Promise<readonly Row<Page<Order>>[]>
  /** The same `idempotencyKey` never refunds twice and gets the first outcome again. */
  requestRefund(request: RefundRequest, opt: CallOptions): Promise<RefundOutcome>
}

export type OrderStatus =
  | 'PENDING' | 'PAID' | 'PACKED' | 'SHIPPED' | 'DELIVERED' | 'CANCELLED' | 'REFUNDED' | 'UNKNOWN'

export type Money = { readonly amount: string; readonly currency: string }

export type Order = {
  readonly id: string
  readonly customerId: string
  readonly status: OrderStatus
  /** The order system's own word. */
  readonly statusText: string
  readonly placedAt: string
  readonly total: Money
  readonly lines: readonly OrderLine[]
}

export type OrderLine = {
  readonly sku: string
  readonly title: string
  readonly quantity: number
  readonly unitPrice: Money | null
}

export type OrdersQuery = Window & {
  readonly customerId: string | null
  readonly status: OrderStatus | null
  /** ISO 8601, exclusive. */
  readonly placedAfter: string | null
  /** ISO 8601, exclusive. */
  readonly placedBefore: string | null
}

export type OrdersOfCustomers = Window & { readonly customerIds: readonly string[] }

export type RefundRequest = {
  readonly orderId: string
  /** Decimal text; null refunds the order's total. */
  readonly amount: string | null
  readonly reason: string
  readonly idempotencyKey: string
}

export type RefundOutcome =
  | { readonly kind: 'refunded'; readonly refundId: string }
  | { readonly kind: 'refused'; readonly code: RefundRefusal; readonly message: string; readonly field: 'orderId' | 'amount' | 'idempotencyKey' }

/** IDEMPOTENCY_CONFLICT: the same key with another order, amount or reason. CONFLICT: already refunded or cancelled. */
export type RefundRefusal = 'NOT_FOUND' | 'INVALID' | 'CONFLICT' | 'IDEMPOTENCY_CONFLICT'
