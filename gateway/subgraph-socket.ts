import { GraphQLError } from 'graphql'
import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import { WebSocket } from 'ws'
import { z } from 'zod'
import type { Caller, RequestContext } from '../subgraphs/context.ts'
import type { SubgraphRequest } from '../subgraphs/define.ts'
import { SourceLost, sourceLostCode } from '../subgraphs/event-source.ts'
import type { EventSource } from '../subgraphs/event-source.ts'
import { formatFreshness } from '../subgraphs/freshness.ts'
import type { InternalSigner } from '../subgraphs/internal.ts'
import { openQueueSource } from '../subgraphs/queue-source.ts'
import type { QueueSource } from '../subgraphs/queue-source.ts'
import { readAnswer } from './fetch-result.ts'
import type { SourceEvent } from './transport.ts'

/*
 * The subscriptions of a subgraph in another process: all of them over one socket, which is opened when the first one comes. What runs over it is
 * lost with it, and its clients come back; what comes later opens another.
 */

export type SubgraphSocket = AsyncDisposable & {
  /** The source fails with a GraphQLError where the subgraph refuses, or can't be reached within the budget, and with `SourceLost` where it was lost. */
  subscribe(query: string, request: SubgraphRequest, context: RequestContext): Promise<EventSource<SourceEvent>>
}

export type SubgraphSocketOptions = { readonly name: string; readonly url: string; readonly sign: InternalSigner; readonly renewMs?: number }

/** Who holds the socket open. */
const hub: Caller = { id: 'hub', name: 'hub', role: 'ADMIN', departments: [], customerId: null, verified: true, issuedAt: 0 }

/** A token lives for 60 s, and may be 20 s old when it is shown. */
const renewEveryMs = 10_000
/** A process that does not answer a ping for so long is gone. */
const pongMs = 5_000
const againMs = 250
/** Events of one subscription that wait to be answered. */
const maxQueued = 1_000

class Lean extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false, handshakeTimeout: 2_000 })
  }
}

type Link = { socket: WebSocket | null; connected: number; renewing: NodeJS.Timeout | null; late: NodeJS.Timeout | null; closed: boolean }

type Parts = { readonly name: string; readonly client: Client; readonly link: Link; readonly sign: InternalSigner; readonly sources: Set<QueueSource<SourceEvent>> }

export const openSubgraphSocket = ({ name, url, sign, renewMs = renewEveryMs }: SubgraphSocketOptions): SubgraphSocket => {
  const link: Link = { socket: null, connected: 0, renewing: null, late: null, closed: false }
  const tokenParams = async () => ({ authorization: `Bearer ${sign(hub)}` })
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: Lean,
    lazy: true,
    retryAttempts: 0,
    connectionParams: tokenParams,
    on: {
      connected: (socket) => {
        if (socket instanceof WebSocket) keep(link, socket, tokenParams, renewMs)
      },
      pong: () => heard(link),
      closed: () => letGo(link),
    },
  })
  const sources = new Set<QueueSource<SourceEvent>>()
  const parts: Parts = { name, client, link, sign, sources }
  return {
    subscribe: async (query, request, context) => {
      const opened: { unsubscribe: () => void } = { unsubscribe: () => undefined }
      const source = openQueueSource<SourceEvent>(maxQueued, () => {
        sources.delete(source)
        opened.unsubscribe()
      })
      sources.add(source)
      if (link.closed) source.fail(new SourceLost(name))
      else void run(parts, { query, request, context, source, opened })
      return source
    },
    [Symbol.asyncDispose]: async () => {
      link.closed = true
      for (const source of sources) source.fail(new SourceLost(name))
      const { socket } = link
      await client.dispose()
      socket?.terminate()
      letGo(link)
    },
  }
}

/** Shows a fresh token again and again; each is a ping as well, and what does not answer it is dead. */
const keep = (link: Link, socket: WebSocket, tokenParams: () => Promise<object>, renewMs: number): void => {
  letGo(link)
  link.socket = socket
  link.connected += 1
  link.renewing = setInterval(() => {
    void tokenParams().then((payload) => {
      if (socket.readyState !== WebSocket.OPEN) return
      socket.send(JSON.stringify({ type: 'ping', payload }))
      link.late ??= setTimeout(() => socket.terminate(), pongMs).unref()
    })
  }, renewMs).unref()
}

const heard = (link: Link): void => {
  if (link.late) clearTimeout(link.late)
  link.late = null
}

const letGo = (link: Link): void => {
  heard(link)
  if (link.renewing) clearInterval(link.renewing)
  link.renewing = null
  link.socket = null
}

type Run = {
  readonly query: string
  readonly request: SubgraphRequest
  readonly context: RequestContext
  readonly source: QueueSource<SourceEvent>
  readonly opened: { unsubscribe: () => void }
}

/** Subscribes; where the subgraph is not there yet, or not there again, it is looked for until the budget is spent. */
const run = async (parts: Parts, asked: Run): Promise<void> => {
  const { name, client, link, sign } = parts
  const { query, request, context, source, opened } = asked
  const extensions = await toExtensions(context, sign)
  if (source.isOver) return
  const connectedBefore = link.connected
  const wasConnected = link.socket !== null
  const fail = (error: unknown) => {
    if (Array.isArray(error)) return source.fail(toError(name, error))
    if (wasConnected || link.connected > connectedBefore || link.closed) return source.fail(new SourceLost(name))
    if (Date.now() + againMs < context.deadlineAt) setTimeout(() => void run(parts, asked), againMs).unref()
    else source.fail(unavailable(name))
  }
  const payload = { query, variables: { ...request.variables }, operationName: request.operationName ?? null, extensions }
  opened.unsubscribe = client.subscribe(payload, {
    next: (result) => source.push(toEvent(result)),
    complete: () => source.end(),
    error: fail,
  })
}

const toExtensions = async ({ caller, freshness, requestId, traceparent, deadlineAt }: RequestContext, sign: InternalSigner) => ({
  authorization: `Bearer ${sign(caller)}`,
  cacheControl: formatFreshness(freshness),
  requestId,
  budgetMs: Math.max(1, Math.ceil(deadlineAt - Date.now())),
  ...(traceparent === undefined ? {} : { traceparent }),
})

/** Each listener has one of its own over there, so nothing is shared here. */
const toEvent = (result: unknown): SourceEvent => ({ shared: null, answer: async () => readAnswer(result) })

const refusals = z.array(z.object({ message: z.string(), extensions: z.record(z.string(), z.unknown()).default({}) })).min(1)

/** What the subgraph says that a subscription ended with. */
const toError = (name: string, errors: readonly unknown[]): Error => {
  const [first] = refusals.safeParse(errors).data ?? []
  if (!first) return unavailable(name)
  const { message, extensions } = first
  return extensions['code'] === sourceLostCode ? new SourceLost(name) : new GraphQLError(message, { extensions })
}

const unavailable = (name: string) => new GraphQLError(`${name} is unavailable`, { extensions: { code: 'BACKEND_UNAVAILABLE', backend: name, retryable: true } })
