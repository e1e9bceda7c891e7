import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { Malformed } from '../../fuse/errors.ts'
import { openJsonRpcWire } from '../../fuse/wires/jsonrpc.ts'
import { atItsPlace, parseList, parsePlaces, parseRow } from '../parsing.ts'
import type { LogisticsBackend, Shipment } from './backend.ts'
import { rpcShipment, rpcShipments } from './decode.ts'

/** Shipments from a backend that speaks JSON-RPC 2.0 in our own words; `demo/orders-jsonrpc.ts` documents them. */
export const openLogisticsOverJsonRpc: OpenAdapter<LogisticsBackend> = (settings) => {
  const wire = openJsonRpcWire(settings)
  const { name } = settings
  const find = async (
    method: string, params: Readonly<Record<string, unknown>>, keys: readonly string[], keyOf: KeyOf, opt: CallOptions,
  ) => {
    if (keys.length === 0) return []
    const rows = parsePlaces(rpcShipment, await wire.call(method, params, opt), keys.length, name, 'a shipment')
    return rows.map((row, at) => atItsPlace(row, keys[at], keyOf, name))
  }
  return {
    findShipments: (ids, opt) => find('shipments.find', { ids }, ids, ({ id }) => id, opt),
    trackShipments: (numbers, opt) =>
      find('shipments.track', { trackingNumbers: numbers }, numbers, ({ trackingNumber }) => trackingNumber, opt),
    findShipmentsOfOrders: async (orderIds, opt) => {
      if (orderIds.length === 0) return []
      const answer = await wire.call('shipments.ofOrders', { orderIds }, opt)
      const lists = parseList(answer, orderIds.length, name, 'lists of shipments')
      return lists.map((list, at) => readList(list, orderIds[at], name))
    },
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

type KeyOf = (shipment: Shipment) => string

/** One order's list that can't be read costs itself and no other's. */
const readList = (list: unknown, orderId: string | undefined, backend: string): Row<readonly Row<Shipment>[]> => {
  const rows = parseRow(rpcShipments, list, backend, 'a list of shipments')
  if (rows instanceof Malformed) return rows
  return rows
    .map((row) => parseRow(rpcShipment, row, backend, 'a shipment'))
    .map((row) => atItsPlace(row, orderId, ({ orderId: its }: Shipment) => its, backend))
}
