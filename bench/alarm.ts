import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { openNatsBus } from '../bus/nats.ts'
import { fuseSubject } from '../subgraphs/announce.ts'
import { quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import { startBenchHub } from './running-hub.ts'
import type { BenchHub } from './running-hub.ts'

/*
 * How long a backend is ill before everybody on the bus has been told, and well before its fuse is closed again. The settings that ship, 50
 * requests a second that touch it, a listener in another process, NATS between them.
 */

const perSecond = 50
const rounds = 5
const faults = ['error', 'garbage', 'refuse', 'hang'] as const
/** Rounds end at different times after a probe, as health comes when it comes. */
const phaseMs = 290
const natsUrl = process.env['NATS_URL'] ?? 'nats://127.0.0.1:4222'
const query = 'query Touching { customer(id: "C-1001") { orders(first: 5) { nodes { id shipments { status } } } } }'

const told = z.object({ backend: z.string(), state: z.string() })

type Listening = AsyncDisposable & { readonly until: (state: string) => Promise<number> }

const listen = async (prefix: string): Promise<Listening> => {
  const log = { info: () => undefined, warn: (_: object, message: string) => void process.stderr.write(`${message}\n`) }
  const bus = openNatsBus({ url: natsUrl, prefix, name: 'bench', log })
  const present = { state: 'CLOSED', at: 0 }
  const waiting = new Set<(state: string) => void>()
  bus.subscribe(fuseSubject, (message) => {
    const { backend, state } = told.parse(message)
    if (backend !== 'logistics') return
    if (state !== present.state) Object.assign(present, { state, at: performance.now() })
    for (const look of [...waiting]) look(state)
  })
  await new Promise<void>((resolve) => void bus.onReached(resolve))
  await bus.flush()
  const until = (state: string) =>
    new Promise<number>((resolve, reject) => {
      const giveUp = setTimeout(() => reject(new Error(`the fuse was not ${state} within 20 s`)), 20_000)
      const look = (now: string) => {
        if (now !== state) return
        clearTimeout(giveUp)
        waiting.delete(look)
        resolve(present.at)
      }
      waiting.add(look)
      look(present.state)
    })
  return { until, [Symbol.asyncDispose]: () => bus[Symbol.asyncDispose]() }
}

/** Milliseconds from the fault to OPEN on the bus, and from health to CLOSED on the bus. */
const oneRound = async (hub: BenchHub, bus: Listening, fault: string, illMs: number): Promise<{ readonly alarmMs: number; readonly closedMs: number }> => {
  await hub.setFault('logistics', fault)
  const illAt = performance.now()
  const alarmMs = (await bus.until('OPEN')) - illAt
  await sleep(illMs)
  await hub.setFault('logistics', 'off')
  const wellAt = performance.now()
  const closedMs = (await bus.until('CLOSED')) - wellAt
  await sleep(2_000)
  return { alarmMs, closedMs }
}

const rowsOf = (fault: string, alarms: readonly number[], closings: readonly number[]): readonly Row[] => {
  const [alarm, closing] = [Math.max(...alarms), Math.max(...closings)]
  return [
    { measure: `${fault}: from the fault to the alarm, median`, value: quantile(alarms, 0.5), unit: 'ms' },
    { measure: `${fault}: from the fault to the alarm, longest`, value: alarm, unit: 'ms', mark: '≤ 1000 ms', met: alarm <= 1_000 },
    { measure: `${fault}: from health to the closed fuse, longest`, value: closing, unit: 'ms', mark: '≤ 5000 ms', met: closing <= 5_000 },
  ]
}

export const alarm = async (): Promise<Report> => {
  const prefix = `bench-${randomUUID().slice(0, 8)}`
  await using hub = await startBenchHub({ bus: { url: natsUrl, prefix } })
  await using bus = await listen(prefix)
  const load = { on: true }
  const offer = async () => {
    while (load.on) {
      hub.query(query, {}).catch(() => undefined)
      await sleep(1_000 / perSecond)
    }
  }
  const offered = offer()
  await sleep(3_000)
  const rows: Row[] = []
  for (const fault of faults) {
    const alarms: number[] = []
    const closings: number[] = []
    for (let round = 0; round < rounds; round += 1) {
      const { alarmMs, closedMs } = await oneRound(hub, bus, fault, 2_500 + round * phaseMs)
      alarms.push(alarmMs)
      closings.push(closedMs)
    }
    rows.push(...rowsOf(fault, alarms, closings))
  }
  load.on = false
  await offered
  return { title: `alarm: ${rounds} rounds of each fault, ${perSecond} requests a second that touch the backend`, rows }
}
