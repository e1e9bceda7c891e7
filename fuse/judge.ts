import { TimeoutError } from 'mollitia'
import { Cancelled, Faulted, FuseOpen, Malformed, Overloaded, Refused, TimedOut, Unreachable } from './errors.ts'

/**
 * What the end of an attempt says of the backend: `ill` counts as a failure, `well` as a success, `unknown` as neither.
 * A refusal is the answer of a backend that is well. That a caller hung up says nothing, nor does a defect of ours.
 */
export type Verdict = 'well' | 'ill' | 'unknown'

/** The verdict on a failed attempt. A failure at one row's place never gets here: its call succeeded. */
export const judge = (failure: unknown): Verdict => {
  if (failure instanceof Refused) return 'well'
  return isIll(failure) ? 'ill' : 'unknown'
}

const isIll = (failure: unknown): boolean =>
  failure instanceof Unreachable ||
  failure instanceof Faulted ||
  failure instanceof TimedOut ||
  failure instanceof Malformed ||
  failure instanceof TimeoutError

/** Whether the last good value may stand in: the backend is ill, or was not asked. */
export const mayServeStale = (failure: unknown): boolean =>
  isIll(failure) || failure instanceof FuseOpen || failure instanceof Overloaded

/**
 * Whether asking again at once can help. Not after a timeout, which would make the caller wait twice, nor where the
 * answer would be the same.
 */
export const mayRetry = (failure: unknown): boolean => failure instanceof Unreachable || failure instanceof Faulted

/** What the abort of a caller's signal means: its deadline passed (a reason named TimeoutError), or it hung up. */
export const meaningOfAbort = (backend: string, reason: unknown): TimedOut | Cancelled =>
  reason instanceof Error && reason.name === 'TimeoutError'
    ? new TimedOut(backend, 'no whole answer within the deadline of the request', { cause: reason })
    : new Cancelled(reason)
