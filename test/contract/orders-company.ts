import type { BookOrder, BookSource } from '../../demo/order-book.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { Order } from '../../subgraphs/orders/backend.ts'
import { ordersOnFile } from './orders-on-file.ts'

/** The orders on file as the demo's systems hold them; a new company each time, so that refunds do not cross tests. */
export const companyOnFile = (): BookSource => ({ customers: [], orders: ordersOnFile.map(bookOrder) })

/** Minor units, whatever the currency: the digits without the point. */
const cents = (amount: string): number => Number(amount.replace('.', ''))

const bookOrder = (order: Order): BookOrder => ({
  id: order.id,
  customerId: order.customerId,
  status: order.status === 'UNKNOWN' ? order.statusText : order.status,
  placedAt: order.placedAt,
  currency: order.total.currency,
  totalCents: cents(order.total.amount),
  lines: order.lines.map(line => ({
    sku: line.sku, titleZh: line.title, titleEn: line.title, quantity: line.quantity, unitCents: cents(line.unitPrice?.amount ?? ''),
  })),
})

export const settingsFor = (url: string, rest: Partial<BackendSettings> = {}): BackendSettings => ({
  name: 'orders', protocol: 'under test', url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai',
  charset: 'utf-8', options: {},
  ...rest,
})
