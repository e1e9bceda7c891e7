/** One second of a fuse that has ended; `at` is in Unix milliseconds of the hub. */
export type Second = {
  readonly at: number
  readonly calls: number
  readonly failures: number
  readonly rejected: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
}

export const shownMs = 120_000

type Sample = Omit<Second, 'at'> & { readonly at: string }

export const toSecond = ({ at, calls, failures, rejected, p50Ms, p99Ms }: Sample): Second => ({ at: Date.parse(at), calls, failures, rejected, p50Ms, p99Ms })

/** Both, each second once, oldest first; none from before the two minutes up to `now` and to the newest of them. */
export const merged = (was: readonly Second[], more: readonly Second[]): readonly Second[] => {
  const byTime = new Map([...was, ...more].filter(({ at }) => Number.isFinite(at)).map((second) => [second.at, second]))
  const all = [...byTime.values()].toSorted((a, b) => a.at - b.at)
  const newest = all.at(-1)?.at ?? 0
  return all.filter(({ at }) => at > newest - shownMs)
}

/**
 * How much the hub's clock is ahead of `performance.now()`. A second that has ended lies in the past, by the time it took to arrive: the
 * least of those is nearest to the truth.
 */
export const nearerOffset = (was: number | null, newestAt: number, receivedAt: number): number | null =>
  Number.isFinite(newestAt) ? Math.max(was ?? -Infinity, newestAt - receivedAt) : was

const secondMs = 1_000

/** The second that was `secondsAgo` before `now`; null where nothing is told of it, as nothing was asked in it. */
export const secondAt = (seconds: readonly Second[], now: number, secondsAgo: number): Second | null => {
  const wanted = now - secondsAgo * secondMs
  return seconds.find(({ at }) => at > wanted - secondMs && at <= wanted) ?? null
}
