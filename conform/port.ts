import { chooseAdapter } from '../fuse/adapters.ts'
import type { Adapters, OpenAdapter, Opened } from '../fuse/adapters.ts'
import type { CallOptions } from '../fuse/call.ts'
import { Refused } from '../fuse/errors.ts'
import type { BackendSettings } from '../fuse/settings.ts'
import { many, outcomeOf, patiently, quote, tell } from './asking.ts'
import { areas, broken, kept, untested } from './promise.ts'
import type { Area, PortPromise, Subject, Verdict } from './promise.ts'

/** What the kit is told beside the configuration. */
export type Hints = {
  /** Ids that exist. */
  readonly samples: readonly string[]
  /** Ids of orders, for what hangs on orders; none where nobody knows them. */
  readonly orderIds: () => Promise<readonly string[]>
  /** Where it may write: null nowhere. `order` is the one that may be refunded. */
  readonly write: { readonly order: string | null } | null
}

export type PortDefinition<P, S> = {
  readonly name: string
  readonly adapters: Adapters<P>
  /** The same adapter, whose write methods throw. */
  withoutWrites(backend: Opened<P>): Opened<P>
  /** Rows to ask for again; `opt` makes the options of one call. */
  discover(backend: P, hints: Hints, opt: () => CallOptions): Promise<S>
  idsOf(samples: S): readonly string[]
  readonly promises: readonly PortPromise<P, S>[]
}

export type Judged = { readonly area: Area; readonly title: string; readonly verdict: Verdict }

export type Report = {
  readonly backend: string
  readonly protocol: string
  /** Without its query, where keys may stand. */
  readonly url: string
  readonly samples: readonly string[]
  /** Why nothing could be judged; null where it could. */
  readonly failure: string | null
  readonly judged: readonly Judged[]
}

export type JudgeOptions<P> = {
  readonly settings: BackendSettings
  readonly hints: Hints
  /** Deadline of one call that is expected to be answered. */
  readonly callMs: number
  readonly warn: (message: string) => void
  /** In place of the adapter that the protocol names. */
  readonly open?: OpenAdapter<P>
}

/** A port that adapters can be held to. `judge` never rejects for what a backend or an adapter does. */
export type Port<P> = { readonly name: string; readonly protocols: readonly string[]; judge(opt: JudgeOptions<P>): Promise<Report> }

/** Rows that are looked at. */
export const maxSamples = 60

/** For one check, which asks several times. */
const checkMs = 120_000

export const definePort = <P, S>(port: PortDefinition<P, S>): Port<P> => ({
  name: port.name,
  protocols: Object.keys(port.adapters),
  judge: async ({ settings, hints, callMs, warn, open = chooseAdapter(port.adapters, settings.protocol, warn) }) => {
    const guarded: OpenAdapter<P> = hints.write === null ? (given) => port.withoutWrites(open(given)) : open
    const { origin, host, protocol, pathname } = new URL(settings.url)
    const about = { backend: settings.name, protocol: settings.protocol, url: `${origin === 'null' ? `${protocol}//${host}` : origin}${pathname}` }
    await using backend = guarded(settings)
    const found = await discover(port, backend, hints, callMs)
    if ('failure' in found) return { ...about, samples: [], failure: found.failure, judged: [] }
    const { samples } = found
    const subject: Subject<P, S> = { backend, open: guarded, settings, samples, callMs }
    const judged: Judged[] = hints.samples.length === 0 ? [] : [judgeNamed(hints.samples, port.idsOf(samples))]
    for (const promise of port.promises.toSorted(byArea)) {
      const { area, title } = promise
      judged.push({ area, title, verdict: await judgeOne(promise, subject, hints.write !== null) })
    }
    return { ...about, samples: port.idsOf(samples), failure: null, judged: judged.toSorted(byArea) }
  },
})

type Found<S> = { readonly samples: S } | { readonly failure: string }

const discover = async <P, S>(port: PortDefinition<P, S>, backend: P, hints: Hints, callMs: number): Promise<Found<S>> => {
  const found: { samples: { readonly samples: S } | null } = { samples: null }
  const outcome = await outcomeOf(async () => {
    found.samples = { samples: await port.discover(backend, hints, () => patiently({ callMs })) }
  }, checkMs)
  if (found.samples !== null) return found.samples
  if (outcome.kind !== 'failed') return { failure: 'it neither answers nor fails' }
  const hint = outcome.error instanceof Refused && hints.samples.length === 0 ? '; where it is meant to refuse that, name rows with --sample ID,ID' : ''
  return { failure: `${tell(outcome.error)}${hint}` }
}

const byArea = (one: { readonly area: Area }, other: { readonly area: Area }): number => areas.indexOf(one.area) - areas.indexOf(other.area)

/** Whoever names a row says that it is there. */
const judgeNamed = (named: readonly string[], found: readonly string[]): Judged => {
  const missing = named.slice(0, maxSamples).filter((id) => !found.includes(id))
  const verdict = missing.length === 0 ? kept(many(found.length, 'row')) : broken(`${missing.slice(0, 3).map(quote).join(', ')}${missing.length > 3 ? ', …' : ''} is not`)
  return { area: 'absence', title: 'what --sample names is there', verdict }
}

const judgeOne = async <P, S>(promise: PortPromise<P, S>, subject: Subject<P, S>, mayWrite: boolean): Promise<Verdict> => {
  if (promise.needs === 'write' && !mayWrite) return untested('writes: allow it with --write')
  const given: { verdict: Verdict | null } = { verdict: null }
  const outcome = await outcomeOf(async () => {
    given.verdict = await promise.check(subject)
  }, checkMs)
  if (given.verdict !== null) return given.verdict
  return broken(outcome.kind === 'failed' ? `a call that is meant to be answered fails with ${tell(outcome.error)}` : 'a call neither answers nor fails')
}
