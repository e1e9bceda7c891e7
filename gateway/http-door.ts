import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import compress from '@fastify/compress'
import fastify, { LogController } from 'fastify'
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { GraphQLError } from 'graphql'
import type { Tracer } from '../fuse/span.ts'
import type { Caller } from '../subgraphs/context.ts'
import { closeAnsweredWhileDraining } from '../subgraphs/draining.ts'
import { parseFreshness } from '../subgraphs/freshness.ts'
import { asksOnlyForSession, nobody } from './anonymous.ts'
import type { Authenticate } from './caller.ts'
import { openDoorTrace } from './door-trace.ts'
import type { TraceContext } from './door-trace.ts'
import { readJson } from './json-body.ts'
import { readSent } from './persisted-operations.ts'
import { reportRefusal } from './request-report.ts'
import { openRequests } from './requests.ts'
import type { DoorContext, Requests, RequestsOptions } from './requests.ts'

export type HttpDoorOptions = RequestsOptions & {
  readonly authenticate: Authenticate
  /** Null where nothing is traced. */
  readonly tracer: Tracer | null
}

/** The HTTP door: `/graphql` is served once it is open; whoever opened it adds the rest and listens. */
export type HttpDoor = AsyncDisposable & {
  readonly app: FastifyInstance
  /** Queries and mutations, for the other door too. */
  readonly requests: Requests
  /** Other limits hold from now on: what passed the earlier ones is looked at again. */
  reloaded(): void
}

/** Smaller answers cost more to make smaller than to send. */
const compressedFromBytes = 16_384

export const openHttpDoor = async (opt: HttpDoorOptions): Promise<HttpDoor> => {
  const app = openFastify(opt)
  const traceOf = openDoorTrace(app, opt.tracer, '/graphql')
  await app.register(compress, { global: false, globalDecompression: false })
  const requests = await openRequests(opt)
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    compress: { threshold: compressedFromBytes, encodings: ['zstd', 'br', 'gzip'] },
    handler: requests.handle(openContext(opt, traceOf)),
  })
  return {
    app,
    requests,
    reloaded: () => requests.reloaded(),
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await requests[Symbol.asyncDispose]()
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
  app.addContentTypeParser('application/json', async (_request: FastifyRequest, payload: IncomingMessage) => readJson(payload, settings().limits.bodyBytes))
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply))
  app.setNotFoundHandler((_request, reply) => sendError(reply, 404, 'NOT_FOUND', 'there is nothing here; the schema is at /graphql'))
  return app
}

/** A refusal as every door says it. */
export const sendError = (reply: FastifyReply, status: number, code: string, message: string) =>
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
      const caller = authorization === undefined && isForAnybody(request) ? nobody : (await authenticate(authorization)).caller
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

const textIn = (body: object, key: string): string | null => {
  const value: unknown = Object.entries(body).find(([name]) => name === key)?.[1]
  return typeof value === 'string' ? value : null
}

const isForAnybody = ({ method, body }: FastifyRequest): boolean =>
  method === 'POST' && typeof body === 'object' && body !== null && asksOnlyForSession(textIn(body, 'query'), textIn(body, 'operationName'))

const chooseListed = (opt: HttpDoorOptions, caller: Caller, request: FastifyRequest): string | null => {
  try {
    return opt.settings().persisted.choose(caller.role, readSent(request))
  } catch (error) {
    reportRefusal(opt, { requestId: request.id, caller }, error)
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
