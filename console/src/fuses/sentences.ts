import type { FuseState } from '../../gql/graphql.ts'
import type { FuseWords } from '../words/fuses.ts'
import { probesOf } from './phases.ts'
import type { Phases } from './phases.ts'
import type { Second } from './seconds.ts'
import { sinceWhen, spanOfTrip } from './trips.ts'
import type { Trip } from './trips.ts'

/* How fuses are spoken of; which language, and how spans and numbers are written in it, is handed in. */

export type Saying = {
  readonly words: FuseWords
  readonly span: (ms: number) => string
  readonly number: (value: number) => string
  /** To the second, of Unix milliseconds. */
  readonly time: (at: number) => string
  readonly day: (at: number) => string
}

type Told = Pick<Phases, 'callsWhenOpen'> & {
  readonly state: FuseState
  readonly since: string
  readonly calls: number
  readonly lastErrorCode: string | null
  readonly heldUntil: string | null
}

/** `now` is the hub's; `retryInMs` counts to the next probe. */
export type Moment = { readonly now: number; readonly retryInMs: number | null }

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined => (Object.hasOwn(table, key) ? table[key] : undefined)

/** Why a backend failed, by the code that the hub gives. */
export const causeOf = ({ words }: Saying, code: string): string => own(words.errors, code) ?? words.otherError(code)

export const protocolOf = ({ words }: Saying, protocol: string): string => own(words.protocols, protocol) ?? protocol

/** Whole seconds to come: the last one counts as one until it is over. */
export const countdown = ({ span }: Saying, ms: number): string => span(Math.ceil(ms / 1_000) * 1_000)

/** What is added to the state's name; null where nothing is. */
export const statusOf = (saying: Saying, fuse: Told, { now, retryInMs }: Moment): string | null => {
  const { words, span } = saying
  if (fuse.state === 'HALF_OPEN') return words.probing(probesOf(fuse))
  if (fuse.state === 'CLOSED') return null
  if (fuse.heldUntil !== null) return words.held(span(Math.max(0, Date.parse(fuse.heldUntil) - now)))
  if (retryInMs === null) return null
  return retryInMs > 0 ? words.nextTry(countdown(saying, retryInMs)) : words.trying
}

/** `at` is when its state began. */
export const sinceOf = ({ span, words }: Saying, at: number, now: number): string => words.since(span(Math.max(0, now - at)))

/** A fuse in one line, for who does not see it. */
export const sentenceOf = (saying: Saying, name: string, fuse: Told, trips: readonly Trip[], moment: Moment): string => {
  const { words } = saying
  const parts = [
    words.isIn(name, words.meanings[fuse.state]),
    sinceOf(saying, sinceWhen(trips, fuse), moment.now),
    statusOf(saying, fuse, moment),
    fuse.state !== 'CLOSED' && fuse.lastErrorCode !== null ? words.lastError(causeOf(saying, fuse.lastErrorCode)) : null,
  ]
  return parts.filter((part) => part !== null).join(' · ')
}

const inMs = (value: number) => (value >= 10 ? Math.round(value) : Math.round(value * 10) / 10)

export const msOf = ({ words, number }: Saying, value: number | null): string => (value === null ? words.missing : words.ms(number(inMs(value))))

/** One second, read out; null where nothing was asked in it. */
export const readingOf = (saying: Saying, secondsAgo: number, second: Second | null, isOpen: boolean): string => {
  const { words, number } = saying
  const when = words.ago(saying.span(secondsAgo * 1_000))
  if (!second || second.calls + second.failures + second.rejected === 0) return `${when} · ${isOpen ? words.openSecond : words.idleSecond}`
  const parts = [
    when,
    second.p50Ms === null ? null : `${words.p50} ${msOf(saying, second.p50Ms)}`,
    second.p99Ms === null ? null : `${words.p99} ${msOf(saying, second.p99Ms)}`,
    second.calls > 0 ? words.calls(number(second.calls)) : null,
    second.failures > 0 ? words.secondFailed(number(second.failures)) : null,
    second.rejected > 0 ? words.secondRefused(number(second.rejected)) : null,
  ]
  return parts.filter((part) => part !== null).join(' · ')
}

/** What a screen reader hears of blocks in a lane. */
export const blockNameOf = (saying: Saying, name: string, trips: readonly Trip[], now: number): string => {
  const { words, span, time } = saying
  const [first] = trips
  if (!first) return name
  if (trips.length > 1) return words.blocks(name, time(first.openedAt), trips.length)
  const { from, to } = spanOfTrip(first, now)
  return (first.closedAt === null ? words.blockNow : words.block)(name, time(from), span(to - from))
}

export type NoteOf = { readonly fuseId: string; readonly name: string; readonly protocol: string; readonly trip: Trip; readonly link: string }

/** What is pasted into a report of the outage. */
export const incidentNote = (saying: Saying, { fuseId, name, protocol, trip, link }: NoteOf, now: number): string => {
  const { words: { note }, span, time, number } = saying
  const { from, to } = spanOfTrip(trip, now)
  return [
    note.title(name, saying.day(from)),
    trip.closedAt === null ? note.goesOn(time(from), span(to - from)) : note.ended(time(from), time(to), span(to - from)),
    note.cause(causeOf(saying, trip.errorCode), trip.errorCode),
    note.cost(number(trip.rejected), number(trip.servedStale)),
    note.fuse(fuseId, protocolOf(saying, protocol)),
    link,
  ].join('\n')
}

/** By the fuse's id, the state that was last spoken of. */
export type Spoken = ReadonlyMap<string, FuseState>

/**
 * What of the fuses is news to who listens. A probe that failed is none: the fuse is open, as was said, and would be said again each
 * two seconds. A fuse that is heard of for the first time is news only if it is not closed.
 */
export const newsOf = <T extends { readonly id: string; readonly state: FuseState }>(spoken: Spoken, fuses: Iterable<T>): { readonly news: readonly T[]; readonly spoken: Spoken } => {
  const all = [...fuses]
  const isNews = ({ id, state }: T) => {
    const before = spoken.get(id) ?? 'CLOSED'
    return before !== state && !(before === 'HALF_OPEN' && state === 'OPEN')
  }
  const news = all.filter(isNews)
  return { news, spoken: new Map([...spoken, ...all.filter((fuse) => isNews(fuse) || !spoken.has(fuse.id)).map(({ id, state }) => [id, state] as const)]) }
}
