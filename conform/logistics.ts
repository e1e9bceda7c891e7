import type { CallOptions, Row } from '../fuse/call.ts'
import type { LogisticsBackend, Shipment } from '../subgraphs/logistics/backend.ts'
import { adapters } from '../subgraphs/logistics/subgraph.ts'
import { isThere } from './asking.ts'
import { lookupPromises } from './looking-up.ts'
import { definePort, maxSamples } from './port.ts'
import type { Hints } from './port.ts'
import { rowPromises } from './rows.ts'
import { troublePromises } from './trouble.ts'

export type ShipmentSamples = { readonly shipments: readonly Shipment[]; readonly orderIds: readonly string[] }

/** The shipments that are named, or those of orders that somebody knows. */
const discover = async (backend: LogisticsBackend, { samples, orderIds }: Hints, opt: () => CallOptions): Promise<ShipmentSamples> => {
  const shipments = samples.length > 0
    ? (await backend.findShipments(samples, opt())).filter(isThere)
    : (await backend.findShipmentsOfOrders(await orderIds(), opt())).filter(isThere).flatMap((ofOrder) => ofOrder.filter(isThere))
  return { shipments: shipments.slice(0, maxSamples), orderIds: [...new Set(shipments.map(({ orderId }) => orderId))].slice(0, maxSamples) }
}

const orderOf = (shipments: readonly Row<Shipment>[]): string | undefined =>
  [...new Set(shipments.filter(isThere).map(({ orderId }) => orderId))].join() || undefined

const sampleIds = ({ shipments }: ShipmentSamples) => shipments.map(({ id }) => id)

export const logistics = definePort<LogisticsBackend, ShipmentSamples>({
  name: 'logistics',
  adapters,
  withoutWrites: (backend) => backend,
  discover,
  idsOf: sampleIds,
  promises: [
    ...lookupPromises<LogisticsBackend, ShipmentSamples, Shipment>({
      method: 'findShipments', keys: sampleIds, find: (backend, ids, opt) => backend.findShipments(ids, opt), keyOf: ({ id }) => id,
    }),
    ...lookupPromises<LogisticsBackend, ShipmentSamples, Shipment>({
      method: 'trackShipments',
      keys: ({ shipments }) => [...new Set(shipments.map(({ trackingNumber }) => trackingNumber))],
      find: (backend, numbers, opt) => backend.trackShipments(numbers, opt),
      keyOf: ({ trackingNumber }) => trackingNumber,
    }),
    ...lookupPromises<LogisticsBackend, ShipmentSamples, readonly Row<Shipment>[]>({
      method: 'findShipmentsOfOrders',
      keys: ({ orderIds }) => orderIds,
      find: (backend, orderIds, opt) => backend.findShipmentsOfOrders(orderIds, opt),
      keyOf: orderOf,
      isEmpty: (shipments) => shipments.length === 0,
    }),
    ...rowPromises<LogisticsBackend, ShipmentSamples, Shipment>({
      noun: 'a shipment',
      rows: ({ shipments }) => shipments,
      idOf: ({ id }) => id,
      times: ({ estimatedDelivery, events }) => [
        ...(estimatedDelivery === null ? [] : [{ field: 'estimatedDelivery', at: estimatedDelivery, mayLieAhead: true }]),
        ...events.map(({ occurredAt }) => ({ field: 'an event\'s occurredAt', at: occurredAt })),
      ],
      sequence: { title: 'the events of a shipment are newest first', times: ({ events }) => events.map(({ occurredAt }) => occurredAt), newest: 'first' },
    }),
    ...troublePromises<LogisticsBackend, ShipmentSamples>(({ shipments: [first] }) => (first === undefined ? [] : [
      { method: 'findShipments', ask: (backend, opt) => backend.findShipments([first.id], opt) },
      { method: 'trackShipments', ask: (backend, opt) => backend.trackShipments([first.trackingNumber], opt) },
      { method: 'findShipmentsOfOrders', ask: (backend, opt) => backend.findShipmentsOfOrders([first.orderId], opt) },
    ])),
  ],
})
