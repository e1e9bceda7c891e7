import type { Freshness, Reading, SourceState } from './call.ts'
import { BackendFailure } from './errors.ts'
import { mayServeStale } from './judge.ts'
import type { Kept } from './stale.ts'

/** The caller takes only what is kept, and nothing that it accepts is. */
export class NotKept extends BackendFailure {
  readonly code = 'BACKEND_UNAVAILABLE'
  readonly retryable = true
}

/** How old a kept value is; a wall clock that was set back makes none younger than new. */
const ageMs = (kept: Kept<unknown>, now: number) => Math.max(0, now - kept.fetchedAt)

/**
 * What a kept value may be handed out as before anybody is asked; null: not at all. Two words of RFC 9111 section 5.2.1 and
 * RFC 5861 section 4 meet where only what is kept is wanted: then `max-age` bounds the age where it is given, else `stale-if-error`.
 */
export const beforeAsking = (kept: Kept<unknown> | undefined, freshness: Freshness, now: number): Exclude<SourceState, 'LIVE'> | null => {
  if (!kept) return null
  if (!kept.outdated && freshness.maxAgeMs > 0 && ageMs(kept, now) <= freshness.maxAgeMs) return 'CACHED'
  if (!freshness.onlyIfCached || !withinStale(kept, freshness, now)) return null
  if (kept.outdated) return 'STALE'
  return freshness.maxAgeMs > 0 ? null : 'CACHED'
}

/** Whether a kept value may stand in for what failed. */
export const afterFailure = (kept: Kept<unknown> | undefined, freshness: Freshness, failure: unknown, now: number): boolean =>
  kept !== undefined && mayServeStale(failure) && withinStale(kept, freshness, now)

const withinStale = (kept: Kept<unknown>, { staleIfErrorMs }: Freshness, now: number) =>
  staleIfErrorMs > 0 && ageMs(kept, now) <= staleIfErrorMs

export const keptReading = <T>(backend: string, kept: Kept<T>, state: Exclude<SourceState, 'LIVE'>, now: number): Reading<T> => ({
  value: kept.value,
  source: { backend, state, fetchedAt: kept.fetchedAt, ageMs: ageMs(kept, now) },
})

export const liveReading = <T>(backend: string, value: T, fetchedAt: number): Reading<T> => ({
  value,
  source: { backend, state: 'LIVE', fetchedAt, ageMs: 0 },
})
