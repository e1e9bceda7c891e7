import type { BackendFailure } from './errors.ts'
import type { Span } from './span.ts'

/** What every call that leaves the process is given. */
export type CallOptions = {
  /** Aborted when the caller hangs up or the deadline passes; every wire stops its work then. */
  readonly signal: AbortSignal
  /** W3C Trace Context of the request, to be sent on where the wire has a place for it. */
  readonly traceparent?: string
  /** What the call is a part of, where it is traced. For the fuse: it gives the wire the `traceparent` of the attempt. */
  readonly span?: Span
}

/** One row of an answer: absent (`null`), unreadable (a failure at its own place), or there. */
export type Row<T> = T | null | BackendFailure

/** A window of a longer list. `totalCount` is null where the backend does not count. */
export type Page<T> = {
  readonly rows: readonly Row<T>[]
  readonly hasMore: boolean
  readonly totalCount: number | null
}

/** Rows `offset` to `offset + limit` of a list, newest first unless the port says otherwise. */
export type Window = { readonly offset: number; readonly limit: number }

/**
 * What the caller accepts, in HTTP's own words (RFC 9111 section 5.2.1, RFC 5861 section 4).
 * Ages are in milliseconds. `onlyIfCached`: the backend is not asked at all.
 */
export type Freshness = {
  readonly maxAgeMs: number
  readonly staleIfErrorMs: number
  readonly onlyIfCached: boolean
}

export type SourceState = 'LIVE' | 'CACHED' | 'STALE'

/** How good a value is: who said it, when (Unix milliseconds), and how old it was when it was handed out. */
export type Stamp = {
  readonly backend: string
  readonly state: SourceState
  readonly fetchedAt: number
  readonly ageMs: number
}

/** A value, and how good it is. */
export type Reading<T> = { readonly value: T; readonly source: Stamp }

/** A fused call is given, beside the rest, what its caller accepts. */
export type ReadOptions = CallOptions & { readonly freshness: Freshness }
