/*
 * Something that must be done once, over a wire that may lose the answer. A key is made for what is wanted and stays until it is known what
 * became of it; while that is not known, the same is sent again and nothing else, so that a retry never does it twice.
 */

export type RefusalCode = 'NOT_FOUND' | 'INVALID' | 'FORBIDDEN' | 'CONFLICT' | 'IDEMPOTENCY_CONFLICT' | 'CLOSED' | 'OVER_CAPACITY'

export type Refused = { readonly message: string; readonly field: readonly string[] | null; readonly code: RefusalCode }

export type Attempt<T> =
  | { readonly is: 'IDLE' }
  | { readonly is: 'SENDING'; readonly key: string; readonly wanted: T; readonly unsure: boolean }
  /** It never reached who would have done it: it may be changed. */
  | { readonly is: 'HELD_BACK'; readonly key: string; readonly wanted: T; readonly code: string }
  /** It may have been done, or not. */
  | { readonly is: 'UNSURE'; readonly key: string; readonly wanted: T; readonly code: string }
  | { readonly is: 'REFUSED'; readonly refusals: readonly Refused[] }
  | { readonly is: 'DONE'; readonly reference: string | null }

export type Outcome =
  | { readonly is: 'DONE'; readonly reference: string | null }
  | { readonly is: 'REFUSED'; readonly refusals: readonly Refused[] }
  | { readonly is: 'FAILED'; readonly code: string }

/** Which failures mean that nothing was done. Of all others it can't be told. */
const heldBack = new Set(['FUSE_OPEN', 'OVERLOADED', 'BACKEND_REFUSED', 'FORBIDDEN', 'UNAUTHENTICATED', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'PERSISTED_QUERY_NOT_IN_LIST', 'BAD_REQUEST'])

export const idle = { is: 'IDLE' } as const

/** As it was before a reload: sent, and never heard of again. */
export const withUnsettled = <T>(wanted: T, key: string): Extract<Attempt<T>, { is: 'UNSURE' }> => ({ is: 'UNSURE', key, wanted, code: 'HUB_UNREACHABLE' })

/** Null where one is under way. What is unsure is sent as it was, whatever is wanted by now. */
export const withSending = <T>(was: Attempt<T>, wanted: T, isSame: (a: T, b: T) => boolean, makeKey: () => string): Extract<Attempt<T>, { is: 'SENDING' }> | null => {
  switch (was.is) {
    case 'SENDING': return null
    case 'UNSURE': return { is: 'SENDING', key: was.key, wanted: was.wanted, unsure: true }
    case 'HELD_BACK': return { is: 'SENDING', key: isSame(was.wanted, wanted) ? was.key : makeKey(), wanted, unsure: false }
    default: return { is: 'SENDING', key: makeKey(), wanted, unsure: false }
  }
}

/** An answer to another key than the one under way changes nothing. */
export const withOutcome = <T>(was: Attempt<T>, key: string, outcome: Outcome): Attempt<T> => {
  if (was.is !== 'SENDING' || was.key !== key) return was
  if (outcome.is !== 'FAILED') return outcome
  const { wanted, unsure } = was
  return { is: !unsure && heldBack.has(outcome.code) ? 'HELD_BACK' : 'UNSURE', key, wanted, code: outcome.code }
}

/** What is said at one field of a form; what is said at none of `fields` belongs to the whole. */
export const refusalAt = (attempt: Attempt<unknown>, field: string): Refused | null =>
  (attempt.is === 'REFUSED' ? attempt.refusals.find((one) => one.field?.at(-1) === field) : null) ?? null

export const refusalsElsewhere = (attempt: Attempt<unknown>, fields: readonly string[]): readonly Refused[] =>
  attempt.is === 'REFUSED' ? attempt.refusals.filter((one) => !fields.includes(one.field?.at(-1) ?? '')) : []
