import type { Clock } from './clock.ts'
import type { Latencies } from './latencies.ts'
import type { FuseSample } from './snapshot.ts'

const kept = 120

/** What a fuse has counted since it was opened. */
export type Totals = { readonly calls: number; readonly failures: number; readonly rejected: number; readonly servedStale: number }

/** The last 120 seconds. */
export type Samples = {
  /** Ends a second. True where something was counted in it, or came to an end. */
  take(total: Totals): boolean
  /** Oldest first. */
  list(): readonly FuseSample[]
}

export const openSamples = (clock: Clock, latencies: Latencies): Samples => {
  const samples: FuseSample[] = []
  let last: Totals = { calls: 0, failures: 0, rejected: 0, servedStale: 0 }
  let lastEnded = latencies.count
  return {
    take: (total) => {
      const calls = total.calls - last.calls
      const failures = total.failures - last.failures
      const rejected = total.rejected - last.rejected
      const took = latencies.quantilesAfter(lastEnded)
      const changed = took.p50Ms !== null || calls + failures + rejected + total.servedStale - last.servedStale > 0
      samples.push({ at: clock.now(), calls, failures, rejected, ...took })
      if (samples.length > kept) samples.shift()
      last = { ...total }
      lastEnded = latencies.count
      return changed
    },
    list: () => [...samples],
  }
}
