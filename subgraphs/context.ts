import type { Logger } from 'pino'
import type { Freshness, ReadOptions, SourceState } from '../fuse/call.ts'
import type { Span } from '../fuse/span.ts'
import { presentSpan } from './present-span.ts'

export type Role = 'VISITOR' | 'AGENT' | 'ANALYST' | 'ADMIN'

/** NOBODY shows no token, and may ask for the one field that needs none. */
export type CallerRole = Role | 'NOBODY'

/** Who asks. Made from a token by `gateway/caller.ts`, and carried to a subgraph in another process by an internal one. */
export type Caller = {
  readonly id: string
  readonly name: string
  readonly role: CallerRole
  /** Paths in the department tree, such as `tech/backend`. */
  readonly departments: readonly string[]
  /** The customer that a known visitor is; null for everybody else. */
  readonly customerId: string | null
  /** Whether somebody else than the hub itself vouches for who this is: false for an anonymous visitor. */
  readonly verified: boolean
  /** When the token was issued, in Unix seconds; 0 where it does not say. Of two tokens of one agent the later one tells their rights. */
  readonly issuedAt: number
}

/** What a client's request means to the subgraphs; the same object for all fetches of one request within a process. */
export type RequestContext = {
  readonly caller: Caller
  /** Aborted when the client hangs up or the request's budget is spent. */
  readonly signal: AbortSignal
  /** When that budget is spent; Unix milliseconds. */
  readonly deadlineAt: number
  readonly freshness: Freshness
  readonly requestId: string
  readonly traceparent?: string
  /** Where the request is traced: the operation, or to the resolvers of a fetch that fetch. */
  readonly span?: Span
  readonly log: Logger
}

/** A value that is not live, at its path in the answer. */
export type DegradedValue = {
  readonly path: readonly (string | number)[]
  readonly backend: string
  readonly state: Exclude<SourceState, 'LIVE'>
  readonly ageMs: number
}

/** What the resolvers of one fetch see. */
export type FetchContext<L> = RequestContext & { readonly loaders: L; readonly degraded: DegradedValue[] }

/** From now on the fetch goes on as another caller: one who came without a token, and was given one. */
export const become = <L>(context: FetchContext<L>, caller: Caller): void => void Object.assign(context, { caller })

/** To be called in the same turn as the load that it is for: what is asked belongs to the fetch whose code runs now. */
export const readOptions = (context: RequestContext): ReadOptions => {
  const span = presentSpan() ?? context.span
  return {
    signal: context.signal,
    freshness: context.freshness,
    ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
    ...(span ? { span } : {}),
  }
}
