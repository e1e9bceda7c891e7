import { ROOT_CONTEXT, SpanKind as OtelKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { Context, Span as OtelSpan, Tracer as OtelTracer } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BasicTracerProvider, BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace-base'
import type { SpanExporter } from '@opentelemetry/sdk-trace-base'
import type { Logger } from 'pino'
import { BackendFailure } from '../fuse/errors.ts'
import { formatTraceparent, parseTraceparent } from '../fuse/span.ts'
import type { Span, SpanAttributes, SpanKind } from '../fuse/span.ts'
import type { Tracing } from './tracing.ts'

export type OtlpOptions = {
  /** Of a collector that speaks OTLP over HTTP; the path of its traces is put behind it, as the OTLP exporter specification says. */
  readonly endpoint: string
  readonly serviceName: string
  /** 0 to 1, of the traces that begin here. */
  readonly sampleRatio: number
  readonly instance: string
  readonly log: Logger
}

/** One batch, its retry included: what a collector has not taken by then is lost, and holds up no shutdown. */
const exportTimeoutMs = 2_000
/** A few milliseconds more, for all batches of a shutdown go out at once. */
const shutdownTimeoutMs = 2_500
const quietMs = 60_000

/**
 * Traces by OpenTelemetry's SDK, sent in the background in batches. Spans are passed from hand to hand: nothing global is registered.
 * Beside these options the SDK reads `OTEL_BSP_*`, `OTEL_SPAN_*` and `OTEL_EXPORTER_OTLP_HEADERS` of the environment by itself.
 */
export const openOtlp = ({ endpoint, serviceName, sampleRatio, instance, log }: OtlpOptions): Tracing => {
  const exporter = toldOf(new OTLPTraceExporter({ url: tracesAt(endpoint), timeoutMillis: exportTimeoutMs }), log)
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': serviceName, 'service.instance.id': instance }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(sampleRatio) }),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: shutdownTimeoutMs })],
  })
  const tracer = provider.getTracer('fuseboard')
  return {
    begin: (name, header, attributes) => {
      const span = tracer.startSpan(name, { kind: OtelKind.SERVER, attributes: { ...attributes } }, parentOf(header))
      return { span: span.isRecording() ? new Traced(tracer, span) : null, traceparent: traceparentOf(span) }
    },
    [Symbol.asyncDispose]: () => within(shutdownTimeoutMs, provider.shutdown()),
  }
}

const tracesAt = (endpoint: string): string => {
  const url = new URL(endpoint)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/traces`
  return url.href
}

const parentOf = (header: unknown): Context => {
  const parent = parseTraceparent(header)
  if (!parent) return ROOT_CONTEXT
  const { traceId, parentId, flags } = parent
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: parentId, traceFlags: flags & 1, isRemote: true })
}

const traceparentOf = (span: OtelSpan): string => {
  const { traceId, spanId, traceFlags } = span.spanContext()
  return formatTraceparent({ traceId, parentId: spanId, flags: traceFlags })
}

const kinds: Readonly<Record<SpanKind, OtelKind>> = { internal: OtelKind.INTERNAL, client: OtelKind.CLIENT, server: OtelKind.SERVER }

class Traced implements Span {
  readonly #tracer: OtelTracer
  readonly #span: OtelSpan
  readonly #context: Context
  readonly traceparent: string

  constructor(tracer: OtelTracer, span: OtelSpan) {
    this.#tracer = tracer
    this.#span = span
    this.#context = trace.setSpan(ROOT_CONTEXT, span)
    this.traceparent = traceparentOf(span)
  }

  child(name: string, attributes: SpanAttributes = {}, kind: SpanKind = 'internal'): Span {
    return new Traced(this.#tracer, this.#tracer.startSpan(name, { kind: kinds[kind], attributes: { ...attributes } }, this.#context))
  }

  set(attributes: SpanAttributes): void {
    if (this.#span.isRecording()) this.#span.setAttributes(attributes)
  }

  rename(name: string): void {
    if (this.#span.isRecording()) this.#span.updateName(name)
  }

  end(failure?: unknown): void {
    // The SDK complains of a second end, and of what is set after the first.
    if (!this.#span.isRecording()) return
    if (failure !== undefined) this.#fail(failure)
    this.#span.end()
  }

  #fail(failure: unknown): void {
    this.#span.setAttribute('error.type', typeOf(failure))
    const message = failure instanceof BackendFailure ? failure.message.slice(0, 300) : undefined
    this.#span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) })
  }
}

/** A code where there is one. What else an error says is for the log: nobody vouches for the words of one that is not ours. */
const typeOf = (failure: unknown): string => {
  if (typeof failure === 'object' && failure !== null && 'code' in failure && typeof failure.code === 'string') return failure.code
  return failure instanceof Error ? failure.name : 'unknown'
}

/** The same exporter, which says that spans were lost: at most once a minute, and how many since it last said so. */
const toldOf = (exporter: SpanExporter, log: Logger): SpanExporter => {
  let lost = 0
  let saidAt = Number.NEGATIVE_INFINITY
  const tell = (spans: number, error: Error | undefined) => {
    lost += spans
    if (performance.now() - saidAt < quietMs) return
    log.warn({ lost, reason: error && reasonOf(error) }, 'the collector of traces does not take them')
    lost = 0
    saidAt = performance.now()
  }
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.FAILED) tell(spans.length, result.error)
        done(result)
      }),
    shutdown: () => exporter.shutdown(),
  }
}

/** Not what the collector wrote beside its status, which may be anything. */
const reasonOf = (error: Error): string => ('code' in error ? `${error.name} ${String(error.code)}` : `${error.name}: ${error.message}`.slice(0, 200))

/** Resolves when the work has ended, well or not, or is given up. */
const within = async (ms: number, work: Promise<unknown>): Promise<void> => {
  const over = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => over.resolve(undefined), ms)
  await Promise.race([work.catch(() => undefined), over.promise])
  clearTimeout(timer)
}
