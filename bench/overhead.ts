import { randomBytes } from 'node:crypto'
import { Pool } from 'undici'
import { z } from 'zod'
import { offerLoad, quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import { startBenchHub } from './running-hub.ts'
import type { BenchHub } from './running-hub.ts'

/*
 * What the hub adds to a backend call: the whole request as its client sees it, less the time that the stand-in stamped on its
 * own answer. One entity through each wire, 200 requests a second, random keys, nothing kept is accepted.
 */

const perSecond = 200
const warmUpSeconds = 5
const seconds = 15

const wires: readonly { readonly wire: string; readonly protocol?: string; readonly query: string; readonly id: (index: number) => string }[] = [
  { wire: 'rest (orders)', query: 'query One($id: ID!) { order(id: $id) { known status total { amount } } }', id: orderId },
  { wire: 'form, GBK XML (crm)', query: 'query One($id: ID!) { customer(id: $id) { known profile { name tier } } }', id: customerId },
  { wire: 'soap (logistics)', query: 'query One($id: ID!) { order(id: $id) { shipments { carrier status } } }', id: orderId },
  { wire: 'jsonrpc (orders)', protocol: 'jsonrpc', query: 'query One($id: ID!) { order(id: $id) { known status total { amount } } }', id: orderId },
]

function orderId(index: number): string {
  return `SO-2026-${String(1 + ((index * 7919) % 2000)).padStart(6, '0')}`
}

function customerId(index: number): string {
  return `C-${1001 + ((index * 7919) % 500)}`
}

const answer = z.strictObject({ data: z.record(z.string(), z.record(z.string(), z.unknown())) })

/** Asks once, and gives the trace id under which the stand-in's own time is found. */
const measure = async (hub: BenchHub, query: string, id: string): Promise<string> => {
  const trace = randomBytes(16).toString('hex')
  answer.parse(await hub.query(query, { id }, 'no-cache, stale-if-error=0', `00-${trace}-${trace.slice(0, 16)}-01`))
  return trace
}

const measureWire = async ({ wire, protocol, query, id }: (typeof wires)[number]): Promise<readonly Row[]> => {
  await using hub = await startBenchHub(protocol === undefined ? {} : { orders: protocol })
  const load = (length: number) => offerLoad({ perSecond, seconds: length, send: (index) => measure(hub, query, id(index)) })
  await load(warmUpSeconds)
  const samples = await load(seconds)
  const stamps = await hub.standInTimes()
  // JSON-RPC calls of one turn travel as one batch under one trace: the others of it are counted with the stand-in's time included.
  const added = samples.map(({ tookMs, lateMs, answer: trace }) => tookMs - lateMs - (stamps.get(trace) ?? 0))
  if (stamps.size < samples.length * 0.9) throw new Error(`${wire}: only ${stamps.size} of ${samples.length} answers came with a stamp`)
  const p99 = quantile(added, 0.99)
  return [
    { measure: `${wire}: p50`, value: quantile(added, 0.5), unit: 'ms' },
    { measure: `${wire}: p99`, value: p99, unit: 'ms', mark: '≤ 5', met: p99 <= 5 },
  ]
}

/** The same load straight to the stand-in: what the machine, the loopback and the client take by themselves. */
const measureFloor = async (): Promise<readonly Row[]> => {
  await using hub = await startBenchHub({})
  const pool = new Pool(hub.ordersUrl, { connections: 256 })
  const send = async (index: number): Promise<number> => {
    const { headers, body } = await pool.request({ method: 'GET', path: `/api/v1/orders/${orderId(index)}` })
    await body.json()
    return Number(headers['x-stand-in-ms'])
  }
  await offerLoad({ perSecond, seconds: warmUpSeconds, send })
  const samples = await offerLoad({ perSecond, seconds, send })
  await pool.destroy()
  const added = samples.map(({ tookMs, lateMs, answer: own }) => tookMs - lateMs - own)
  return [
    { measure: 'no hub, straight to the REST stand-in: p50', value: quantile(added, 0.5), unit: 'ms' },
    { measure: 'no hub, straight to the REST stand-in: p99', value: quantile(added, 0.99), unit: 'ms' },
  ]
}

export const overhead = async (): Promise<Report> => {
  const rows: Row[] = [...(await measureFloor())]
  for (const wire of wires) rows.push(...(await measureWire(wire)))
  return { title: `overhead: what the hub adds to one backend call, ${perSecond} requests a second`, rows }
}
