import type { Failure } from '../graphql/failure.ts'

/*
 * How good what is shown is, and why it is no better. Every time is of one clock, in ms: `performance.now()` in the page. The words themselves are
 * the dictionary's.
 */

/** Where a value came from, and how old it was when it arrived. */
export type Stamp = { readonly backend: string; readonly state: 'LIVE' | 'CACHED' | 'STALE'; readonly ageMs: number }

/** What has come of asking for one block. */
export type Asked<T> = {
  /** The last that came; it stays while later ones fail. */
  readonly answer: { readonly value: T; readonly source: Stamp | null; readonly at: number } | null
  /** The last ask brought nothing. */
  readonly silent: boolean
  /** Of the last ask: also of one that brought a part. */
  readonly failures: readonly Failure[]
  readonly settledAt: number | null
  readonly askingSince: number | null
  /** Asks in a row that did not reach the backend. */
  readonly attempts: number
}

export const neverAsked: Asked<never> = { answer: null, silent: false, failures: [], settledAt: null, askingSince: null, attempts: 0 }

/** What an answer had for the block: something, perhaps with errors beside it, or nothing. */
export type Reading<T> = { readonly is: 'ANSWER'; readonly value: T; readonly source: Stamp | null } | { readonly is: 'SILENT' }

export const withAsking = <T>(was: Asked<T>, now: number): Asked<T> => ({ ...was, askingSince: was.askingSince ?? now })

/** Nobody waits for it any more. */
export const withoutAsking = <T>(was: Asked<T>): Asked<T> => (was.askingSince === null ? was : { ...was, askingSince: null })

export const withReading = <T>(was: Asked<T>, reading: Reading<T>, failures: readonly Failure[], now: number): Asked<T> => {
  const settled = { failures, settledAt: now, askingSince: null }
  if (reading.is === 'SILENT') return { ...was, ...settled, silent: true, attempts: was.attempts + 1 }
  const { value, source } = reading
  return { ...settled, answer: { value, source, at: now }, silent: false, attempts: source?.state === 'STALE' ? was.attempts + 1 : 0 }
}

/** The fuse of one backend, as the panel needs it. */
export type FuseGlance = {
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN'
  /** When it lets a call through again; null unless it is open. */
  readonly retryAt: number | null
  readonly isHeld: boolean
  readonly lastErrorCode: string | null
}

/** What is known of one fuse; `receivedAt` is when it was told. */
export type KnownFuse = {
  readonly backend: string
  readonly state: 'CLOSED' | 'OPEN' | 'HALF_OPEN'
  readonly retryAfterMs: number | null
  readonly heldUntil: string | null
  readonly lastErrorCode: string | null
  readonly receivedAt: number
}

const order = ['CLOSED', 'HALF_OPEN', 'OPEN'] as const

/** Of several processes' fuses the one that lets through the soonest: any of them may answer. */
export const glanceAt = (fuses: Iterable<KnownFuse>, backend: string): FuseGlance | null => {
  const glances = [...fuses].filter((fuse) => fuse.backend === backend).map(({ state, retryAfterMs, heldUntil, lastErrorCode, receivedAt }) => ({
    state, lastErrorCode, isHeld: state === 'OPEN' && heldUntil !== null, retryAt: state === 'OPEN' && retryAfterMs !== null ? receivedAt + retryAfterMs : null,
  }))
  return glances.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || (a.retryAt ?? Infinity) - (b.retryAt ?? Infinity))[0] ?? null
}

export type Why = 'SILENT' | 'UNREACHABLE' | 'UNREADABLE' | 'REFUSED' | 'PAUSED' | 'HELD' | 'OVERLOADED' | 'FORBIDDEN' | 'HUB' | 'FAILED'

export type Trouble = { readonly backend: string | null; readonly why: Why }

export type Freshness =
  /** The first answer is on its way. */
  | { readonly is: 'WAITING' }
  | { readonly is: 'LIVE'; readonly ageMs: number }
  | { readonly is: 'CACHED'; readonly ageMs: number }
  /** What is shown is the backend's last word, and it gives no newer one. Without an age, how old can't be told. */
  | { readonly is: 'STALE'; readonly ageMs: number | null; readonly trouble: Trouble; readonly nextTryMs: number | null }
  /** Nothing came. `keptAgeMs` is the age of what is shown from before. */
  | { readonly is: 'UNAVAILABLE'; readonly keptAgeMs: number | null; readonly trouble: Trouble; readonly nextTryMs: number | null }

const whyOf: Readonly<Record<string, Why>> = {
  BACKEND_UNAVAILABLE: 'UNREACHABLE', BACKEND_TIMEOUT: 'SILENT', BACKEND_REFUSED: 'REFUSED', BACKEND_MALFORMED: 'UNREADABLE', FUSE_OPEN: 'PAUSED',
  OVERLOADED: 'OVERLOADED', FORBIDDEN: 'FORBIDDEN', UNAUTHENTICATED: 'FORBIDDEN', HUB_UNREACHABLE: 'HUB',
}

/** Why a block has nothing new, by the fuse first: it knows more than one answer does. */
const troubleOf = (failures: readonly Failure[], backend: string, fuse: FuseGlance | null): Trouble => {
  const [failure] = failures
  if (failure && failure.code !== 'FUSE_OPEN') return { backend: failure.backend ?? (failure.code.startsWith('BACKEND_') ? backend : null), why: whyOf[failure.code] ?? 'FAILED' }
  if (fuse?.isHeld) return { backend, why: 'HELD' }
  return { backend, why: whyOf[fuse?.lastErrorCode ?? ''] ?? (failure || fuse?.state === 'OPEN' ? 'PAUSED' : 'SILENT') }
}

/** Asked again unchanged, they say the same. */
const finalCodes = new Set(['BACKEND_REFUSED', 'BAD_USER_INPUT', 'FORBIDDEN', 'UNAUTHENTICATED', 'GRAPHQL_VALIDATION_FAILED', 'PERSISTED_QUERY_NOT_IN_LIST', 'BAD_REQUEST'])

const isFinal = ({ silent, failures }: Asked<unknown>) => silent && failures.length > 0 && failures.every(({ code }) => finalCodes.has(code))

const shortestPauseMs = 1_000
const longestPauseMs = 5_000
const pauseMs = (attempts: number) => Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.max(0, attempts - 1))

/** The backend's last word is not the newest: nothing came, or something old, or its fuse has opened since. */
const isBehind = ({ silent, answer }: Asked<unknown>, fuse: FuseGlance | null) =>
  silent || answer?.source?.state === 'STALE' || (answer !== null && fuse?.state === 'OPEN')

/**
 * When a block asks again by itself; null where it has no reason to. Never before the fuse or the hub says that it is worth while, and never
 * faster than a pause that grows.
 */
export const dueAt = (asked: Asked<unknown>, fuse: FuseGlance | null): number | null => {
  const { settledAt, askingSince, failures, attempts } = asked
  if (askingSince !== null || settledAt === null || !isBehind(asked, fuse) || isFinal(asked)) return null
  if (fuse?.state === 'OPEN' && fuse.isHeld && fuse.retryAt === null) return null
  const said = failures.flatMap(({ retryAfterMs }) => (retryAfterMs === null ? [] : [retryAfterMs]))
  const worthwhileAt = fuse?.state === 'OPEN' && fuse.retryAt !== null ? fuse.retryAt : settledAt + (said.length > 0 ? Math.min(...said) : 0)
  return Math.max(worthwhileAt, settledAt + pauseMs(attempts))
}

const aged = (answer: NonNullable<Asked<unknown>['answer']>, now: number) => (answer.source?.ageMs ?? 0) + Math.max(0, now - answer.at)

/** What is said of a block. `backend` is whose it is where no answer has told. */
export const freshnessOf = (asked: Asked<unknown>, backend: string, fuse: FuseGlance | null, now: number): Freshness => {
  const { answer, silent, failures } = asked
  const due = dueAt(asked, fuse)
  const nextTryMs = due === null ? null : Math.max(0, due - now)
  if (silent) return { is: 'UNAVAILABLE', keptAgeMs: answer && aged(answer, now), trouble: troubleOf(failures, backend, fuse), nextTryMs }
  if (!answer) return { is: 'WAITING' }
  const ageMs = aged(answer, now)
  if (isBehind(asked, fuse)) {
    // An empty list has no row that could tell its age.
    const isUntold = answer.source === null && asked.attempts > 0
    return { is: 'STALE', ageMs: isUntold ? null : ageMs, trouble: troubleOf(failures, backend, fuse), nextTryMs }
  }
  return { is: answer.source?.state === 'CACHED' ? 'CACHED' : 'LIVE', ageMs }
}

const worse = { LIVE: 0, CACHED: 1, STALE: 2 } as const

/** A list is as good as its worst row. */
export const worstOf = (stamps: readonly (Stamp | null | undefined)[]): Stamp | null =>
  stamps.filter((one) => one != null).toSorted((a, b) => worse[b.state] - worse[a.state] || b.ageMs - a.ageMs)[0] ?? null

/** Whose block it is: the name that an answer gave, as a hub may call its backends as it likes. */
export const backendOf = ({ answer, failures }: Asked<unknown>, usual: string): string =>
  answer?.source?.backend ?? failures.find(({ backend }) => backend !== null)?.backend ?? usual
