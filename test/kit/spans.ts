import type { Span, SpanAttributes, SpanKind } from '../../fuse/span.ts'

/** A span that remembers what it was told. Its traceparent is its place among those that were made. */
export type NotedSpan = Span & {
  readonly name: () => string
  readonly kind: SpanKind
  readonly attributes: Record<string, string | number | boolean>
  readonly children: readonly NotedSpan[]
  /** How often it was ended. */
  readonly ends: () => number
  readonly failure: () => unknown
}

export const openSpan = (first = 'root', given: SpanAttributes = {}, kind: SpanKind = 'server', ids = { last: 0 }): NotedSpan => {
  let name = first
  let ends = 0
  let failure: unknown
  const children: NotedSpan[] = []
  const attributes = { ...given }
  ids.last += 1
  return {
    traceparent: `span ${ids.last}`,
    kind,
    attributes,
    children,
    child: (childName, childAttributes = {}, childKind = 'internal') => {
      const child = openSpan(childName, childAttributes, childKind, ids)
      children.push(child)
      return child
    },
    set: (more) => void Object.assign(attributes, more),
    rename: (other) => {
      name = other
    },
    end: (why) => {
      ends += 1
      failure = why
    },
    name: () => name,
    ends: () => ends,
    failure: () => failure,
  }
}

/** Every span below one, itself left out. */
export const allBelow = (span: NotedSpan): readonly NotedSpan[] => span.children.flatMap((child) => [child, ...allBelow(child)])
