import type { FuseState } from '../../gql/graphql.ts'
import type { Phase, Span } from './phases.ts'
import { probedSpans } from './phases.ts'

/** From the moment a fuse opened until it closed (null: it has not yet); Unix milliseconds of the hub. */
export type Trip = {
  readonly openedAt: number
  readonly closedAt: number | null
  readonly errorCode: string
  readonly rejected: number
  readonly servedStale: number
}

type ToldTrip = Omit<Trip, 'openedAt' | 'closedAt'> & { readonly openedAt: string; readonly closedAt: string | null }

/** Oldest first. */
export const toTrips = (told: readonly ToldTrip[]): readonly Trip[] =>
  told
    .map(({ openedAt, closedAt, errorCode, rejected, servedStale }) => (
      { openedAt: Date.parse(openedAt), closedAt: closedAt === null ? null : Date.parse(closedAt), errorCode, rejected, servedStale }))
    .filter(({ openedAt }) => Number.isFinite(openedAt))
    .toSorted((a, b) => a.openedAt - b.openedAt)

export const spanOfTrip = ({ openedAt, closedAt }: Trip, now: number): Span => ({ from: openedAt, to: Math.max(openedAt, closedAt ?? now) })

/** The times in which a fuse refused calls; one that has just opened does so before the hub was asked for its trip. */
export const openSpans = (trips: readonly Trip[], present: { readonly state: FuseState; readonly since: string }, now: number): readonly Span[] => {
  const told = trips.map((trip) => spanOfTrip(trip, now))
  return present.state === 'OPEN' && !isOutage(trips.at(-1)) ? [...told, { from: Date.parse(present.since), to: now }] : told
}

const isOutage = (trip: Trip | undefined) => trip?.closedAt === null

/** Since when: of an open fuse the whole outage, failed probes and all; else its present state. */
export const sinceWhen = (trips: readonly Trip[], { state, since }: { readonly state: FuseState; readonly since: string }): number => {
  const last = trips.at(-1)
  const at = Date.parse(since)
  return state === 'OPEN' && last && isOutage(last) ? Math.min(at, last.openedAt) : at
}

/** What a link to a trip says. */
export const tripIdOf = (fuseId: string, { openedAt }: Trip): string => `${fuseId}@${openedAt}`

export type Address = { readonly fuseId: string; readonly openedAt: number | null }

/** Of a link: one trip of a fuse, or the fuse alone. */
export const addressOf = (link: string): Address => {
  const [, fuseId, openedAt] = /^(.+)@(\d{1,16})$/.exec(link) ?? []
  return fuseId === undefined ? { fuseId: link, openedAt: null } : { fuseId, openedAt: Number(openedAt) }
}

export const hourMs = 3_600_000

/** Of the hour that a lane shows, 0 its beginning and 1 now. */
export type Part = { readonly from: number; readonly to: number }

export type Block = {
  /** Oldest first. More than one where they are too close to tell apart. */
  readonly trips: readonly Trip[]
  readonly refusing: Part
  /** Half-open at its end, as far as this page saw it. */
  readonly tail: Part | null
  /** Where probes failed, and it opened again. */
  readonly notches: readonly number[]
}

/** Blocks that are nearer to each other than this can't be hit apart: 6 px of 1,000. */
const apart = 0.006

/** Notches nearer than this would run into a line. */
const notchApart = 0.004

const spaced = (shares: readonly number[]): readonly number[] =>
  shares.reduce<readonly number[]>((kept, share) => (share - (kept.at(-1) ?? -Infinity) < notchApart ? kept : [...kept, share]), [])

const shareOf = (at: number, now: number) => Math.min(1, Math.max(0, 1 - (now - at) / hourMs))

const blockOf = (trips: readonly Trip[], probed: readonly Span[], now: number): Block | null => {
  const [first] = trips
  const last = trips.at(-1)
  if (!first || !last) return null
  const whole = { from: first.openedAt, to: spanOfTrip(last, now).to }
  const within = probed.filter(({ from, to }) => from >= whole.from && to <= whole.to)
  const tail = within.find(({ to }) => to === whole.to) ?? null
  return {
    trips,
    refusing: { from: shareOf(whole.from, now), to: shareOf(tail?.from ?? whole.to, now) },
    tail: tail ? { from: shareOf(tail.from, now), to: shareOf(tail.to, now) } : null,
    notches: spaced(within.filter((span) => span !== tail).map(({ to }) => shareOf(to, now))),
  }
}

/** The trips of the last hour as a lane draws them; oldest first, and those that touch are one. */
export const blocksOf = (trips: readonly Trip[], phases: readonly Phase[], now: number): readonly Block[] => {
  const groups: Trip[][] = []
  for (const trip of trips.filter((one) => spanOfTrip(one, now).to > now - hourMs)) {
    const before = groups.at(-1)?.at(-1)
    const near = before !== undefined && shareOf(trip.openedAt, now) - shareOf(spanOfTrip(before, now).to, now) < apart
    if (near) groups.at(-1)?.push(trip)
    else groups.push([trip])
  }
  const probed = probedSpans(phases, now)
  return groups.flatMap((group) => blockOf(group, probed, now) ?? [])
}

export type Placed = { readonly fuseId: string; readonly trip: Trip }

/** Every trip of every fuse, oldest first: what `[` and `]` step through. */
export const inTime = (trips: ReadonlyMap<string, readonly Trip[]>): readonly Placed[] =>
  [...trips].flatMap(([fuseId, ofOne]) => ofOne.map((trip) => ({ fuseId, trip }))).toSorted((a, b) => a.trip.openedAt - b.trip.openedAt)

/** The trip `steps` later than the one that `link` names; from none, the newest. Null where there is none. */
export const stepFrom = (all: readonly Placed[], link: string | null, steps: 1 | -1): Placed | null => {
  const at = all.findIndex(({ fuseId, trip }) => tripIdOf(fuseId, trip) === link)
  return (at === -1 ? all.at(-1) : all[at + steps]) ?? null
}
