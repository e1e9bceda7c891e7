import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { mean, offerLoad, quantile } from './load.ts'
import type { Sample } from './load.ts'
import type { Report } from './report.ts'
import { startBenchHub } from './running-hub.ts'
import type { BenchHub } from './running-hub.ts'

/*
 * What a hanging backend costs those who ask for it, and those who don't. The settings that ship; nothing kept is accepted.
 * 50 requests a second touch logistics and 50 don't: healthy for 5 s, then logistics hangs for 60 s, then it is slow for 30 s.
 */

const perSecond = 50
const phases = { healthy: 5, hang: 60, slow: 30 } as const
const slowMs = 300

const touching = `query Touching($id: ID!) { customer(id: $id) { known orders(first: 5) { nodes { id status shipments { status } } } } }`
const sparing = `query Sparing($id: ID!) { customer(id: $id) { known profile { name tier } orders(first: 5) { nodes { id status } } } }`

const answer = z.object({
  data: z.object({
    customer: z
      .object({
        known: z.boolean().nullable(),
        orders: z.object({ nodes: z.array(z.object({ id: z.string(), shipments: z.array(z.unknown()).nullish() }).nullable()) }).nullable(),
      })
      .nullable(),
  }),
  errors: z.array(z.object({ extensions: z.object({ code: z.string() }) })).default([]),
})

type Outcome = { readonly whole: boolean; readonly codes: readonly string[] }

/** A random customer of the demo's 500; the same sequence in each run. */
const customers = (seed: number) => () => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return `C-${1001 + (seed % 500)}`
}

const ask = async (hub: BenchHub, query: string, id: string): Promise<Outcome> => {
  const { data, errors } = answer.parse(await hub.query(query, { id }, 'no-cache, stale-if-error=0'))
  const nodes = data.customer?.orders?.nodes
  const whole = nodes !== undefined && errors.length === 0 && nodes.every((node) => node !== null && node.shipments !== null)
  return { whole, codes: errors.map((error) => error.extensions.code) }
}

const openings = z.object({ data: z.object({ fuses: z.array(z.object({ backend: z.string(), state: z.string() })) }) })

/** Milliseconds from now until the fuse of logistics is closed. */
const untilClosed = async (hub: BenchHub): Promise<number> => {
  const from = performance.now()
  while (performance.now() - from < 20_000) {
    const { data } = openings.parse(await hub.query('{ fuses { backend state } }', {}))
    if (data.fuses.some(({ backend, state }) => backend === 'logistics' && state === 'CLOSED')) return performance.now() - from
    await sleep(50)
  }
  return Number.POSITIVE_INFINITY
}

const within = <T>(samples: readonly Sample<T>[], fromMs: number, toMs: number) => samples.filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
const times = (samples: readonly Sample<unknown>[]) => samples.map(({ tookMs }) => tookMs)

export const outage = async (): Promise<Report> => {
  await using hub = await startBenchHub({})
  const next = customers(7)
  await offerLoad({ perSecond: 2 * perSecond, seconds: 4, send: (index) => ask(hub, index % 2 ? touching : sparing, next()) })

  const seconds = phases.healthy + phases.hang + phases.slow
  const load = (query: string) => offerLoad({ perSecond, seconds, send: () => ask(hub, query, next()) })
  const faults = async () => {
    await sleep(phases.healthy * 1000)
    await hub.setFault('logistics', 'hang')
    await sleep(phases.hang * 1000)
    await hub.setFault('logistics', 'slow', slowMs)
    return untilClosed(hub)
  }
  const [touched, spared, closedMs] = await Promise.all([load(touching), load(sparing), faults()])

  const hangAt = phases.healthy * 1000
  const slowAt = hangAt + phases.hang * 1000
  const hung = within(touched, hangAt, slowAt)
  const slow = within(touched, slowAt, Number.POSITIVE_INFINITY)
  const closedAt = slowAt + closedMs
  const slowClosed = slow.filter(({ atMs }) => atMs >= closedAt)
  const lost = (samples: readonly Sample<Outcome>[]) => samples.filter(({ answer: { whole } }) => !whole).length
  const sparedBefore = quantile(times(within(spared, 0, hangAt)), 0.99)
  const sparedHang = quantile(times(within(spared, hangAt, slowAt)), 0.99)
  return {
    title: 'outage: logistics hangs for 60 s, then is slow for 30 s',
    rows: [
      { measure: 'healthy: mean of a request that touches it', value: mean(times(within(touched, 0, hangAt))), unit: 'ms' },
      { measure: 'hanging: mean of a request that touches it', value: mean(times(hung)), unit: 'ms', mark: '≤ 89, aim 20', met: mean(times(hung)) <= 89 },
      { measure: 'hanging: p99 of a request that touches it', value: quantile(times(hung), 0.99), unit: 'ms' },
      { measure: 'healthy: p99 of a request that does not', value: sparedBefore, unit: 'ms' },
      { measure: 'hanging: p99 of a request that does not', value: sparedHang, unit: 'ms' },
      { measure: 'the ratio of the two', value: sparedHang / sparedBefore, unit: '', mark: '≤ 1.2', met: sparedHang / sparedBefore <= 1.2 },
      { measure: 'answers lost by those that do not touch it', value: lost(spared), unit: '', mark: '0', met: lost(spared) === 0 },
      { measure: 'from health (slow) to a closed fuse', value: closedMs, unit: 'ms', mark: '≤ 5000', met: closedMs <= 5000 },
      { measure: 'slow: answers without shipments, fuse not yet closed', value: lost(slow) - lost(slowClosed), unit: '' },
      { measure: 'slow: answers lost once the fuse is closed', value: lost(slowClosed), unit: `of ${slowClosed.length}`, mark: '0', met: lost(slowClosed) === 0 },
      { measure: 'slow: p99 of a request that touches it', value: quantile(times(slowClosed), 0.99), unit: 'ms' },
    ],
  }
}
