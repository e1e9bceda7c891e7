import type { Opened } from '../fuse/adapters.ts'
import type { CallOptions } from '../fuse/call.ts'
import type { BackendSettings } from '../fuse/settings.ts'
import type { Relay } from '../demo/legacy/relay.ts'

/* What an adapter promises whoever calls its port, in a form that any backend can be held to: nothing is known of its rows beforehand. */

export const areas = ['batching', 'order', 'absence', 'paging', 'times and zones', 'charsets', 'error mapping', 'cancellation', 'writing'] as const
export type Area = (typeof areas)[number]

/** `untested`: there was nothing to test it with, or it was not allowed; that is never a success. */
export type Verdict =
  | { readonly kind: 'kept'; readonly detail?: string }
  | { readonly kind: 'broken'; readonly why: string }
  | { readonly kind: 'untested'; readonly why: string }

export const kept = (detail?: string): Verdict => (detail === undefined ? { kind: 'kept' } : { kind: 'kept', detail })
export const broken = (why: string): Verdict => ({ kind: 'broken', why })
export const untested = (why: string): Verdict => ({ kind: 'untested', why })

/** Keys of rows that are there, by what they are keys of. */
export type Samples = Readonly<Record<string, readonly string[]>>

/** What was allowed on the command line. `orderId`: an order that may be refunded. */
export type WriteLeave = { readonly orderId: string | null }

/** An adapter in front of a backend, and the ways to look at it. Writing methods throw unless `write` is given. */
export type Subject<P> = {
  readonly settings: BackendSettings
  readonly backend: Opened<P>
  readonly samples: Samples
  readonly write: WriteLeave | null
  /** The adapter in front of another address. */
  readonly openAt: (url: string) => Opened<P>
  /** The adapter in front of a relay that can fail for the backend; untested where nothing can stand in between. */
  readonly relayed: (use: (backend: Opened<P>, relay: Relay) => Promise<Verdict>) => Promise<Verdict>
}

export type Pledge<P> = {
  readonly area: Area
  /** A sentence about what holds. */
  readonly title: string
  /** Whether it changes what the backend holds. */
  readonly writes?: true
  /** Whatever it rejects with breaks the promise. */
  check(subject: Subject<P>): Promise<Verdict>
}

/** Nobody waits longer than that for one call. */
export const patienceMs = 20_000

/** Options of a call that nobody gives up. */
export const asking = (): CallOptions => ({ signal: AbortSignal.timeout(patienceMs) })

/** Text for a report: one line, and not too long. */
export const told = (value: unknown): string => {
  const text = value instanceof Error ? `${value.name} (${value.message})` : value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 160 ? `${text.slice(0, 160)}…` : text
}
