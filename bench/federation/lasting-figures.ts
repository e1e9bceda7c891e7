import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import type { Row } from '../report.ts'

/** What `lasting.ts` writes. */
const lasting = z.object({
  entities: z.array(z.object({ count: z.number(), microseconds: z.number() })),
  requests: z.object({ count: z.number(), beforeBytes: z.number(), afterBytes: z.number() }),
  operations: z.object({ count: z.number(), halfBytes: z.number(), afterBytes: z.number(), microseconds: z.number(), keptBytes: z.number(), busyKnown: z.number() }),
})

export type Lasting = z.infer<typeof lasting>

/** What `npm start` gives the hub. */
export const shipped = ['--min-semi-space-size=16', '--max-semi-space-size=16'] as const

const mb = (bytes: number) => bytes / 2 ** 20

/** Execution over `requests` requests and `operations` distinct operations, in a process of its own. */
export const measureLasting = async (requests: number, operations: number): Promise<readonly Row[]> => {
  const script = path.join(import.meta.dirname, 'lasting.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', ...shipped, script, String(requests), String(operations)], { timeout: 900_000 })
  const { entities, requests: asked, operations: many } = lasting.parse(JSON.parse(stdout))
  const costs = entities.map(({ microseconds }) => microseconds)
  const spread = Math.max(...costs) / Math.min(...costs)
  const grown = asked.afterBytes / asked.beforeBytes
  const grownByMany = many.afterBytes / many.halfBytes
  return [
    ...entities.map(({ count, microseconds }) => ({ measure: `each of ${count} entities, beyond an answer without any`, value: microseconds, unit: 'µs' })),
    // ± 25 % of what lies between them.
    { measure: 'the dearest entity against the cheapest', value: spread, unit: 'times', mark: '≤ 1.67', met: spread <= 1.25 / 0.75 },
    { measure: `heap after ${asked.count} requests`, value: mb(asked.afterBytes), unit: 'MB' },
    { measure: 'against the heap before them', value: grown, unit: 'times', mark: '≤ 1.05', met: grown <= 1.05 },
    { measure: `heap after ${many.count} distinct operations`, value: mb(many.afterBytes), unit: 'MB' },
    { measure: 'against the heap after half of them', value: grownByMany, unit: 'times', mark: '≤ 1.1', met: grownByMany <= 1.1 },
    { measure: 'kept of them, by the cache’s own count', value: mb(many.keptBytes), unit: 'MB' },
    { measure: 'one that was never asked for, planned and answered', value: many.microseconds, unit: 'µs' },
    { measure: 'a busy operation among them was known', value: many.busyKnown, unit: 'of its requests', mark: '≥ 1', met: many.busyKnown === 1 },
  ]
}
