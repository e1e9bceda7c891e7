import { setTimeout as sleep } from 'node:timers/promises'

/** One request of an open-loop load. Times are in milliseconds. */
export type Sample<T> = {
  /** When it was due, since the load began. */
  readonly atMs: number
  /** From when it was due to when its answer was whole, so that a late start counts as well (coordinated omission). */
  readonly tookMs: number
  /** How late it was sent: a timer is good for a millisecond, and this process has other things to do as well. */
  readonly lateMs: number
  readonly answer: T
}

/** Sends `perSecond` requests a second for `seconds`, whether or not earlier ones have been answered. */
export const offerLoad = async <T>(opt: {
  readonly perSecond: number
  readonly seconds: number
  readonly send: (index: number) => Promise<T>
}): Promise<readonly Sample<T>[]> => {
  const total = Math.round(opt.perSecond * opt.seconds)
  const beganAt = performance.now()
  const running: Promise<Sample<T>>[] = []
  for (let index = 0; index < total; index += 1) {
    const atMs = (index * 1000) / opt.perSecond
    const waitMs = beganAt + atMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const lateMs = performance.now() - beganAt - atMs
    const sample = opt.send(index).then((answer) => ({ atMs, tookMs: performance.now() - beganAt - atMs, lateMs, answer }))
    // Whoever awaits them all is told of a failure; until then it must not end the process, and leave the hub behind.
    sample.catch(() => {})
    running.push(sample)
  }
  return Promise.all(running)
}

/** The smallest value that at least `share` (0 to 1) of the values do not exceed; NaN of none. */
export const quantile = (values: readonly number[], share: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))] ?? Number.NaN
}

export const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
