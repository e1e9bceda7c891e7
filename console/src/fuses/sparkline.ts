import { shownMs } from './seconds.ts'
import type { Second } from './seconds.ts'
import type { Span } from './phases.ts'

/* Where the lines of a sparkline run. Two minutes, to the right is now; up is slower, by the logarithm. */

export const width = 246
export const height = 30
const fastestMs = 5
const slowestMs = 5_000
/** A second has to be followed by the next one to be joined with it: what was between was idle, or refused. */
const joinedMs = 1_600

const rounded = (value: number) => Math.round(value * 10) / 10

export const xOf = (at: number, now: number): number => rounded(Math.min(width, Math.max(0, width - ((now - at) / shownMs) * width)))

export const yOf = (ms: number): number => {
  const share = Math.log(Math.min(slowestMs, Math.max(fastestMs, ms)) / fastestMs) / Math.log(slowestMs / fastestMs)
  return rounded(height - 1 - share * (height - 2))
}

type Point = { readonly x: number; readonly p50: number; readonly p99: number }
type Run = readonly Point[]

export type Lines = {
  /** Of the half of the answers. */
  readonly p50: string
  /** The same, of seconds that stand alone. */
  readonly dots: string
  /** Between it and 99 % of them. */
  readonly band: string
  /** Where calls failed. */
  readonly failures: string
}

/** Seconds beside each other that had answers. */
const runsOf = (seconds: readonly Second[], now: number): readonly Run[] => {
  const runs: Point[][] = []
  let before = -Infinity
  for (const { at, p50Ms, p99Ms } of seconds) {
    if (p50Ms === null || at <= now - shownMs) continue
    const point = { x: xOf(at, now), p50: yOf(p50Ms), p99: yOf(p99Ms ?? p50Ms) }
    const run = at - before <= joinedMs ? runs.at(-1) : undefined
    if (run) run.push(point)
    else runs.push([point])
    before = at
  }
  return runs
}

const line = (points: readonly (readonly [x: number, y: number])[]) => points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${x} ${y}`).join('')

const bandOf = (run: Run): string =>
  run.length < 2 ? '' : `${line([...run.map(({ x, p99 }) => [x, p99] as const), ...run.toReversed().map(({ x, p50 }) => [x, p50] as const)])}Z`

const strokeOf = (run: Run): string => (run.length < 2 ? '' : line(run.map(({ x, p50 }) => [x, p50] as const)))

const dotOf = ([point, ...others]: Run): string => (point && others.length === 0 ? `M${point.x} ${point.p50}h0.1` : '')

/** Nothing is smoothed, and nothing is drawn where nothing was asked. */
export const linesOf = (seconds: readonly Second[], now: number): Lines => {
  const runs = runsOf(seconds, now)
  const failed = seconds.filter(({ at, failures }) => failures > 0 && at > now - shownMs)
  return {
    p50: runs.map(strokeOf).join(''),
    dots: runs.map(dotOf).join(''),
    band: runs.map(bandOf).join(''),
    failures: failed.map(({ at }) => `M${xOf(at, now)} ${height}v-5`).join(''),
  }
}

export type Hatch = { readonly x: number; readonly width: number }

/** What of `whole` none of `holes` covers. */
const without = (whole: Span, holes: readonly Span[]): readonly Span[] =>
  holes.reduce<readonly Span[]>((left, hole) => left.flatMap(({ from, to }) =>
    [{ from, to: Math.min(to, hole.from) }, { from: Math.max(from, hole.to), to }].filter((part) => part.to > part.from)), [whole])

/** A probe that is over sooner leaves no hole: it would be too narrow to be read, and nobody else's call passed. */
const shortMs = 2_000

/** The time in which a fuse refused calls, but not that in which it was probed. */
export const hatchesOf = (open: readonly Span[], probed: readonly Span[], now: number): readonly Hatch[] => {
  const start = now - shownMs
  const holes = probed.filter(({ from, to }) => to > start && to - from >= shortMs)
  return open
    .flatMap((span) => without({ from: Math.max(start, span.from), to: Math.min(now, span.to) }, holes))
    .map(({ from, to }) => ({ x: xOf(from, now), width: rounded(xOf(to, now) - xOf(from, now)) }))
    .filter((hatch) => hatch.width > 0)
}
