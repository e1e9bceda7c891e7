import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions } from '../../fuse/call.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openSoapWire } from '../../fuse/wires/soap.ts'
import type { SoapWire } from '../../fuse/wires/soap.ts'
import { atTheirPlaces } from '../parsing.ts'
import type { LogisticsBackend, Shipment } from './backend.ts'
import { askInBatches, type Batching, listsOfOrders } from './batches.ts'
import { soapKey, soapRows, soapShipments } from './decode.ts'
import type { Operation } from './decode.ts'

type Api = { readonly wire: SoapWire; readonly settings: BackendSettings; readonly decode: ReturnType<typeof soapShipments> }

/** XML 1.0 section 2.2: a key with other characters names nothing, and sent, it would make the service fail. */
const isAskable = (key: string) => /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u.test(key)

const one: Batching<Shipment> = { isAskable, absent: null }

/** The logistics service over SOAP 1.1, or 1.2 by `options.soapVersion`. */
export const openLogisticsOverSoap: OpenAdapter<LogisticsBackend> = (settings) => {
  const wire = openSoapWire(settings)
  const api: Api = { wire, settings, decode: soapShipments(settings) }
  return {
    findShipments: (ids, opt) =>
      askInBatches(ids, one, async (batch) =>
        place(api, batch, 'ShipmentId', await ask(api, 'GetShipments', { ShipmentIds: { string: batch } }, opt))),
    trackShipments: (numbers, opt) =>
      askInBatches(numbers, one, async (batch) =>
        place(api, batch, 'TrackingNo', await ask(api, 'TrackShipments', { TrackingNumbers: { string: batch } }, opt))),
    findShipmentsOfOrders: (orderIds, opt) =>
      askInBatches(orderIds, { isAskable, absent: [] }, async (batch) => {
        const rows = await ask(api, 'GetShipmentsByOrders', { OrderNumbers: { string: batch } }, opt)
        return listsOfOrders(batch, rows, { orderOf: soapKey('OrderNumber'), decode: api.decode, backend: settings.name })
      }),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

const ask = async ({ wire, settings }: Api, operation: Operation, args: Readonly<Record<string, unknown>>, opt: CallOptions) =>
  soapRows(await wire.call(operation, args, opt), operation, settings.name)

const place = ({ settings, decode }: Api, keys: readonly string[], name: 'ShipmentId' | 'TrackingNo', rows: readonly unknown[]) =>
  atTheirPlaces(keys, rows, soapKey(name), decode, settings.name)
