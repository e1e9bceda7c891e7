import { runAlone } from './alone.ts'
import type { Company } from './company.ts'
import { articleMethods } from './jsonrpc/articles.ts'
import { customerMethods } from './jsonrpc/customers.ts'
import { dispatch, errorAnswer, garbageAnswer, type Methods } from './jsonrpc/dispatch.ts'
import { orderMethods } from './jsonrpc/orders.ts'
import { shipmentMethods } from './jsonrpc/shipments.ts'
import { type LegacySystem, startLegacy } from './legacy.ts'
import { type BookSource, orderBookOf } from './order-book.ts'

/**
 * The protocol that a backend may speak to need no adapter of its own: JSON-RPC 2.0 over HTTP POST to the configured address,
 * batches included, in the words of the ports (`subgraphs/<name>/backend.ts`). This server speaks all of it; a backend
 * implements the methods of its own port.
 *
 * | method                    | params                                                                      | result            |
 * | ------------------------- | --------------------------------------------------------------------------- | ----------------- |
 * | `orders.find`             | `{ ids }`                                                                   | `(Order \| null)[]` |
 * | `orders.list`             | `{ customerId, status, placedAfter, placedBefore, offset, limit }`, null: any | `Page`            |
 * | `orders.listOfCustomers`  | `{ customerIds, offset, limit }`                                            | `Page[]`          |
 * | `orders.refund`           | `{ orderId, amount, reason, idempotencyKey }`, amount null: the total       | outcome           |
 * | `customers.find`          | `{ ids }`                                                                   | `(Customer \| null)[]` |
 * | `customers.search`        | `{ text, offset, limit }`                                                   | `Page`, by id     |
 * | `customers.addNote`       | `{ customerId, text, author, idempotencyKey }`                              | outcome           |
 * | `shipments.find`          | `{ ids }`                                                                   | `(Shipment \| null)[]` |
 * | `shipments.track`         | `{ trackingNumbers }`                                                       | `(Shipment \| null)[]` |
 * | `shipments.ofOrders`      | `{ orderIds }`                                                              | `Shipment[][]`    |
 * | `articles.find`           | `{ ids }`                                                                   | `(Article \| null)[]` |
 * | `articles.changes`        | `{ after, limit }`, after null: from the beginning                          | changes           |
 * | `articles.list`           | `{ after, limit }`, after null: from the first one                          | rows              |
 *
 * - A result that answers a list of keys has one place per key, in their order; `null` says that there is no such thing. A place
 *   that can't be read costs itself and nothing else, so a backend may put `{ "unreadable": true }` there.
 * - `Page`: `{ "rows": [], "hasMore": false, "totalCount": 0 }`; `totalCount` null where the backend does not count. Newest first, if
 *   the table does not say otherwise. `placedAfter` and `placedBefore` are exclusive.
 * - `Order`: `{ "id", "customerId", "status", "statusText", "placedAt", "total": { "amount", "currency" }, "lines": [{ "sku",
 *   "title", "quantity", "unitPrice": { "amount", "currency" } | null }] }`; the other rows likewise, as their ports have them.
 * - Times are ISO 8601 in UTC (`2026-11-03T06:05:09.000Z`), amounts decimal text (`"1299.00"`), currencies ISO 4217. A status that is
 *   none of the port's words is read as UNKNOWN; `statusText` keeps the backend's own word.
 * - Outcome: `{ "kind": "refunded", "refundId" }` or `{ "kind": "written" }`; else `{ "kind": "refused", "code" }` with NOT_FOUND, INVALID,
 *   CONFLICT (already refunded or cancelled) or IDEMPOTENCY_CONFLICT. The same `idempotencyKey` with the same params gives the
 *   first outcome again; with others it is IDEMPOTENCY_CONFLICT.
 * - Changes: `{ "changes": [{ "kind": "WRITTEN", "id", "revision" } | { "kind": "DELETED", "id" }], "marker", "more", "isAnew" }`; rows: `{ "rows": [{ "id",
 *   "place", "readers" }], "marker", "more", "isAnew" }`. `marker` is the backend's own text for where the next page begins, which comes back as `after`, also
 *   days later. `isAnew`: it can't read what came as `after`, and began from the beginning. While there is `more`, the marker is another each time.
 * - Errors: -32603 and -32099 to -32000 say that the backend is ill, and count against its fuse; -32601, -32602 and codes of the
 *   application's own say that it does not accept the call, and do not.
 */
export type OrdersJsonRpcOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: BookSource & Partial<Pick<Company, 'shipments' | 'articles'>>
  /** Numbers of orders whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
}

const defaultPort = 4105
const none: Company['articles'] = []

export const startOrdersJsonRpc = ({ port, host, company, unreadable = new Set() }: OrdersJsonRpcOptions): Promise<LegacySystem> => {
  const methods: Methods = new Map([
    ...orderMethods(orderBookOf(company), unreadable),
    ...customerMethods(company.customers),
    ...shipmentMethods(company.shipments ?? []),
    ...articleMethods({ get articles() { return company.articles ?? none } }),
  ])
  return startLegacy({ name: 'orders-jsonrpc', port, host, handle: request => dispatch(request, methods), errorAnswer, garbageAnswer })
}

if (import.meta.main) await runAlone(defaultPort, startOrdersJsonRpc)
