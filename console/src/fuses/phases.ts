import type { FuseState } from '../../gql/graphql.ts'

/** A state that this page saw a fuse take, and when it took it; Unix milliseconds of the hub. */
export type Phase = { readonly state: FuseState; readonly since: number }

/** What this page has seen of a fuse, beyond how it is now. */
export type Phases = {
  /** Oldest first, of the last hour. The hub keeps the trips alone, so what was before this page came is not in it. */
  readonly phases: readonly Phase[]
  /** How many calls it had counted when it was last seen to refuse them: those since are probes. */
  readonly callsWhenOpen: number
}

const keptMs = 3_600_000
/** An hour of a fuse that is probed each 1.5 s. */
const maxPhases = 4_800

type Told = { readonly state: FuseState; readonly since: string; readonly calls: number }

export const toldOf = (was: Phases | undefined, { state, since, calls }: Told): Phases => ({
  phases: withPhase(was?.phases ?? [], { state, since: Date.parse(since) }),
  callsWhenOpen: state === 'HALF_OPEN' && was ? was.callsWhenOpen : calls,
})

const withPhase = (was: readonly Phase[], now: Phase): readonly Phase[] => {
  const last = was.at(-1)
  if (last && last.state === now.state && last.since === now.since) return was
  return [...was.filter(({ since }) => since > now.since - keptMs), now].slice(-maxPhases)
}

/** The probes of a half-open fuse that have reached for its backend; 0 in another state. */
export const probesOf = ({ state, calls, callsWhenOpen }: Pick<Phases, 'callsWhenOpen'> & Pick<Told, 'state' | 'calls'>): number =>
  state === 'HALF_OPEN' ? Math.max(0, calls - callsWhenOpen) : 0

export type Span = { readonly from: number; readonly to: number }

/** When a fuse was half-open, as far as this page saw it, up to `now`. */
export const probedSpans = (phases: readonly Phase[], now: number): readonly Span[] =>
  phases.flatMap(({ state, since }, i) => (state === 'HALF_OPEN' ? [{ from: since, to: Math.max(since, phases[i + 1]?.since ?? now) }] : []))
