import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Malformed } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openSoapWire } from '../../fuse/wires/soap.ts'
import type { SoapWire } from '../../fuse/wires/soap.ts'
import { gather } from '../gather.ts'
import { atTheirPlaces, inBatches } from '../parsing.ts'
import type { LogisticsBackend, Shipment } from './backend.ts'
import { soapKey, soapRows, soapShipments } from './decode.ts'
import type { Operation } from './decode.ts'

type Api = { readonly wire: SoapWire; readonly settings: BackendSettings; readonly decode: ReturnType<typeof soapShipments> }

/** As many keys as one call may name. */
const batchSize = 50

/** Calls in flight at once for one call of ours. */
const abreast = 8

/** The logistics service over SOAP 1.1, or 1.2 by `options.soapVersion`. */
export const openLogisticsOverSoap: OpenAdapter<LogisticsBackend> = (settings) => {
  const wire = openSoapWire(settings)
  const api: Api = { wire, settings, decode: soapShipments(settings) }
  return {
    findShipments: (ids, opt) =>
      askInBatches(ids, null, async (batch) =>
        place(api, batch, 'ShipmentId', await ask(api, 'GetShipments', { ShipmentIds: { string: batch } }, opt))),
    trackShipments: (numbers, opt) =>
      askInBatches(numbers, null, async (batch) =>
        place(api, batch, 'TrackingNo', await ask(api, 'TrackShipments', { TrackingNumbers: { string: batch } }, opt))),
    findShipmentsOfOrders: (orderIds, opt) =>
      askInBatches<readonly Row<Shipment>[]>(orderIds, [], (batch) => findOfOrders(api, batch, opt)),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

/** XML 1.0 section 2.2: a key with other characters names nothing, and sent, it would make the service fail. */
const isXmlText = (key: string) => /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]+$/u.test(key)

/** A batch that fails costs its own keys; `absent` is at the place of a key that is not asked for. */
const askInBatches = async <T>(
  keys: readonly string[], absent: Row<T>, askBatch: (batch: readonly string[]) => Promise<readonly Row<T>[]>,
): Promise<readonly Row<T>[]> => {
  const batches = inBatches([...new Set(keys)].filter(isXmlText), batchSize)
  const answers = await gather(batches, abreast, askBatch)
  const found = new Map<string, Row<T>>()
  for (const [index, batch] of batches.entries()) {
    const answer = answers[index] ?? []
    for (const [at, key] of batch.entries()) found.set(key, answer instanceof BackendFailure ? answer : (answer[at] ?? null))
  }
  return keys.map((key) => found.get(key) ?? absent)
}

const ask = async ({ wire, settings }: Api, operation: Operation, args: Readonly<Record<string, unknown>>, opt: CallOptions) =>
  soapRows(await wire.call(operation, args, opt), operation, settings.name)

const place = ({ settings, decode }: Api, keys: readonly string[], name: 'ShipmentId' | 'TrackingNo', rows: readonly unknown[]) =>
  atTheirPlaces(keys, rows, soapKey(name), decode, settings.name)

const findOfOrders = async (api: Api, orderIds: readonly string[], opt: CallOptions): Promise<readonly Row<readonly Row<Shipment>[]>[]> => {
  const rows = await ask(api, 'GetShipmentsByOrders', { OrderNumbers: { string: orderIds } }, opt)
  const byOrder = Map.groupBy(rows, soapKey('OrderNumber'))
  // A row that does not say of which order it is may belong to any of them.
  const nameless = byOrder.has(null) ? new Malformed(api.settings.name, 'a shipment that does not say of which order it is') : null
  return orderIds.map((id) => (byOrder.has(id) || !nameless ? (byOrder.get(id) ?? []).map(api.decode) : nameless))
}
