import { runAlone } from './alone.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'
import { startLegacy } from './legacy.ts'
import { type BookSource, type OrderBook, orderBookOf } from './order-book.ts'
import { errorAnswer, garbageAnswer, json, springError } from './orders-rest/answers.ts'
import { listOrders } from './orders-rest/list.ts'
import { refundOrder } from './orders-rest/refund.ts'
import { type Rows, writeRows } from './orders-rest/rows.ts'

/**
 * The order system as a Java shop would have built it, Spring Boot's manners included:
 *
 *     GET  /api/v1/orders/{orderNo}
 *     GET  /api/v1/orders?orderNos=a,b,c      at most 50; unknown ones are missing, in the system's own order
 *     GET  /api/v1/orders?customerNo=…&status=…&from=…&to=…&page=0&size=20&sort=createdAt,desc
 *     POST /api/v1/orders/{orderNo}/refunds   with Idempotency-Key; { amountCents?, reason }
 */
export type OrdersRestOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: BookSource
  /** Numbers of orders whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4101

export const startOrdersRest = ({ port, host, company, unreadable = new Set() }: OrdersRestOptions): Promise<LegacySystem> => {
  const book = orderBookOf(company)
  const rows = writeRows(book, unreadable)
  return startLegacy({ name: 'orders', port, host, handle: request => route(request, book, rows), errorAnswer, garbageAnswer })
}

const orderPath = /^\/api\/v1\/orders\/([^/]+)(\/refunds)?$/

const route = (request: LegacyRequest, book: OrderBook, rows: Rows): LegacyAnswer => {
  const { method, url } = request
  if (url.pathname === '/api/v1/orders') return method === 'GET' ? listOrders(url, book, rows) : notAllowed(url, method)
  const match = orderPath.exec(url.pathname)
  if (match === null) return springError(url, 404, `No static resource ${url.pathname.slice(1)}.`)
  const orderNo = decodeURIComponent(match[1] ?? '')
  if (match[2] !== undefined) return method === 'POST' ? refundOrder(request, orderNo, book) : notAllowed(url, method)
  if (method !== 'GET') return notAllowed(url, method)
  const order = book.find(orderNo)
  return order === null
    ? springError(url, 404, `com.example.shop.order.OrderNotFoundException: ${orderNo}`, 'ORDER_NOT_FOUND')
    : json(200, rows.row(order))
}

const notAllowed = (url: URL, method: string): LegacyAnswer =>
  springError(url, 405, `Request method '${method}' is not supported`)

if (import.meta.main) await runAlone(defaultPort, startOrdersRest)
