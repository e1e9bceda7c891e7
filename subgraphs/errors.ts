import { GraphQLError } from 'graphql'
import { BackendFailure, Cancelled, FuseOpen, Overloaded } from '../fuse/errors.ts'
import type { RequestContext } from './context.ts'

/** The codes that a client may meet beside those of Apollo Server; `docs/errors.md` lists what each means. */
export const errorCodes = [
  'BACKEND_UNAVAILABLE',
  'BACKEND_TIMEOUT',
  'BACKEND_REFUSED',
  'BACKEND_MALFORMED',
  'FUSE_OPEN',
  'OVERLOADED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'BAD_USER_INPUT',
  'FULL_REFRESH_REQUIRED',
  'INTERNAL_SERVER_ERROR',
] as const

export type ErrorCode = (typeof errorCodes)[number]

const wordsFor: Readonly<Record<BackendFailure['code'], (backend: string) => string>> = {
  BACKEND_UNAVAILABLE: (backend) => `${backend} is unavailable`,
  BACKEND_TIMEOUT: (backend) => `${backend} did not answer in time`,
  BACKEND_REFUSED: (backend) => `${backend} refused the request`,
  BACKEND_MALFORMED: (backend) => `${backend} gave an answer that can't be read`,
  FUSE_OPEN: (backend) => `${backend} has failed too often and is not being asked`,
  OVERLOADED: (backend) => `${backend} has more requests in hand than it can take`,
}

/**
 * Any error of a resolver as one that a client may read. What a backend said stays in `originalError`, which is
 * logged under the request's id and never leaves the process.
 */
export const toGraphQLError = (error: unknown, context: RequestContext): GraphQLError => {
  if (error instanceof GraphQLError) return error
  logOnce(error, context)
  return error instanceof BackendFailure ? fromBackend(error) : fromElsewhere(error)
}

/** One failed batch fails many fields with the same error; the log has it once. */
const logged = new WeakSet<object>()

/** An open fuse and a full queue are told of by the fuse itself, once, and a caller who hung up is nobody's trouble. */
const levelOf = (error: unknown): 'debug' | 'warn' | 'error' => {
  if (error instanceof FuseOpen || error instanceof Overloaded || error instanceof Cancelled) return 'debug'
  return error instanceof BackendFailure ? 'warn' : 'error'
}

const logOnce = (error: unknown, { log, requestId }: RequestContext): void => {
  if (typeof error === 'object' && error !== null) {
    if (logged.has(error)) return
    logged.add(error)
  }
  log[levelOf(error)]({ err: error, requestId }, 'a field could not be answered')
}

const fromBackend = (failure: BackendFailure): GraphQLError =>
  new GraphQLError(wordsFor[failure.code](failure.backend), {
    originalError: failure,
    extensions: {
      code: failure.code,
      backend: failure.backend,
      retryable: failure.retryable,
      ...(failure.retryAfterMs === undefined ? {} : { retryAfterMs: failure.retryAfterMs }),
    },
  })

const fromElsewhere = (error: unknown): GraphQLError =>
  new GraphQLError(error instanceof Cancelled ? 'the request was cancelled' : 'internal error', {
    ...(error instanceof Error ? { originalError: error } : {}),
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  })

export const unauthenticated = (message = 'a token is needed: Authorization: Bearer …') =>
  new GraphQLError(message, { extensions: { code: 'UNAUTHENTICATED', http: { status: 401 } } })

export const forbidden = (message: string) => new GraphQLError(message, { extensions: { code: 'FORBIDDEN' } })

export const badInput = (message: string, field?: string) =>
  new GraphQLError(message, { extensions: { code: 'BAD_USER_INPUT', ...(field === undefined ? {} : { argument: field }) } })

/** What a listener missed is no longer to be had one by one. */
export const fullRefreshRequired = () =>
  new GraphQLError('what was missed since this cursor can not be told: read everything again', { extensions: { code: 'FULL_REFRESH_REQUIRED' } })
