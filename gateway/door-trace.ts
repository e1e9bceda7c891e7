import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { formatTraceparent, parseTraceparent } from '../fuse/span.ts'
import type { Beginning, Span, Tracer } from '../fuse/span.ts'

/** What of a request's trace its context is given. */
export type TraceContext = { readonly span?: Span; readonly traceparent?: string }

/**
 * The span of each request that comes in at `path`, the refused ones too. Without a tracer there is none, and a valid `traceparent`
 * is passed on as it came.
 */
export const openDoorTrace = (app: FastifyInstance, tracer: Tracer | null, path: string): ((request: FastifyRequest) => TraceContext) => {
  if (!tracer) return passOn
  const begun = new WeakMap<FastifyRequest, Beginning>()
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.url !== path) return
    const attributes = { 'http.request.method': request.method, 'url.path': path, 'request.id': request.id }
    const beginning = tracer.begin(`${request.method} ${path}`, request.headers.traceparent, attributes)
    begun.set(request, beginning)
    if (beginning.span) endWith(beginning.span, reply)
  })
  return (request) => {
    const { span, traceparent } = begun.get(request) ?? {}
    // Renamed when the operation is known.
    const operation = span?.child('graphql')
    if (operation) return { span: operation, traceparent: operation.traceparent }
    return traceparent === undefined ? {} : { traceparent }
  }
}

const passOn = ({ headers }: FastifyRequest): TraceContext => {
  if (headers.traceparent === undefined) return {}
  const given = parseTraceparent(headers.traceparent)
  return given ? { traceparent: formatTraceparent(given) } : {}
}

const endWith = (span: Span, { raw }: FastifyReply): void => {
  raw.once('close', () => {
    if (!raw.writableFinished) return span.end(new DOMException('the client hung up', 'AbortError'))
    span.set({ 'http.response.status_code': raw.statusCode })
    span.end(raw.statusCode >= 500 ? { code: String(raw.statusCode) } : undefined)
  })
}
