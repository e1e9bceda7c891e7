import { readFileSync } from 'node:fs'
import XMLBuilder from 'fast-xml-builder'
import { XMLParser } from 'fast-xml-parser'
import { runAlone } from './alone.ts'
import type { Company, TheirShipment } from './company.ts'
import { startLegacy } from './legacy.ts'
import type { LegacyAnswer, LegacyRequest, LegacySystem } from './legacy.ts'

/**
 * Logistics, an ASMX service (.NET 4) at `/ShipmentService.asmx`, with its WSDL at `?wsdl`; SOAP 1.1 and 1.2. `GetShipments`,
 * `GetShipmentsByOrders` and `TrackShipments` each take a list and answer with the shipments that there are, in the system's own order. Times have no zone;
 * 0001-01-01T00:00:00 stands for none.
 */
export type LogisticsOptions = {
  /** 0 takes any free port. */
  readonly port: number
  /** Loopback where nothing is said. */
  readonly host?: string | undefined
  readonly company: Pick<Company, 'shipments'>
  /** Ids of shipments whose rows come out broken. */
  readonly unreadable?: ReadonlySet<string>
  /** Ids of shipments that nobody told the system an owner of: xsi:nil. */
  readonly ownerless?: ReadonlySet<string>
}

const defaultPort = 4103
const wsdl = readFileSync(new URL('logistics.wsdl', import.meta.url), 'utf8')

type Envelopes = { readonly namespace: string; readonly contentType: string }

const soap11: Envelopes = { namespace: 'http://schemas.xmlsoap.org/soap/envelope/', contentType: 'text/xml; charset=utf-8' }
const soap12: Envelopes = { namespace: 'http://www.w3.org/2003/05/soap-envelope', contentType: 'application/soap+xml; charset=utf-8' }

const versionOf = ({ body }: LegacyRequest): Envelopes => (body.includes(soap12.namespace) ? soap12 : soap11)

const envelope = ({ namespace, contentType }: Envelopes, status: number, body: string): LegacyAnswer => ({
  status,
  headers: { 'content-type': contentType },
  body: `<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="${namespace}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>${body}</soap:Body></soap:Envelope>`,
})

const fault = (version: Envelopes, side: 'Server' | 'Client', text: string): LegacyAnswer => {
  const code12 = side === 'Server' ? 'Receiver' : 'Sender'
  const inner =
    version === soap12
      ? `<soap:Fault><soap:Code><soap:Value>soap:${code12}</soap:Value></soap:Code><soap:Reason><soap:Text xml:lang="en">${text}</soap:Text></soap:Reason></soap:Fault>`
      : `<soap:Fault><faultcode>soap:${side}</faultcode><faultstring>${text}</faultstring></soap:Fault>`
  return envelope(version, 500, inner)
}

const trace = 'System.Data.SqlClient.SqlException: Timeout expired. at Logistics.Dal.ShipmentRepository.Load(String sql) in D:\\build\\Dal.cs:line 214'

type Stock = {
  readonly shipments: readonly TheirShipment[]
  readonly unreadable: ReadonlySet<string>
  readonly ownerless: ReadonlySet<string>
}

export const startLogisticsSoap = (opt: LogisticsOptions): Promise<LegacySystem> => {
  const stock: Stock = { shipments: opt.company.shipments, unreadable: opt.unreadable ?? new Set(), ownerless: opt.ownerless ?? new Set() }
  const indexes = indexShipments(stock.shipments)
  return startLegacy({
    name: 'logistics',
    port: opt.port,
    host: opt.host,
    handle: (request) => route(stock, indexes, request),
    errorAnswer: (request) => fault(versionOf(request), 'Server', trace),
    garbageAnswer: { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><head><title>Runtime Error</title></head><body>Server Error in \'/\' Application.' },
  })
}

type Indexes = Readonly<Record<'GetShipments' | 'GetShipmentsByOrders' | 'TrackShipments', { readonly list: string; readonly find: (keys: ReadonlySet<string>) => readonly TheirShipment[] }>>

const indexShipments = (shipments: readonly TheirShipment[]): Indexes => {
  const by = (keyOf: (one: TheirShipment) => string) => {
    const index = Map.groupBy(shipments, keyOf)
    return (keys: ReadonlySet<string>) => [...keys].toReversed().flatMap((key) => index.get(key) ?? [])
  }
  return {
    GetShipments: { list: 'ShipmentIds', find: by(({ id }) => id) },
    GetShipmentsByOrders: { list: 'OrderNumbers', find: by(({ orderId }) => orderId) },
    TrackShipments: { list: 'TrackingNumbers', find: by(({ trackingNumber }) => trackingNumber) },
  }
}

const parser = new XMLParser({ removeNSPrefix: true, ignoreAttributes: true, parseTagValue: false, isArray: (name) => name === 'string' })
const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@_', suppressEmptyNode: true, suppressBooleanAttributes: false })

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const inside = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined)

const isOperation = (name: string | undefined): name is keyof Indexes =>
  name === 'GetShipments' || name === 'GetShipmentsByOrders' || name === 'TrackShipments'

const route = (stock: Stock, indexes: Indexes, request: LegacyRequest): LegacyAnswer => {
  const { method, url, body } = request
  if (url.pathname !== '/ShipmentService.asmx') return { status: 404, headers: { 'content-type': 'text/html' }, body: 'The resource cannot be found.' }
  if (method === 'GET') return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: wsdl }
  const version = versionOf(request)
  const text = body.toString('utf8')
  if (text.includes('<!DOCTYPE')) return fault(version, 'Client', 'DTD is prohibited in this XML document.')
  const asked = inside(inside(parser.parse(text), 'Envelope'), 'Body')
  const operation = isRecord(asked) ? Object.keys(asked)[0] : undefined
  if (!isOperation(operation)) return fault(version, 'Client', 'Server did not recognize the value of HTTP Header SOAPAction.')
  const { list, find } = indexes[operation]
  const keys = inside(inside(inside(asked, operation), list), 'string')
  const found = find(new Set(Array.isArray(keys) ? keys.map(String) : []))
  const result = { [`${operation}Response`]: { '@_xmlns': 'http://tempuri.org/', [`${operation}Result`]: { Shipment: found.map((one) => toRow(stock, one)) } } }
  return envelope(version, 200, builder.build(result))
}

const codes = { LABEL_CREATED: 'LBL', IN_TRANSIT: 'TRN', OUT_FOR_DELIVERY: 'OFD', DELIVERED: 'DLV', EXCEPTION: 'EXC', RETURNED: 'RTN' } as const

/** Its clocks stand in Shanghai, where nobody has changed them since 1991. */
const localTime = (iso: string) => new Date(Date.parse(iso) + 8 * 3_600_000).toISOString().slice(0, 19)

/** The one in a thousand that customs holds has a word that nobody told the hub about. */
const codeOf = ({ id, status }: TheirShipment) => (status === 'EXCEPTION' && id.endsWith('7') ? 'HLD' : codes[status])

/** As the rows lie in its table, which is by no time: every second one first. */
const asStored = <T>(events: readonly T[]): readonly T[] => [1, 0].flatMap((odd) => events.filter((_, index) => index % 2 === odd))

const toRow = ({ unreadable, ownerless }: Stock, shipment: TheirShipment): object => ({
  ShipmentId: shipment.id,
  OrderNumber: shipment.orderId,
  CustomerRef: ownerless.has(shipment.id) ? { '@_xsi:nil': 'true' } : shipment.customerId,
  TrackingNo: shipment.trackingNumber,
  CarrierName: shipment.carrier,
  StatusCode: codeOf(shipment),
  StatusText: shipment.statusWord,
  Eta: unreadable.has(shipment.id) ? '31/02/2026' : shipment.estimatedDelivery === null ? '0001-01-01T00:00:00' : localTime(shipment.estimatedDelivery),
  Checkpoints: {
    Checkpoint: asStored(shipment.events).map(({ occurredAt, place, description }) => ({ Time: localTime(occurredAt), Location: place, Remark: description })),
  },
})

if (import.meta.main) await runAlone(defaultPort, startLogisticsSoap)
