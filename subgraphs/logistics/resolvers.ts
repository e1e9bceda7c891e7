import type { Row, Stamp } from '../../fuse/call.ts'
import { describeSource } from '../answers.ts'
import type { Sourced } from '../answers.ts'
import type { Caller } from '../context.ts'
import { maySeeOwned } from '../visibility.ts'
import type { Shipment } from './backend.ts'
import type { Resolvers } from './schema.generated.ts'

/** A shipment's row, with where it came from. */
export type ShipmentRow = { readonly shipment: Shipment; readonly source: Stamp }

const showOne = (caller: Caller, found: Sourced<Shipment | null>): Sourced<ShipmentRow | null> =>
  found.map((shipment, source) => (shipment && maySeeOwned(caller, shipment) ? { shipment, source } : null))

/**
 * The rows that are the caller's to see. One that can't be read says nothing of whose it is: a visitor gets its error only
 * beside a shipment that is theirs, so that it betrays no other's order.
 */
const showAll = (caller: Caller, found: Sourced<readonly Row<Shipment>[] | null>) =>
  found.map((rows, source) => {
    const seen = (rows ?? []).filter((row) => row === null || row instanceof Error || maySeeOwned(caller, row))
    const theirs = caller.role !== 'VISITOR' || seen.some((row) => row !== null && !(row instanceof Error))
    return theirs ? seen.map((row) => (row === null || row instanceof Error ? row : { shipment: row, source })) : []
  })

export const resolvers: Resolvers = {
  Query: {
    shipment: async (_, { id }, { loaders, caller }) => showOne(caller, await loaders.shipment.load(id)),
    trackShipment: async (_, { trackingNumber }, { loaders, caller }) => showOne(caller, await loaders.tracking.load(trackingNumber)),
  },
  Order: {
    __resolveReference: async ({ id }) => ({ id }),
    shipments: async ({ id }, _, { loaders, caller }) => showAll(caller, await loaders.ofOrder.load(id)),
  },
  Shipment: {
    __resolveReference: async ({ id }, { loaders, caller }) => showOne(caller, await loaders.shipment.load(id)).value,
    id: ({ shipment }) => shipment.id,
    trackingNumber: ({ shipment }) => shipment.trackingNumber,
    carrier: ({ shipment }) => shipment.carrier,
    status: ({ shipment }) => shipment.status,
    statusText: ({ shipment }) => shipment.statusText,
    estimatedDelivery: ({ shipment }) => shipment.estimatedDelivery,
    events: ({ shipment }) => shipment.events,
    order: ({ shipment }) => ({ id: shipment.orderId }),
    source: ({ source }) => describeSource(source),
  },
}
