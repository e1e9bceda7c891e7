import type { Opened } from '../fuse/adapters.ts'
import type { BackendSettings } from '../fuse/settings.ts'

/** What a port promises, in the order in which the table lists it. The last three are of writes, in the order in which one order can be refunded. */
export const areas = [
  'batching', 'order', 'absence', 'paging', 'times and zones', 'charsets', 'error mapping', 'cancellation', 'refusals', 'idempotency', 'conflicts',
] as const

export type Area = (typeof areas)[number]

export type Verdict =
  | { readonly kind: 'kept'; readonly detail?: string }
  | { readonly kind: 'broken'; readonly why: string }
  /** Nothing is known of it: too few rows, or no way to bring the case about. */
  | { readonly kind: 'untested'; readonly why: string }

/** One sentence of a port's contract, and how to find out whether an adapter keeps it. Nothing is known of the rows beforehand. */
export type PortPromise<P, S> = {
  readonly area: Area
  readonly title: string
  /** Left out where writing was not allowed. */
  readonly needs?: 'write'
  check(subject: Subject<P, S>): Promise<Verdict>
}

/** A backend on trial. */
export type Subject<P, S> = {
  /** Straight to the configured backend. Its write methods throw where writing was not allowed. */
  readonly backend: P
  /** Another adapter of the same kind, with other settings; writes throw in it as well. */
  open(settings: BackendSettings): Opened<P>
  readonly settings: BackendSettings
  readonly samples: S
  /** Deadline of one call that is expected to be answered. */
  readonly callMs: number
}

export const kept = (detail?: string): Verdict => (detail === undefined ? { kind: 'kept' } : { kind: 'kept', detail })
export const broken = (why: string): Verdict => ({ kind: 'broken', why })
export const untested = (why: string): Verdict => ({ kind: 'untested', why })

/** The first complaint, or else kept. */
export const keptUnless = (complaints: readonly (string | null)[], detail?: string): Verdict => {
  const why = complaints.find((complaint) => complaint !== null)
  return why == null ? kept(detail) : broken(why)
}

/** A real backend's rows may change between two calls: only what is wrong three times in a row is wrong. */
export const steadily = async (check: () => Promise<Verdict>): Promise<Verdict> => {
  const first = await check()
  if (first.kind !== 'broken') return first
  const second = await check()
  return second.kind === 'broken' ? check() : second
}
