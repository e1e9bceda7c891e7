import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseRow, parseWhole } from '../parsing.ts'
import type { Shipment, ShipmentStatus } from './backend.ts'
import { instant, isNoTime, type Source } from './times.ts'

// ── The SOAP service's words ──

const ourStatuses: ReadonlyMap<string, ShipmentStatus> = new Map([
  ['LBL', 'LABEL_CREATED'], ['TRN', 'IN_TRANSIT'], ['OFD', 'OUT_FOR_DELIVERY'],
  ['DLV', 'DELIVERED'], ['EXC', 'EXCEPTION'], ['RTN', 'RETURNED'],
])

const optional = z.string().nullish().transform((text) => (text == null || text === '' ? null : text))

const openSchema = (source: Source) => {
  const checkpoint = z
    .object({ Time: z.string(), Location: z.string().nullish(), Remark: z.string().nullish() })
    .transform(({ Time, Location, Remark }, ctx) => ({ occurredAt: instant(Time, source, ctx), place: Location ?? '', description: Remark ?? '' }))
  return z
    .object({
      ShipmentId: z.string().min(1),
      OrderNumber: z.string().min(1),
      CustomerRef: optional,
      TrackingNo: z.string().min(1),
      CarrierName: z.string(),
      StatusCode: z.string(),
      StatusText: optional,
      Eta: optional,
      Checkpoints: z.object({ Checkpoint: z.array(checkpoint).default([]) }).nullish(),
    })
    .transform((their, ctx): Shipment => ({
      id: their.ShipmentId,
      orderId: their.OrderNumber,
      customerId: their.CustomerRef,
      trackingNumber: their.TrackingNo,
      carrier: their.CarrierName,
      status: ourStatuses.get(their.StatusCode) ?? 'UNKNOWN',
      statusText: their.StatusText ?? their.StatusCode,
      estimatedDelivery: their.Eta === null || isNoTime(their.Eta) ? null : instant(their.Eta, source, ctx),
      events: (their.Checkpoints?.Checkpoint ?? []).toSorted((a, b) => b.occurredAt.localeCompare(a.occurredAt)),
    }))
}

/** Rows of the SOAP service → shipments. */
export const soapShipments = (source: Source): ((row: unknown) => Shipment | Malformed) => {
  const schema = openSchema(source)
  return (row) => parseRow(schema, row, source.name, 'a shipment')
}

const keyed = z.object({ ShipmentId: z.string().min(1), OrderNumber: z.string().min(1), TrackingNo: z.string().min(1) }).partial()

/** A key of a row; null where it has none. */
export const soapKey = (name: 'ShipmentId' | 'OrderNumber' | 'TrackingNo') => (row: unknown): string | null => keyed.safeParse(row).data?.[name] ?? null

const shipments = z.object({ Shipment: z.array(z.unknown()).default([]) }).nullish()

const results = z
  .object({ GetShipmentsResult: shipments, GetShipmentsByOrdersResult: shipments, TrackShipmentsResult: shipments })
  .nullish()

export type Operation = 'GetShipments' | 'GetShipmentsByOrders' | 'TrackShipments'

/** The list in the answer of one operation: nothing at all where it is empty. Throws Malformed. */
export const soapRows = (answer: unknown, operation: Operation, backend: string): readonly unknown[] =>
  parseWhole(results, answer, backend, 'a list of shipments')?.[`${operation}Result`]?.Shipment ?? []

// ── Our own words, over JSON-RPC ──

const statuses = ['LABEL_CREATED', 'IN_TRANSIT', 'OUT_FOR_DELIVERY', 'DELIVERED', 'EXCEPTION', 'RETURNED', 'UNKNOWN'] as const
const isStatus = (word: string): word is ShipmentStatus => statuses.some((status) => status === word)

const time = z.iso.datetime({ offset: true }).transform((iso) => new Date(iso).toISOString())
const text = z.string().nullable().default(null)

export const rpcShipment: z.ZodType<Shipment> = z
  .object({
    id: z.string().min(1),
    orderId: z.string().min(1),
    customerId: text,
    trackingNumber: z.string().min(1),
    carrier: z.string(),
    status: z.string(),
    statusText: text,
    estimatedDelivery: time.nullable().default(null),
    events: z.array(z.object({ occurredAt: time, place: z.string(), description: z.string() })),
  })
  .transform((row) => ({
    ...row,
    status: isStatus(row.status) ? row.status : 'UNKNOWN',
    statusText: row.statusText ?? row.status,
    events: row.events.toSorted((a, b) => b.occurredAt.localeCompare(a.occurredAt)),
  }))

/** What is at the place of one order. */
export const rpcShipments = z.array(z.unknown())
