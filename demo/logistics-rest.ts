import { z } from 'zod'
import { runAlone } from './alone.ts'
import type { Company, TheirShipment } from './company.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'

/**
 * Logistics, rewritten as an ASP.NET Core minimal API, its manners included: camelCase, an enum as text, a `DateTimeOffset` with its zone beside a
 * `DateTime` without one, 0001-01-01T00:00:00 for none, errors as problem+json (RFC 9457).
 *
 *     POST /api/shipments/search   { ids: [] } or { orderIds: [] } or { trackingNumbers: [] }, at most 50
 *                                  → { items: [], totalCount }: those that there are, in the system's own order
 */
export type LogisticsRestOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'shipments'>
  /** Ids of shipments whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
  /** Ids of shipments that nobody told the system an owner of. */
  readonly ownerless?: ReadonlySet<string>
}

const defaultPort = 4108
const mostKeys = 50

const json = (status: number, body: unknown, type = 'application/json; charset=utf-8'): LegacyAnswer => ({
  status, headers: { 'content-type': type }, body: JSON.stringify(body),
})

const problem = (status: number, title: string, more: object = {}): LegacyAnswer =>
  json(status, { type: `https://tools.ietf.org/html/rfc9110#section-15.${status >= 500 ? 6 : 5}`, title, status, ...more, traceId: '00-4bf92f35-00' }, 'application/problem+json')

const errorAnswer = problem(500, 'System.InvalidOperationException', {
  detail: 'Microsoft.Data.SqlClient.SqlException (0x80131904): Execution Timeout Expired. at Logistics.Api.ShipmentStore.FindAsync in /src/Store.cs:line 88',
})

const garbageAnswer: LegacyAnswer = {
  status: 200,
  headers: { 'content-type': 'text/html; charset=utf-8' },
  body: '<!DOCTYPE html><html><head><title>Sign in to your account</title></head><body><form action="/login">',
}

export const startLogisticsRest = ({ port, host, company, unreadable = new Set(), ownerless = new Set() }: LogisticsRestOptions): Promise<LegacySystem> => {
  const find = indexShipments(company.shipments)
  const write = (shipment: TheirShipment) => toRow(shipment, unreadable.has(shipment.id), ownerless.has(shipment.id))
  return startLegacy({ name: 'logistics-rest', port, host, handle: (request) => route(request, find, write), errorAnswer, garbageAnswer })
}

type Find = Readonly<Record<'ids' | 'orderIds' | 'trackingNumbers', (keys: readonly string[]) => readonly TheirShipment[]>>

const indexShipments = (shipments: readonly TheirShipment[]): Find => {
  const by = (keyOf: (one: TheirShipment) => string) => {
    const index = Map.groupBy(shipments, keyOf)
    return (keys: readonly string[]) => [...new Set(keys)].toReversed().flatMap((key) => index.get(key) ?? [])
  }
  return { ids: by(({ id }) => id), orderIds: by(({ orderId }) => orderId), trackingNumbers: by(({ trackingNumber }) => trackingNumber) }
}

/** System.Text.Json takes no half of a character. */
const keys = z.array(z.string().refine((key) => key.isWellFormed())).max(mostKeys)
const searchBody = z.union([z.strictObject({ ids: keys }), z.strictObject({ orderIds: keys }), z.strictObject({ trackingNumbers: keys })])

const readSearch = (body: Buffer) => {
  try {
    return searchBody.safeParse(JSON.parse(body.toString('utf8'))).data
  } catch {
    return undefined
  }
}

const route = ({ method, url, headers, body }: LegacyRequest, find: Find, write: (shipment: TheirShipment) => object): LegacyAnswer => {
  if (url.pathname !== '/api/shipments/search') return problem(404, 'Not Found')
  if (method !== 'POST') return problem(405, 'Method Not Allowed')
  if (!headers['content-type']?.startsWith('application/json')) return problem(415, 'Unsupported Media Type')
  const search = readSearch(body)
  if (!search) return problem(400, 'One or more validation errors occurred.', { errors: { $: [`One list of at most ${mostKeys} keys is wanted.`] } })
  const items = [
    ...find.ids('ids' in search ? search.ids : []),
    ...find.orderIds('orderIds' in search ? search.orderIds : []),
    ...find.trackingNumbers('trackingNumbers' in search ? search.trackingNumbers : []),
  ].map(write)
  return json(200, { items, totalCount: items.length })
}

const words = {
  LABEL_CREATED: 'labelCreated', IN_TRANSIT: 'inTransit', OUT_FOR_DELIVERY: 'outForDelivery', DELIVERED: 'delivered', EXCEPTION: 'exception', RETURNED: 'returned',
} as const

/** What customs holds has a word that nobody told the hub about. */
const wordOf = ({ id, status }: TheirShipment) => (status === 'EXCEPTION' && id.endsWith('7') ? 'heldByCustoms' : words[status])

/** Its clocks stand in Shanghai, as those of the system before it did. */
const localTime = (iso: string) => new Date(Date.parse(iso) + 8 * 3_600_000).toISOString().slice(0, 19)

const toRow = (shipment: TheirShipment, isUnreadable: boolean, isOwnerless: boolean): object => ({
  id: shipment.id,
  orderId: shipment.orderId,
  ...(isOwnerless ? {} : { customerId: shipment.customerId }),
  trackingNumber: shipment.trackingNumber,
  carrier: shipment.carrier,
  status: wordOf(shipment),
  statusText: shipment.statusWord,
  estimatedDelivery: isUnreadable ? '2026-02-31T10:00:00' : shipment.estimatedDelivery === null ? '0001-01-01T00:00:00' : localTime(shipment.estimatedDelivery),
  checkpoints: shipment.events.toReversed().map(({ occurredAt, place, description }) => ({ occurredAt: `${localTime(occurredAt)}+08:00`, place, description })),
})

if (import.meta.main) await runAlone(defaultPort, startLogisticsRest)
