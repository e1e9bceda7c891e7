import type { CallOptions, Reading } from './call.ts'
import { Cancelled, Faulted, FuseOpen, Malformed, Overloaded, Refused, TimedOut, Unreachable } from './errors.ts'
import type { Span, SpanAttributes } from './span.ts'

/** What the spans of one fuse have in common. */
export type FuseTrace = {
  readonly fuse: { readonly name: string; readonly attributes: SpanAttributes }
  /** Of each attempt: the wire to the backend. */
  readonly wire: { readonly name: string; readonly attributes: SpanAttributes }
}

const usualPorts: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'mysql:': 3306 }

/** `url` is the backend's; of it only host and port are told. */
const serverAt = (url: string | undefined): SpanAttributes => {
  if (url === undefined || !URL.canParse(url)) return {}
  const { hostname, port, protocol } = new URL(url)
  const at = port === '' ? usualPorts[protocol] : Number(port)
  return { 'server.address': hostname, ...(at === undefined ? {} : { 'server.port': at }) }
}

export const describeFuse = ({ backend, protocol, url }: { readonly backend: string; readonly protocol: string; readonly url?: string }): FuseTrace => {
  const attributes = { 'fuse.backend': backend, 'fuse.protocol': protocol }
  return {
    fuse: { name: `fuse ${backend}`, attributes },
    wire: { name: `${protocol} ${backend}`, attributes: { ...attributes, ...serverAt(url) } },
  }
}

/** One call that comes to a fuse. `keys`: of a batch. */
export const beginCall = ({ fuse }: FuseTrace, { span }: CallOptions, kind: string, keys?: number): Span | undefined =>
  span?.child(fuse.name, { ...fuse.attributes, 'fuse.kind': kind, ...(keys === undefined ? {} : { 'fuse.keys': keys }) })

/** Ends the span of a read, with how good its values are. It failed where not one of them is there. */
export const endRead = (span: Span, readings: readonly (Reading<unknown> | Error)[], wasAsked: boolean): void => {
  const counts: Record<string, number> = {}
  for (const reading of readings) {
    const place = reading instanceof Error ? 'fuse.lost' : `fuse.${reading.source.state.toLowerCase()}`
    counts[place] = (counts[place] ?? 0) + 1
  }
  const failures = readings.filter((reading) => reading instanceof Error)
  const isLost = failures.length > 0 && failures.length === readings.length
  span.set(wasAsked ? counts : { ...counts, 'fuse.verdict': isLost ? 'only-if-cached' : 'cached' })
  span.end(isLost ? failures[0] : undefined)
}

const words = [
  [Overloaded, 'overloaded'],
  [TimedOut, 'timed-out'],
  [Unreachable, 'unreachable'],
  [Faulted, 'faulted'],
  [Refused, 'refused'],
  [Malformed, 'malformed'],
  [Cancelled, 'cancelled'],
] as const

const wordFor = (failure: Error, held: boolean): string => {
  if (failure instanceof FuseOpen) return held ? 'held' : 'open'
  return words.find(([type]) => failure instanceof type)?.[1] ?? 'defect'
}

/** What a fuse did with a call: `answered`, `retried` (and answered then), or why it gave nothing of the backend's. */
export const verdictOn = (attempts: number, failure: Error | undefined, held: boolean): SpanAttributes => ({
  'fuse.attempts': attempts,
  'fuse.verdict': failure ? wordFor(failure, held) : attempts > 1 ? 'retried' : 'answered',
})
