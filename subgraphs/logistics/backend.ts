import type { CallOptions, Row } from '../../fuse/call.ts'

/** The logistics system, in business words. Times are ISO 8601 in UTC. */
export type LogisticsBackend = {
  /** One row per id, in the order of `ids`. */
  findShipments(ids: readonly string[], opt: CallOptions): Promise<readonly Row<Shipment>[]>
  /** One row per tracking number, in their order. */
  trackShipments(trackingNumbers: readonly string[], opt: CallOptions): Promise<readonly Row<Shipment>[]>
  /** All shipments of each order, in the order of `orderIds`; an empty list where nothing has been shipped. */
  findShipmentsOfOrders(orderIds: readonly string[], opt: CallOptions): Promise<readonly Row<readonly Row<Shipment>[]>[]>
}

export type ShipmentStatus =
  | 'LABEL_CREATED' | 'IN_TRANSIT' | 'OUT_FOR_DELIVERY' | 'DELIVERED' | 'EXCEPTION' | 'RETURNED' | 'UNKNOWN'

export type Shipment = {
  readonly id: string
  readonly orderId: string
  /** Whose it is; null where logistics was not told. A visitor reaches only their own. */
  readonly customerId: string | null
  readonly trackingNumber: string
  readonly carrier: string
  readonly status: ShipmentStatus
  /** The carrier's own word. */
  readonly statusText: string | null
  readonly estimatedDelivery: string | null
  /** Newest first. */
  readonly events: readonly ShipmentEvent[]
}

export type ShipmentEvent = { readonly occurredAt: string; readonly place: string; readonly description: string }
