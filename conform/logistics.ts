import type { Row } from '../fuse/call.ts'
import { adapters } from '../subgraphs/logistics/subgraph.ts'
import type { LogisticsBackend, Shipment } from '../subgraphs/logistics/backend.ts'
import { describeKit, fieldOf } from './kit.ts'
import { asking, broken, kept, told, untested } from './pledge.ts'
import type { Pledge } from './pledge.ts'

const isShipment = (row: Row<Shipment>): row is Shipment => row !== null && !(row instanceof Error)

/** Of each id that was named, as a shipment's, an order's or a tracking number. */
const shipmentsOf = async (backend: LogisticsBackend, named: readonly string[]): Promise<readonly Shipment[]> => {
  const [byId, tracked, ofOrders] = await Promise.all([
    backend.findShipments(named, asking()),
    backend.trackShipments(named, asking()),
    backend.findShipmentsOfOrders(named, asking()),
  ])
  const lists = ofOrders.flatMap((rows) => (rows === null || rows instanceof Error ? [] : rows))
  return [...byId, ...tracked, ...lists].filter(isShipment)
}

const firstOf = (row: unknown): unknown => {
  const rows: readonly unknown[] = Array.isArray(row) ? row : []
  return rows[0]
}

const eventsNewestFirst: Pledge<LogisticsBackend> = {
  area: 'order',
  title: 'a shipment’s events are newest first',
  check: async ({ backend, samples: { shipments = [] } }) => {
    const rows = (await backend.findShipments(shipments, asking())).filter(isShipment)
    const several = rows.filter(({ events }) => events.length > 1)
    const wrong = several.find(({ events }) => events.some((event, index) => (events[index - 1]?.occurredAt ?? event.occurredAt) < event.occurredAt))
    if (wrong) return broken(`those of ${told(wrong.id)} are not`)
    return several.length === 0 ? untested('no shipment has two events') : kept(`${several.length} shipments`)
  },
}

/** The port has no list: shipments, tracking numbers or orders to try it with have to be named. */
export const logisticsKit = describeKit<LogisticsBackend>({
  port: 'logistics',
  adapters,
  readOnly: (backend) => backend,
  discover: async (backend, named) => {
    const rows = await shipmentsOf(backend, named)
    const distinct = (values: readonly string[]) => [...new Set(values)]
    return {
      shipments: distinct(rows.map(({ id }) => id)),
      'tracking numbers': distinct(rows.map(({ trackingNumber }) => trackingNumber)),
      orders: distinct(rows.map(({ orderId }) => orderId)),
    }
  },
  lookups: [
    { name: 'findShipments', keys: 'shipments', find: (backend, ids, opt) => backend.findShipments(ids, opt), keyOf: (row) => fieldOf(row, 'id') },
    { name: 'trackShipments', keys: 'tracking numbers', find: (backend, numbers, opt) => backend.trackShipments(numbers, opt), keyOf: (row) => fieldOf(row, 'trackingNumber') },
    {
      name: 'findShipmentsOfOrders', keys: 'orders', find: (backend, ids, opt) => backend.findShipmentsOfOrders(ids, opt),
      keyOf: (row) => fieldOf(firstOf(row), 'orderId'), isAbsent: (row) => Array.isArray(row) && row.length === 0,
    },
  ],
  glance: (backend, { samples }, opt) => backend.findShipments(samples['shipments'] ?? [], opt),
  read: (backend, { samples: { shipments = [] } }, opt) => backend.findShipments(shipments.length > 0 ? shipments.slice(0, 1) : ['ZZ-conform'], opt),
  own: [eventsNewestFirst],
})
