import { z } from 'zod'
import { openBareLoop } from './chat/bare-loop.ts'
import { databases, kindsOf, openBenchDatabase } from './chat/database.ts'
import type { DatabaseKind } from './chat/database.ts'
import { secret, startChatHub } from './chat/hub.ts'
import type { ChatHub } from './chat/hub.ts'
import type { Row } from './report.ts'
import { pickAddresses } from './sockets/addresses.ts'
import type { Loop } from './sockets/commands.ts'
import { startGenerator } from './sockets/generators.ts'
import type { Generator } from './sockets/generators.ts'
import type { Suite } from './suite.ts'

/*
 * Messages a second through `sendMessage` over sockets, from one hub process: closed loops of more and more senders, each waiting for the
 * acknowledgement of one message before the next; then half of the peak in an open loop. Beside it the same number of writers in a bare
 * group-commit loop on a database of the same kind.
 */

const senders = [1, 8, 32, 64, 128, 256] as const
const most = 256
const warmUpMs = 2_000
const ms = 5_000
const openSeconds = 10
const leastRatio = 0.25
const leastPerSecond: Readonly<Record<DatabaseKind, number>> = { pglite: 1_000, postgresql: 2_000 }

type Point = { readonly inFlight: number; readonly loop: Loop; readonly cpuMs: number }

const refuseFailures = ({ failed, reasons }: Loop, what: string): void => {
  if (failed > 0) throw new Error(`${what}: ${failed} messages were refused: ${reasons.join('; ')}`)
}

/** 256 visitors, each in a conversation of their own. */
const openVisitors = async (hub: ChatHub, generator: Generator): Promise<void> => {
  const clients = Array.from({ length: most }, (_, index) => ({ name: `v-${index + 1}`, conversation: null }))
  const localAddresses = [...pickAddresses(most)]
  const { opened, reasons } = await generator.open({ address: hub.address, localAddresses, secret, role: 'visitor', departments: [], clients, window: 32 })
  if (opened < most) throw new Error(`only ${opened} of ${most} sockets opened: ${reasons.join('; ')}`)
  const start = await generator.start({ departmentPath: 'support', window: 32 })
  if (start.started < most) throw new Error(`only ${start.started} of ${most} conversations started: ${start.reasons.join('; ')}`)
}

const measureHub = async (kind: DatabaseKind): Promise<{ readonly points: readonly Point[]; readonly half: Loop }> => {
  await using database = await openBenchDatabase(kind)
  await using hub = await startChatHub({ database, departments: ['support'] })
  await using generator = startGenerator()
  await openVisitors(hub, generator)
  const points: Point[] = []
  for (const inFlight of senders) {
    const before = await hub.cpuSeconds()
    const loop = await generator.closedLoop({ inFlight, warmUpMs, ms })
    refuseFailures(loop, `${kind}, ${inFlight} in flight`)
    points.push({ inFlight, loop, cpuMs: ((await hub.cpuSeconds()) - before) * 1_000 })
  }
  const peak = Math.max(...points.map(({ loop }) => loop.perSecond))
  const half = await generator.openLoop({ perSecond: peak / 2, seconds: openSeconds })
  refuseFailures(half, `${kind}, half of the peak`)
  return { points, half }
}

const measureBare = async (kind: DatabaseKind): Promise<ReadonlyMap<number, number>> => {
  await using database = await openBenchDatabase(kind)
  await using loop = await openBareLoop(database, most)
  const perSecond = new Map<number, number>()
  for (const writers of senders) perSecond.set(writers, await loop.measure(writers, warmUpMs, ms))
  return perSecond
}

const measureKind = async (kind: DatabaseKind): Promise<readonly Row[]> => {
  const { points, half } = await measureHub(kind)
  const bare = await measureBare(kind)
  const peak = points.reduce((best, point) => (point.loop.perSecond > best.loop.perSecond ? point : best))
  const { inFlight, loop: { perSecond, answered }, cpuMs } = peak
  const ratio = perSecond / (bare.get(inFlight) ?? Number.NaN)
  return [
    ...points.flatMap(({ inFlight: now, loop }) => [
      { measure: `${kind}: ${now} in flight`, value: Math.round(loop.perSecond), unit: '/s' },
      { measure: `${kind}: ${now} in flight, p99 of the acknowledgement`, value: loop.p99, unit: 'ms' },
      { measure: `${kind}: ${now} in flight, the bare loop`, value: Math.round(bare.get(now) ?? Number.NaN), unit: '/s' },
      { measure: `${kind}: ${now} in flight, share of the bare loop`, value: loop.perSecond / (bare.get(now) ?? Number.NaN), unit: '' },
    ]),
    { measure: `${kind}: the peak, ${inFlight} in flight`, value: Math.round(perSecond), unit: '/s', mark: `≥ ${leastPerSecond[kind]}`, met: perSecond >= leastPerSecond[kind] },
    { measure: `${kind}: the peak's share of the bare loop`, value: ratio, unit: '', mark: `≥ ${leastRatio}`, met: ratio >= leastRatio },
    // The warm-up's messages are not counted, and its time is: at a steady rate it is the time by the rate.
    { measure: `${kind}: CPU of the hub's process for a message at the peak`, value: (cpuMs * ms) / (ms + warmUpMs) / answered, unit: 'ms' },
    { measure: `${kind}: half of the peak, ${Math.round(peak.loop.perSecond / 2)} a second: p50 of the acknowledgement`, value: half.p50, unit: 'ms' },
    { measure: `${kind}: half of the peak: p99 of the acknowledgement`, value: half.p99, unit: 'ms' },
  ]
}

const settings = z.object({ database: databases.default('both') })

export const messages: Suite = {
  options: { database: { type: 'string' } },
  run: async (given) => {
    const { database } = settings.parse(given)
    const rows: Row[] = []
    for (const kind of kindsOf(database)) rows.push(...(await measureKind(kind)))
    return { title: 'messages: sendMessage over sockets, one hub process, and the bare group-commit loop', rows }
  },
}
