import type { BookOrder, OrderBook } from '../order-book.ts'

/** Their words for the neutral ones; ON_HOLD came later, and nobody told their readers. */
const words: Readonly<Record<string, string>> = {
  PENDING: 'NEW', PAID: 'PAID', PACKED: 'PICKED', SHIPPED: 'SHIPPED', DELIVERED: 'COMPLETED', CANCELLED: 'CANCELED', REFUNDED: 'REFUNDED',
}

export const wordOf = (status: string): string => words[status] ?? status

/** Asia/Shanghai has kept to UTC+8 since 1991. */
const offsetMs = 8 * 3_600_000

/** ISO 8601 in UTC → `2026-11-03 14:05:09` on the clock in Shanghai. */
const localTime = (iso: string): string => new Date(Date.parse(iso) + offsetMs).toISOString().slice(0, 19).replace('T', ' ')

/** The other way round, in Unix milliseconds; null where the text is no local time. */
export const localTimeMs = (text: string): number | null => {
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text)) return null
  const ms = Date.parse(`${text.replace(' ', 'T')}+08:00`)
  return Number.isNaN(ms) ? null : ms
}

export type Rows = { row(order: BookOrder): object }

/** Orders as the API's JSON; a row named in `unreadable` has the letter O for a zero. */
export const writeRows = (book: OrderBook, unreadable: ReadonlySet<string>): Rows => ({
  row: order => ({
    orderNo: order.id,
    customerNo: order.customerId,
    orderStatus: wordOf(order.status),
    createdAt: localTime(order.placedAt),
    amountCents: unreadable.has(order.id) ? '12,5O' : String(order.totalCents),
    currencyCode: order.currency,
    items: order.lines.map(line => ({
      skuCode: line.sku, skuName: book.titleOf(order, line), qty: line.quantity, priceCents: String(line.unitCents),
    })),
  }),
})
