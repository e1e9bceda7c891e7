import type { Row } from '../../fuse/call.ts'
import type { Fuse } from '../../fuse/fuse.ts'
import { readOptions } from '../context.ts'
import type { FetchContext, RequestContext } from '../context.ts'
import { openLoader } from '../loading.ts'
import type { Loader } from '../loading.ts'
import type { LogisticsBackend, Shipment } from './backend.ts'

/** The port behind its fuse: every read says how good it is. */
export type FusedLogistics = ReturnType<typeof fuseLogistics>

export const fuseLogistics = (backend: LogisticsBackend, fuse: Fuse) => ({
  findShipments: fuse.batch<string, Shipment>('shipment', (ids, opt) => backend.findShipments(ids, opt)),
  trackShipments: fuse.batch<string, Shipment>('tracking', (numbers, opt) => backend.trackShipments(numbers, opt)),
  findShipmentsOfOrders: fuse.batch<string, readonly Row<Shipment>[]>('of-order', (ids, opt) => backend.findShipmentsOfOrders(ids, opt)),
})

export type Loaders = {
  readonly shipment: Loader<Shipment | null>
  readonly tracking: Loader<Shipment | null>
  readonly ofOrder: Loader<readonly Row<Shipment>[] | null>
}

export type Context = FetchContext<Loaders>

export const openLoaders = (logistics: FusedLogistics, context: RequestContext): Loaders => ({
  shipment: openLoader((ids) => logistics.findShipments(ids, readOptions(context))),
  tracking: openLoader((numbers) => logistics.trackShipments(numbers, readOptions(context))),
  ofOrder: openLoader((orderIds) => logistics.findShipmentsOfOrders(orderIds, readOptions(context))),
})
