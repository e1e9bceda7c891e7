import { z } from 'zod'
import { startWireServer } from './wire-server.ts'
import type { Reply } from './wire-server.ts'

const value = z.union([
  z.object({ stringValue: z.string() }).transform((given): string | number | boolean => given.stringValue),
  z.object({ intValue: z.coerce.number() }).transform((given) => given.intValue),
  z.object({ doubleValue: z.number() }).transform((given) => given.doubleValue),
  z.object({ boolValue: z.boolean() }).transform((given) => given.boolValue),
])

const attributes = z.array(z.object({ key: z.string(), value })).transform((list) => Object.fromEntries(list.map((one) => [one.key, one.value])))

/** OTLP 1.x in JSON, as far as spans need it. */
const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().default(''),
  name: z.string(),
  kind: z.int(),
  startTimeUnixNano: z.string().transform(BigInt),
  endTimeUnixNano: z.string().transform(BigInt),
  attributes,
  status: z.object({ code: z.int().default(0), message: z.string().default('') }),
})
const traces = z.object({
  resourceSpans: z.array(z.object({ resource: z.object({ attributes }), scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
})

/** `instance`: the process that made it. */
export type CollectedSpan = z.infer<typeof span> & { readonly instance: string; readonly service: string }

/** A collector of OpenTelemetry that the test runs: OTLP over HTTP, in JSON. */
export type Collector = AsyncDisposable & {
  readonly url: string
  /** In the order in which they came. */
  spans(): readonly CollectedSpan[]
  /** What was asked of it, spans or not: method, path, and the headers. */
  readonly requests: readonly { readonly method: string; readonly url: string }[]
  /** In place of taking what comes; null: it takes it again. */
  answerWith(reply: Reply | 'nothing' | null): void
}

export const startCollector = async (): Promise<Collector> => {
  let instead: Reply | 'nothing' | null = null
  const server = await startWireServer(() => {
    if (instead === 'nothing') return undefined
    return instead ?? { headers: { 'content-type': 'application/json' }, body: '{}' }
  })
  return {
    url: server.url,
    requests: server.requests,
    spans: () => server.requests.flatMap(({ body }) => decode(body)),
    answerWith: (reply) => {
      instead = reply
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

const decode = (body: Buffer): readonly CollectedSpan[] =>
  traces.parse(JSON.parse(body.toString())).resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = { instance: String(resource.attributes['service.instance.id']), service: String(resource.attributes['service.name']) }
    return scopeSpans.flatMap(({ spans }) => spans.map((one) => ({ ...one, ...of })))
  })

/** A trace as a person reads it: one line a span, below its parent, in the order of their beginnings. */
export const drawTrace = (spans: readonly CollectedSpan[], tell: (span: CollectedSpan) => string = ({ name }) => name): readonly string[] => {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const sorted = spans.toSorted((a, b) => Number(a.startTimeUnixNano - b.startTimeUnixNano))
  const below = (parent: CollectedSpan, depth: number): readonly string[] => [
    `${'  '.repeat(depth)}${tell(parent)}`,
    ...sorted.filter(({ parentSpanId }) => parentSpanId === parent.spanId).flatMap((child) => below(child, depth + 1)),
  ]
  return sorted.filter(({ parentSpanId }) => !ids.has(parentSpanId)).flatMap((root) => below(root, 0))
}

/** With its duration and its attributes. */
export const tellSpan = ({ name, startTimeUnixNano, endTimeUnixNano, attributes: of, status }: CollectedSpan): string =>
  [
    `${name} ${(Number(endTimeUnixNano - startTimeUnixNano) / 1e6).toFixed(1)}ms`,
    ...Object.entries(of).map(([key, one]) => `${key}=${one}`),
    ...(status.code === 2 ? [`ERROR ${status.message}`] : []),
  ].join(' ')
