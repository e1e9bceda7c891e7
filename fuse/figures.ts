import type { Clock } from './clock.ts'
import { BackendFailure } from './errors.ts'
import { judge } from './judge.ts'
import { openLatencies } from './latencies.ts'
import { openSamples } from './samples.ts'
import { openTrips } from './trips.ts'
import type { FuseSnapshot } from './snapshot.ts'

const recentMs = 60_000

export type FigureSnapshot = Pick<
  FuseSnapshot,
  'calls' | 'failures' | 'rejected' | 'servedStale' | 'p50Ms' | 'p99Ms' | 'lastErrorCode' | 'samples' | 'trips'
>

/** What a fuse counts. */
export type Figures = {
  asked(): void
  /** An attempt ended, after `ms`; `failure` is undefined where it succeeded. */
  ended(ms: number, failure: unknown): void
  rejected(): void
  servedStale(): void
  opened(errorCode: string): void
  closed(): void
  /** Ends a second: to be called once a second. True where something was counted in it. */
  sample(): boolean
  /** The code of the last failure that counted. */
  readonly lastErrorCode: string | null
  snapshot(): FigureSnapshot
}

/** `onEnded` is told of each attempt, how many milliseconds it took, and its failure, if it failed. */
export const openFigures = (clock: Clock, onEnded?: (ms: number, failure: unknown) => void): Figures => {
  const latencies = openLatencies()
  const trips = openTrips(clock)
  const total = { calls: 0, failures: 0, rejected: 0, servedStale: 0 }
  const samples = openSamples(clock, latencies)
  let lastErrorCode: string | null = null
  return {
    asked: () => {
      total.calls += 1
    },
    ended: (ms, failure) => {
      latencies.add(ms, clock.elapsed())
      onEnded?.(ms, failure)
      if (failure === undefined || judge(failure) !== 'ill') return
      total.failures += 1
      lastErrorCode = failure instanceof BackendFailure ? failure.code : 'BACKEND_TIMEOUT'
    },
    rejected: () => {
      total.rejected += 1
      trips.rejected()
    },
    servedStale: () => {
      total.servedStale += 1
      trips.servedStale()
    },
    opened: (errorCode) => trips.opened(errorCode),
    closed: () => trips.closed(),
    sample: () => samples.take(total),
    get lastErrorCode() {
      return lastErrorCode
    },
    snapshot: () => ({
      ...total,
      ...latencies.quantilesSince(clock.elapsed() - recentMs),
      lastErrorCode,
      samples: samples.list(),
      trips: trips.list(),
    }),
  }
}
