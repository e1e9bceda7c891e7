/* What a trace is made of, to whoever makes spans. It depends on nothing; where spans go is decided far above (`gateway/tracing.ts`). */

/** Attributes are for the operator: no value of a request, no id, no name of a person. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

/** `client`: something leaves the process; `server`: something came in (OpenTelemetry's SpanKind). */
export type SpanKind = 'internal' | 'client' | 'server'

/**
 * One step of a request that is traced. Where nothing is traced there is no span, and nothing is made in its place.
 * None of these throws.
 */
export type Span = {
  /** W3C Trace Context of this step, for whoever is asked as a part of it. */
  readonly traceparent: string
  child(name: string, attributes?: SpanAttributes, kind?: SpanKind): Span
  set(attributes: SpanAttributes): void
  rename(name: string): void
  /** Ends it, as failed where there is a failure. What comes later is passed over. */
  end(failure?: unknown): void
}

/** A request that came in. `span` is null where its trace is not sampled; `traceparent` says so to whoever is asked. */
export type Beginning = { readonly span: Span | null; readonly traceparent: string }

/** Where a process takes part in traces. */
export type Tracer = {
  /** Continues the trace of a `traceparent` header; begins one where there is none, or none that is valid. */
  begin(name: string, header: unknown, attributes?: SpanAttributes): Beginning
}

export type TraceParent = { readonly traceId: string; readonly parentId: string; readonly flags: number }

const version0 = /^00-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/
/** Of a later version only these parts are known; what follows begins with a dash. */
const later = /^(?!00|ff)[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(?:-.*)?$/
const isZero = (hex: string) => /^0+$/.test(hex)

/**
 * Reads a `traceparent` header (W3C Trace Context, sections 3.2 and 4.3). Null for everything that is not exactly one valid value:
 * it is passed over then, as if it had not been sent.
 */
export const parseTraceparent = (header: unknown): TraceParent | null => {
  if (typeof header !== 'string' || header.length > 512) return null
  const [, traceId, parentId, flags] = version0.exec(header) ?? later.exec(header) ?? []
  if (traceId === undefined || parentId === undefined || flags === undefined) return null
  return isZero(traceId) || isZero(parentId) ? null : { traceId, parentId, flags: Number.parseInt(flags, 16) }
}

/** The header of version 00. Of the flags only `sampled` is passed on: it is the one that this version defines. */
export const formatTraceparent = ({ traceId, parentId, flags }: TraceParent): string => `00-${traceId}-${parentId}-${(flags & 1).toString().padStart(2, '0')}`
