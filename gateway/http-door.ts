import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache'
import type { KeyValueCache } from '@apollo/utils.keyvaluecache'
import { ApolloServer } from '@apollo/server'
import type { ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { getOperationAST, GraphQLError } from 'graphql'
import type { DocumentNode, OperationDefinitionNode } from 'graphql'
import type { Logger } from 'pino'
import type { Freshness } from '../fuse/call.ts'
import { parseTraceparent } from '../fuse/span.ts'
import type { Span, Tracer } from '../fuse/span.ts'
import type { Caller, RequestContext } from '../subgraphs/context.ts'
import { closeAnsweredWhileDraining } from '../subgraphs/draining.ts'
import { parseFreshness } from '../subgraphs/freshness.ts'
import type { Authenticate } from './caller.ts'
import { openDoorTrace } from './door-trace.ts'
import type { TraceContext } from './door-trace.ts'
import { limitsRule } from './limits.ts'
import type { Limits } from './limits.ts'
import { isPublic, maskError } from './masking.ts'
import type { Metrics } from './metrics.ts'
import { openRegistered, readSent, runListed } from './persisted-operations.ts'
import type { PersistedOperations } from './persisted-operations.ts'
import type { Supergraph } from './supergraph.ts'

export type HttpDoorOptions = {
  readonly supergraph: Supergraph
  readonly authenticate: Authenticate
  /** Asked for each request, so that others may take their place. */
  readonly settings: () => DoorSettings
  /** What clients may register themselves, all together; 0 where nothing. */
  readonly registeredBytes: number
  readonly metrics: Metrics
  /** Null where nothing is traced. */
  readonly tracer: Tracer | null
  readonly log: Logger
}

/** `freshness`: what holds for a caller who sends no Cache-Control. */
export type DoorSettings = {
  readonly limits: Limits
  readonly freshness: Omit<Freshness, 'onlyIfCached'>
  readonly persisted: PersistedOperations
}

/** The HTTP door: `/graphql` is served once it is open; whoever opened it adds the rest and listens. */
export type HttpDoor = AsyncDisposable & {
  readonly app: FastifyInstance
  /** Other limits hold from now on: what passed the earlier ones is looked at again. */
  reloaded(): void
}

/** `listed` is the persisted operation that the request is to run; null where it runs what it sent. */
type DoorContext = RequestContext & { readonly listed: string | null }

export const openHttpDoor = async (opt: HttpDoorOptions): Promise<HttpDoor> => {
  const app = openFastify(opt)
  const limits = () => opt.settings().limits
  const documents = openDocumentStore()
  const traceOf = openDoorTrace(app, opt.tracer, '/graphql')
  const apollo = new ApolloServer<DoorContext>({
    gateway: opt.supergraph,
    logger: opt.log,
    formatError: maskError,
    // Whether it is allowed is a limit like the others, and may change.
    introspection: true,
    parseOptions: {
      get maxLexicalTokens() {
        return limits().tokens
      },
    },
    documentStore: documents.store,
    validationRules: [(context) => limitsRule(limits())(context)],
    maxRecursiveSelections: true,
    persistedQueries: opt.registeredBytes === 0 ? false : { cache: openRegistered(opt.registeredBytes) },
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    stringifyResult: JSON.stringify,
    nodeEnv: 'production',
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      runListed(({ listed }) => listed),
      reportRequests(opt),
    ],
  })
  await apollo.start()
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: fastifyApolloHandler(apollo, { context: openContext(opt, traceOf) }),
  })
  return {
    app,
    reloaded: () => documents.clear(),
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await apollo.stop()
    },
  }
}

const maxDocumentBytes = 30 * 1024 * 1024

/** Documents that were parsed and validated, by their text's hash. Clearing it leaves none that an earlier setting let through. */
const openDocumentStore = () => {
  const open = () => new InMemoryLRUCache<DocumentNode>({ maxSize: maxDocumentBytes })
  let current = open()
  const store: KeyValueCache<DocumentNode> = {
    get: (key) => current.get(key),
    set: (key, document, options) => current.set(key, document, options),
    delete: (key) => current.delete(key),
  }
  return {
    store,
    clear: () => {
      current = open()
    },
  }
}

const requestIdPattern = /^[\w-]{8,64}$/

const openFastify = ({ settings, log }: HttpDoorOptions): FastifyInstance => {
  const loggerInstance: FastifyBaseLogger = log
  const app = fastify({
    loggerInstance,
    logController: new LogController({ disableRequestLogging: true }),
    forceCloseConnections: 'idle',
    requestTimeout: 30_000,
    genReqId: ({ headers: { 'x-request-id': given } }) => (typeof given === 'string' && requestIdPattern.test(given) ? given : randomUUID()),
  })
  closeAnsweredWhileDraining(app)
  app.addHook('onRequest', async (request, reply) => void reply.header('x-request-id', request.id))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', async (_request: FastifyRequest, payload: IncomingMessage) => parseJson(await readBody(payload, settings().limits.bodyBytes)))
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply))
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'NOT_FOUND', 'there is nothing here; the schema is at /graphql'))
  return app
}

const badBody = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

/** The whole body; rejects as soon as it is past the limit, and no more of it is read. */
const readBody = async (payload: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const tooLarge = () => badBody(413, 'the body is larger than this hub accepts')
  if (Number(payload.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** RFC 8259 section 8.1: JSON between systems is UTF-8. Bytes that are not would otherwise turn into U+FFFD, unnoticed. */
const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw badBody(400, 'the body is not JSON in UTF-8')
  }
}

const sendError = (reply: FastifyReply, status: number, code: string, message: string) =>
  reply.code(status).send({ errors: [{ message, extensions: { code, requestId: reply.request.id } }] })

const statusOf = (error: unknown): number =>
  typeof error === 'object' && error !== null && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500

const refuse = (error: unknown, request: FastifyRequest, reply: FastifyReply) => {
  const status = statusOf(error)
  if (status >= 500) {
    request.log.error({ err: error, requestId: request.id }, 'the door failed')
    return sendError(reply, 500, 'INTERNAL_SERVER_ERROR', 'internal error')
  }
  const message = error instanceof Error ? error.message : 'a bad request'
  return sendError(reply, status, 'BAD_REQUEST', message)
}

const openContext =
  (opt: HttpDoorOptions, traceOf: (request: FastifyRequest) => TraceContext) =>
  async (request: FastifyRequest, reply: FastifyReply): Promise<DoorContext> => {
    const { authenticate, settings, log } = opt
    const { limits, freshness } = settings()
    const { authorization, 'cache-control': cacheControl } = request.headers
    try {
      const caller = await authenticate(authorization)
      return {
        caller,
        listed: chooseListed(opt, caller, request),
        signal: signalOf(reply, limits.budgetMs),
        deadlineAt: Date.now() + limits.budgetMs,
        freshness: parseFreshness(cacheControl, { ...freshness, onlyIfCached: false }),
        requestId: request.id,
        log,
        ...traceOf(request),
      }
    } catch (error) {
      if (error instanceof GraphQLError) error.extensions['requestId'] = request.id
      throw error
    }
  }

/** What is refused here is never parsed, and is counted and logged as any other request is. */
const chooseListed = ({ settings, metrics, log }: HttpDoorOptions, caller: Caller, request: FastifyRequest): string | null => {
  try {
    return settings().persisted.choose(caller.role, readSent(request))
  } catch (error) {
    const codes = error instanceof GraphQLError ? [String(error.extensions['code'])] : []
    metrics.observeRequest({ type: 'none', outcome: 'errors', ms: 0 })
    log.info({ requestId: request.id, role: caller.role, type: 'none', codes, degraded: 0 }, 'request')
    throw error
  }
}

/** Aborted when the client hangs up before it has its answer, and when the budget is spent. */
const signalOf = (reply: FastifyReply, budgetMs: number): AbortSignal => {
  const controller = new AbortController()
  const timer = setTimeout(() => controller.abort(new DOMException('the budget of the request is spent', 'TimeoutError')), budgetMs)
  reply.raw.once('close', () => {
    clearTimeout(timer)
    if (!reply.raw.writableFinished) controller.abort(new DOMException('the client hung up', 'AbortError'))
  })
  return controller.signal
}

const unresolved = () =>
  new GraphQLError('the document has several operations, or none of that name: send operationName', {
    extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } },
  })

/** OpenTelemetry's names for GraphQL servers. Not the document: its literals may be somebody's data. */
const nameOperation = (span: Span, { operation, name }: OperationDefinitionNode): void => {
  span.rename(name ? `graphql ${operation} ${name.value.slice(0, 100)}` : `graphql ${operation}`)
  span.set({ 'graphql.operation.type': operation, ...(name ? { 'graphql.operation.name': name.value.slice(0, 100) } : {}) })
}

/** One line in the log and one observation for each operation; the request's id on every error. Neither names a person or a value. */
const reportRequests = ({ metrics, log }: HttpDoorOptions): ApolloServerPlugin<RequestContext> => ({
  requestDidStart: async () => {
    const startedAt = performance.now()
    return {
      // The server leaves this to its own executor, which a gateway takes the place of.
      didResolveOperation: async ({ document, operationName, contextValue }) => {
        const operation = getOperationAST(document, operationName)
        if (!operation) throw unresolved()
        if (contextValue.span) nameOperation(contextValue.span, operation)
      },
      didEncounterErrors: async ({ errors, contextValue: { requestId } }) => {
        for (const error of errors) {
          if (!isPublic(error)) log.error({ err: error.originalError ?? error, requestId }, 'an error that nobody translated')
        }
      },
      willSendResponse: async ({ contextValue, operation, operationName, response }) => {
        if (response.body.kind !== 'single') return
        const { errors = [], extensions } = response.body.singleResult
        for (const error of errors) Object.assign(error, { extensions: { ...error.extensions, requestId: contextValue.requestId } })
        const codes = [...new Set(errors.map((error) => String(error.extensions?.['code'])))]
        const degraded = Array.isArray(extensions?.['degraded']) ? extensions['degraded'].length : 0
        const { requestId, caller, span } = contextValue
        span?.set({ 'graphql.errors': errors.length, 'graphql.degraded': degraded })
        span?.end(codes.length > 0 ? { code: codes[0] } : undefined)
        const ms = performance.now() - startedAt
        const type = operation?.operation ?? 'none'
        metrics.observeRequest({ type, outcome: codes.length > 0 ? 'errors' : degraded > 0 ? 'degraded' : 'ok', ms })
        const traceId = span ? { traceId: parseTraceparent(span.traceparent)?.traceId } : {}
        log.info({ requestId, ...traceId, role: caller.role, type, operationName, ms: Math.round(ms * 10) / 10, codes, degraded }, 'request')
      },
    }
  },
})
