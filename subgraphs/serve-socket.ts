import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { getOperationAST, GraphQLError, OperationTypeNode } from 'graphql'
import type { ExecutionArgs, ExecutionResult } from 'graphql'
import { makeServer } from 'graphql-ws'
import type { Context, WebSocket as ProtocolSocket } from 'graphql-ws'
import type { Logger } from 'pino'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import { z } from 'zod'
import { formatTraceparent, parseTraceparent } from '../fuse/span.ts'
import type { RequestContext } from './context.ts'
import type { Subgraph, SubgraphRequest } from './define.ts'
import type { Parsed } from './documents.ts'
import { SourceLost, sourceLostCode } from './event-source.ts'
import type { EventSource } from './event-source.ts'
import { parseFreshness } from './freshness.ts'
import { internalLifetimeMs } from './internal.ts'
import type { InternalVerifier } from './internal.ts'

/*
 * The subscriptions of one subgraph, for the hub alone: one socket (graphql-transport-ws) carries those of all its clients. The hub shows its
 * internal token when it connects and again with each `ping`; each subscription carries its caller's own.
 */

export type ServeSocketOptions = {
  readonly subgraph: Subgraph
  readonly verify: InternalVerifier
  readonly documentOf: (query: string) => Parsed
  readonly log: Logger
  readonly messageBytes: number
  /** How long a token that was shown keeps the socket open. */
  readonly lifetimeMs?: number
}

/** What each subscription says beside the operation, in `extensions`. */
const extensions = z.object({
  authorization: z.string(),
  cacheControl: z.string().optional(),
  requestId: z.string(),
  traceparent: z.string().optional(),
  budgetMs: z.number().positive(),
})

type Said = z.infer<typeof extensions>

const shown = z.object({ authorization: z.string() })

type Extra = { readonly socket: WebSocket; renewed: NodeJS.Timeout | null }
type HubContext = Context<Record<string, unknown>, Extra>

/** Serves `/graphql` of a server over sockets, until it is disposed: then each is closed with 1012. */
export const serveSocket = (server: Server, opt: ServeSocketOptions): Disposable => {
  const sockets = new Set<WebSocket>()
  const protocol = openProtocol(opt)
  const handleProtocols = (offered: Set<string>) => (offered.has('graphql-transport-ws') ? 'graphql-transport-ws' : false)
  const upgrader = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: opt.messageBytes, handleProtocols })
  const open = (socket: WebSocket) => {
    sockets.add(socket)
    const extra: Extra = { socket, renewed: null }
    const closed = protocol.opened(toProtocolSocket(socket, opt.log), extra)
    socket.on('error', (error) => opt.log.debug({ err: error }, 'a socket of the hub failed'))
    socket.once('close', (code, reason) => {
      sockets.delete(socket)
      if (extra.renewed) clearTimeout(extra.renewed)
      closed(code, String(reason)).catch((error: unknown) => opt.log.error({ err: error }, 'a socket of the hub did not close'))
    })
  }
  const upgrade = (request: IncomingMessage, wire: Duplex, head: Buffer) => {
    if (request.url === '/graphql') upgrader.handleUpgrade(request, wire, head, open)
    else wire.destroy()
  }
  server.on('upgrade', upgrade)
  return {
    [Symbol.dispose]: () => {
      server.off('upgrade', upgrade)
      for (const socket of sockets) endSocket(socket)
    },
  }
}

const goodbyeMs = 1_000

/** The hub answers at once; one that does not is gone. */
const endSocket = (socket: WebSocket): void => {
  const impatient = setTimeout(() => socket.terminate(), goodbyeMs)
  socket.once('close', () => clearTimeout(impatient))
  socket.close(1012, 'Service restart')
}

const toProtocolSocket = (socket: WebSocket, log: Logger): ProtocolSocket => ({
  protocol: socket.protocol,
  send: (text) => new Promise((resolve, reject) => socket.send(text, (error) => (error ? reject(error) : resolve()))),
  close: (code, reason) => socket.close(code, reason),
  // What it carried is not said back.
  onPing: () => socket.send('{"type":"pong"}'),
  onMessage: (handle) => {
    socket.on('message', (bytes) => {
      handle(Buffer.isBuffer(bytes) ? bytes.toString() : '').catch((error: unknown) => {
        log.warn({ err: error }, 'a message of the hub could not be carried out')
        socket.close(4500, 'Internal server error')
      })
    })
  },
})

const openProtocol = (opt: ServeSocketOptions) => {
  const renew = async ({ extra }: HubContext, payload: unknown): Promise<boolean> => {
    const { data } = shown.safeParse(payload)
    if (!data || !opt.verify(data.authorization)) return false
    if (extra.renewed) clearTimeout(extra.renewed)
    extra.renewed = setTimeout(() => extra.socket.close(4403, 'Forbidden'), opt.lifetimeMs ?? internalLifetimeMs)
    return true
  }
  return makeServer<Record<string, unknown>, Extra>({
    onConnect: (context) => renew(context, context.connectionParams),
    onPing: async (context, payload) => {
      if (!(await renew(context, payload))) context.extra.socket.close(4403, 'Forbidden')
    },
    onSubscribe: async (_context, _id, { query, variables, operationName, extensions: given }) => {
      const said = extensions.safeParse(given)
      const caller = said.success ? opt.verify(said.data.authorization) : null
      if (!said.success || !caller) return [refusal('only the hub may ask', 'UNAUTHENTICATED')]
      const document = opt.documentOf(query)
      if ('errors' in document) return document.errors.map(({ message }) => refusal(message, 'GRAPHQL_VALIDATION_FAILED'))
      const request = { document, variables: variables ?? {}, operationName: operationName ?? undefined }
      const openContext = () => toContext(said.data, opt.log, caller)
      return subscribeTo(opt, request, openContext)
    },
    subscribe: ({ contextValue }) => (contextValue instanceof Results ? contextValue : { errors: [refusal('no source', 'INTERNAL_SERVER_ERROR')] }),
  })
}

const refusal = (message: string, code: string) => new GraphQLError(message, { extensions: { code } })

const toContext = (said: Said, log: Logger, caller: RequestContext['caller']): RequestContext => {
  const traceparent = said.traceparent === undefined ? null : parseTraceparent(said.traceparent)
  return {
    caller,
    signal: AbortSignal.timeout(said.budgetMs),
    deadlineAt: Date.now() + said.budgetMs,
    freshness: parseFreshness(said.cacheControl, { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }),
    requestId: said.requestId,
    log,
    ...(traceparent ? { traceparent: formatTraceparent(traceparent) } : {}),
  }
}

/** Answers each event of a source as its subgraph does. */
class Results implements EventSource<ExecutionResult> {
  readonly #source: EventSource
  readonly #answer: (event: object) => Promise<ExecutionResult>
  readonly #log: Logger

  constructor(source: EventSource, answer: (event: object) => Promise<ExecutionResult>, log: Logger) {
    this.#source = source
    this.#answer = answer
    this.#log = log
  }

  async next(): Promise<IteratorResult<ExecutionResult, undefined>> {
    try {
      const next = await this.#source.next()
      return next.done === true ? next : { done: false, value: await this.#answer(next.value) }
    } catch (error) {
      throw toRefusal(error, this.#log)
    }
  }

  async return(): Promise<IteratorResult<ExecutionResult, undefined>> {
    await this.#source.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** The arguments of one subscription, its source among them; or why it is none. */
const subscribeTo = async (opt: ServeSocketOptions, request: SubgraphRequest, openContext: () => RequestContext): Promise<ExecutionArgs | readonly GraphQLError[]> => {
  const { document, operationName } = request
  if (getOperationAST(document, operationName)?.operation !== OperationTypeNode.SUBSCRIPTION) return [refusal('only subscriptions come by socket', 'BAD_REQUEST')]
  try {
    const source = await opt.subgraph.subscribe(request, openContext())
    const results = new Results(source, async (event) => {
      const { data, errors, degraded } = await opt.subgraph.execute({ ...request, event }, openContext())
      return { ...(data === undefined ? {} : { data }), ...(errors ? { errors } : {}), ...(degraded.length > 0 ? { extensions: { degraded } } : {}) }
    }, opt.log)
    return { schema: opt.subgraph.schema, document, operationName: operationName ?? null, contextValue: results }
  } catch (error) {
    return [toRefusal(error, opt.log)]
  }
}

const toRefusal = (error: unknown, log: Logger): GraphQLError => {
  if (error instanceof SourceLost) return refusal(error.message, sourceLostCode)
  if (error instanceof GraphQLError) return error
  log.error({ err: error }, 'a subscription failed')
  return refusal('internal error', 'INTERNAL_SERVER_ERROR')
}
