import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Page, Row } from '../../fuse/call.ts'
import { Malformed } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { type JsonRpcWire, openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import type { Order, OrdersBackend, OrdersOfCustomers, RefundOutcome, RefundRequest } from './backend.ts'
import { rpcOrders, rpcPage, rpcRefund } from './decode.jsonrpc.ts'
import { atItsPlace, parseList } from '../parsing.ts'
import { type ReadOrder, readWhole } from './decode.ts'

type Api = { readonly wire: JsonRpcWire; readonly settings: BackendSettings; readonly readOrder: ReadOrder }

/** Orders from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openOrdersOverJsonRpc: OpenAdapter<OrdersBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  const api: Api = { wire, settings, readOrder: rpcOrders(settings) }
  return {
    findOrders: (ids, opt) => findOrders(api, ids, opt),
    listOrders: async (query, opt) => readPage(api, await wire.call('orders.list', query, opt)),
    listOrdersOfCustomers: (query, opt) => listOrdersOfCustomers(api, query, opt),
    requestRefund: (request, opt) => requestRefund(api, request, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

async function findOrders({ wire, settings, readOrder }: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Order>[]> {
  if (ids.length === 0) return []
  const rows = parseList(await wire.call('orders.find', { ids }, opt), ids.length, settings.name, 'orders')
  return rows.map((row, place) => row === null ? null : atItsPlace(readOrder(row), ids[place], ({ id }: Order) => id, settings.name))
}

async function listOrdersOfCustomers(api: Api, query: OrdersOfCustomers, opt: CallOptions): Promise<readonly Row<Page<Order>>[]> {
  if (query.customerIds.length === 0) return []
  const answer = await api.wire.call('orders.listOfCustomers', query, opt)
  const places = parseList(answer, query.customerIds.length, api.settings.name, 'pages of orders')
  return places.map(place => place === null ? null : pageAtItsPlace(api, place))
}

const pageAtItsPlace = (api: Api, place: unknown): Row<Page<Order>> => {
  try {
    return readPage(api, place)
  } catch (error) {
    if (error instanceof Malformed) return error
    throw error
  }
}

function readPage({ settings, readOrder }: Api, answer: unknown): Page<Order> {
  const page = readWhole(rpcPage, answer, settings, 'a page of orders')
  return { ...page, rows: page.rows.map(row => row === null ? null : readOrder(row)) }
}

async function requestRefund({ wire, settings }: Api, request: RefundRequest, opt: CallOptions): Promise<RefundOutcome> {
  return readWhole(rpcRefund, await wire.call('orders.refund', request, opt), settings, 'an outcome')
}
