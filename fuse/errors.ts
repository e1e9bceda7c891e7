/**
 * What can go wrong between a resolver and somebody else's system. A wire throws the first five, a fuse the last two
 * (and a wire whose connections are counted `Overloaded`); `subgraphs/errors.ts` turns each into a GraphQL error. The words in
 * `message` are for the log, never for a client.
 */
export type FailureCode =
  | 'BACKEND_UNAVAILABLE'
  | 'BACKEND_TIMEOUT'
  | 'BACKEND_REFUSED'
  | 'BACKEND_MALFORMED'
  | 'FUSE_OPEN'
  | 'OVERLOADED'

export type FailureOptions = { readonly cause?: unknown; readonly retryAfterMs?: number }

/** The parent of all of them. `retryable`: the same call may succeed later without being changed. */
export abstract class BackendFailure extends Error {
  abstract readonly code: FailureCode
  abstract readonly retryable: boolean
  readonly backend: string
  readonly retryAfterMs: number | undefined

  constructor(backend: string, message: string, opt: FailureOptions = {}) {
    super(message, { cause: opt.cause })
    this.name = new.target.name
    this.backend = backend
    this.retryAfterMs = opt.retryAfterMs
  }
}

/** No connection, or one that broke before the answer was whole. */
export class Unreachable extends BackendFailure {
  readonly code = 'BACKEND_UNAVAILABLE'
  readonly retryable = true
}

/** The backend answered, and says that it is broken: HTTP 5xx or its wire's equivalent. */
export class Faulted extends BackendFailure {
  readonly code = 'BACKEND_UNAVAILABLE'
  readonly retryable = true
}

/** No whole answer within the deadline. */
export class TimedOut extends BackendFailure {
  readonly code = 'BACKEND_TIMEOUT'
  readonly retryable = true
}

/** The backend is well and does not accept what it was asked: HTTP 4xx or its wire's equivalent. */
export class Refused extends BackendFailure {
  readonly code = 'BACKEND_REFUSED'
  readonly retryable = false
}

/** The answer can't be read: wrong syntax, wrong type, too large, another charset. */
export class Malformed extends BackendFailure {
  readonly code = 'BACKEND_MALFORMED'
  readonly retryable = true
}

/** The fuse is open: the backend was not asked. */
export class FuseOpen extends BackendFailure {
  readonly code = 'FUSE_OPEN'
  readonly retryable = true
}

/** The backend has as many calls in hand as it is given, and the queue is full. */
export class Overloaded extends BackendFailure {
  readonly code = 'OVERLOADED'
  readonly retryable = true
}

/** The caller hung up; nobody waits for the answer, and it says nothing about the backend. */
export class Cancelled extends Error {
  constructor(cause?: unknown) {
    super('the caller hung up', { cause })
    this.name = 'Cancelled'
  }
}
