import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions } from '../../fuse/call.ts'
import { openRestWire } from '../../fuse/wires/rest.ts'
import { atTheirPlaces } from '../parsing.ts'
import type { LogisticsBackend, Shipment } from './backend.ts'
import { askInBatches, type Batching, listsOfOrders } from './batches.ts'
import { restKey, restRows, restShipments } from './decode.rest.ts'

type Search = { readonly ids: readonly string[] } | { readonly orderIds: readonly string[] } | { readonly trackingNumbers: readonly string[] }

/** Half a character can be written in JSON, and no reader of .NET's takes it: one such key would cost its whole batch. */
const isAskable = (key: string) => key !== '' && key.isWellFormed()

const one: Batching<Shipment> = { isAskable, absent: null }

/**
 * Shipments over the REST API that `demo/logistics-rest.ts` shows. Keys go into the body of a search, as a list of them may be longer than the 8 KiB that
 * Kestrel takes in a request line. Throws the failures of `RestWire`.
 */
export const openLogisticsOverRest: OpenAdapter<LogisticsBackend> = (settings) => {
  const wire = openRestWire(settings)
  const { name } = settings
  const decode = restShipments(settings)
  const search = async (body: Search, opt: CallOptions) => restRows((await wire.post('/api/shipments/search', { ...opt, body })).body, name)
  return {
    findShipments: (ids, opt) =>
      askInBatches(ids, one, async (batch) => atTheirPlaces(batch, await search({ ids: batch }, opt), restKey('id'), decode, name)),
    trackShipments: (numbers, opt) =>
      askInBatches(numbers, one, async (batch) =>
        atTheirPlaces(batch, await search({ trackingNumbers: batch }, opt), restKey('trackingNumber'), decode, name)),
    findShipmentsOfOrders: (orderIds, opt) =>
      askInBatches(orderIds, { isAskable, absent: [] }, async (batch) =>
        listsOfOrders(batch, await search({ orderIds: batch }, opt), { orderOf: restKey('orderId'), decode, backend: name })),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}
