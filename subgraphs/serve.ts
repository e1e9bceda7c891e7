import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import { z } from 'zod'
import type { Freshness } from '../fuse/call.ts'
import { formatTraceparent, parseTraceparent } from '../fuse/span.ts'
import type { Span, Tracer } from '../fuse/span.ts'
import type { RequestContext } from './context.ts'
import type { Subgraph } from './define.ts'
import { openDocuments } from './documents.ts'
import { closeAnsweredWhileDraining } from './draining.ts'
import { parseFreshness } from './freshness.ts'
import type { InternalVerifier } from './internal.ts'
import { serveSocket } from './serve-socket.ts'
import type { FuseOwner } from './status/backend.ts'
import { fuseCommand } from './status/report.ts'

export type ServeOptions = {
  readonly subgraph: Subgraph
  readonly verify: InternalVerifier
  /** The fuses of this process. */
  readonly fuses: FuseOwner
  /** Null where nothing is traced. */
  readonly tracer: Tracer | null
  readonly log: Logger
  readonly host: string
  readonly port: number
  readonly bodyBytes: number
  /** Told at `/metrics`, in Prometheus' words, where it is given. */
  readonly metrics?: { expose(): Promise<{ readonly contentType: string; readonly text: string }> }
}

export type ServedSubgraph = AsyncDisposable & { readonly url: string }

const body = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
})

/** A request that does not say what it accepts gets nothing that was kept. */
const strict: Freshness = { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }
const defaultBudgetMs = 10_000

/**
 * One subgraph over HTTP, and its subscriptions over sockets, for the hub alone: it accepts the hub's internal token and nothing else, least of all a
 * client's. `/internal/fuses` tells of the fuses of this process.
 */
export const serveSubgraph = async (opt: ServeOptions): Promise<ServedSubgraph> => {
  const loggerInstance: FastifyBaseLogger = opt.log
  const app = fastify({ loggerInstance, logController: new LogController({ disableRequestLogging: true }), bodyLimit: opt.bodyBytes, forceCloseConnections: 'idle' })
  closeAnsweredWhileDraining(app)
  const callerOf = (request: FastifyRequest) => opt.verify(request.headers.authorization)
  const documentOf = openDocuments(opt.subgraph.schema)

  app.post('/graphql', async (request, reply) => {
    const caller = callerOf(request)
    if (!caller) return refuse(reply)
    const asked = body.safeParse(request.body)
    if (!asked.success) return badRequest(reply, 'the body is no GraphQL request')
    const { query, variables, operationName } = asked.data
    const document = documentOf(query)
    if ('errors' in document) return reply.code(400).send(document)
    const context = { ...contextOf(request, reply, opt), caller }
    const fetch = { document, variables: variables ?? {}, operationName: operationName ?? undefined }
    const { data, errors, degraded } = await opt.subgraph.execute(fetch, context)
    context.span?.end(errors?.[0] && { code: String(errors[0].extensions['code']) })
    return { data, errors, ...(degraded.length > 0 ? { extensions: { degraded } } : {}) }
  })
  app.get('/internal/fuses', async (request, reply) =>
    callerOf(request) ? opt.fuses.listFuses(AbortSignal.timeout(1_000)) : refuse(reply),
  )
  app.post('/internal/fuses', async (request, reply) => {
    if (!callerOf(request)) return refuse(reply)
    const asked = fuseCommand.safeParse(request.body)
    if (!asked.success) return badRequest(reply, 'the body is no command')
    return { fuse: await opt.fuses.command(asked.data.id, asked.data.command, AbortSignal.timeout(1_000)) }
  })
  app.get('/livez', async () => ({ status: 'alive' }))
  app.get('/readyz', async () => ({ status: 'ready' }))
  if (opt.metrics) exposeMetrics(app, opt.metrics)

  const sockets = serveSocket(app.server, { ...opt, documentOf, messageBytes: opt.bodyBytes })
  const url = await app.listen({ host: opt.host, port: opt.port })
  return {
    url: `${url}/graphql`,
    [Symbol.asyncDispose]: async () => {
      sockets[Symbol.dispose]()
      await app.close()
    },
  }
}

/** Without a token, as health is: whoever may not see them is kept from the port. */
const exposeMetrics = (app: FastifyInstance, metrics: NonNullable<ServeOptions['metrics']>): void => {
  app.get('/metrics', async (_request, reply) => {
    const { contentType, text } = await metrics.expose()
    return reply.type(contentType).send(text)
  })
}

const refuse = (reply: FastifyReply) =>
  reply.code(401).send({ errors: [{ message: 'only the hub may ask', extensions: { code: 'UNAUTHENTICATED' } }] })

const badRequest = (reply: FastifyReply, message: string) =>
  reply.code(400).send({ errors: [{ message, extensions: { code: 'BAD_REQUEST' } }] })

/** Without a tracer a valid `traceparent` is passed on as it came. */
const traceOf = (header: unknown, { tracer, subgraph }: ServeOptions): { readonly span?: Span; readonly traceparent?: string } => {
  if (tracer) {
    const { span, traceparent } = tracer.begin(`subgraph ${subgraph.name}`, header)
    return span ? { span, traceparent } : { traceparent }
  }
  const given = header === undefined ? null : parseTraceparent(header)
  return given ? { traceparent: formatTraceparent(given) } : {}
}

const contextOf = (request: FastifyRequest, reply: FastifyReply, opt: ServeOptions): Omit<RequestContext, 'caller'> => {
  const { 'cache-control': cacheControl, traceparent, 'x-deadline-ms': deadline, 'x-request-id': requestId } = request.headers
  const budgetMs = Number(deadline) > 0 ? Number(deadline) : defaultBudgetMs
  const hungUp = new AbortController()
  reply.raw.once('close', () => reply.raw.writableFinished || hungUp.abort(new DOMException('the hub hung up', 'AbortError')))
  return {
    signal: AbortSignal.any([hungUp.signal, AbortSignal.timeout(budgetMs)]),
    deadlineAt: Date.now() + budgetMs,
    freshness: parseFreshness(cacheControl, strict),
    requestId: typeof requestId === 'string' ? requestId : request.id,
    log: opt.log,
    ...traceOf(traceparent, opt),
  }
}
