import { createClient } from 'graphql-ws'
import type { Client, FormattedExecutionResult, SubscribePayload } from 'graphql-ws'
import { WebSocket } from 'ws'
import { z } from 'zod'

const anyMessage = z.record(z.string(), z.unknown())

/** A socket that sends what it is told, and keeps what it got. */
export type RawSocket = AsyncDisposable & {
  readonly socket: WebSocket
  /** An object is sent as JSON, a text as it is. */
  send(message: object | string): void
  /** The next message that has not been taken yet; rejects when the socket closes first. */
  next(): Promise<Readonly<Record<string, unknown>>>
  /** Takes what comes until one is of this type. */
  until(type: string): Promise<Readonly<Record<string, unknown>>>
  /** Resolves with the code and the reason that it was closed with. */
  readonly closed: Promise<readonly [code: number, reason: string]>
}

export const toWs = (url: string) => url.replace('http', 'ws')

type Waiting = { readonly resolve: (message: Readonly<Record<string, unknown>>) => void; readonly reject: (error: Error) => void }

export const openRawSocket = async (url: string, { protocols = ['graphql-transport-ws'], options = {} }: { protocols?: string[]; options?: object } = {}): Promise<RawSocket> => {
  const socket = new WebSocket(toWs(url), protocols, options)
  const got: Readonly<Record<string, unknown>>[] = []
  const waiting: Waiting[] = []
  const ended: { error: Error | null } = { error: null }
  socket.on('message', (bytes) => {
    const message = anyMessage.parse(JSON.parse(Buffer.isBuffer(bytes) ? bytes.toString() : ''))
    const first = waiting.shift()
    if (first) first.resolve(message)
    else got.push(message)
  })
  const closed = new Promise<readonly [number, string]>((resolve) => {
    socket.once('close', (code, reason) => {
      ended.error = new Error(`closed with ${code} ${String(reason)}`)
      for (const one of waiting) one.reject(ended.error)
      resolve([code, String(reason)])
    })
  })
  socket.on('error', () => undefined)
  await Promise.race([new Promise((resolve) => socket.once('open', resolve)), closed])
  const next = async () => {
    const first = got.shift()
    if (first) return first
    if (ended.error) throw ended.error
    return new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => void waiting.push({ resolve, reject }))
  }
  return {
    socket,
    closed,
    next,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    until: async (type) => {
      for (;;) {
        const message = await next()
        if (message['type'] === type) return message
      }
    },
    [Symbol.asyncDispose]: async () => {
      socket.terminate()
      await closed
    },
  }
}

/** A raw socket that has said who it is. */
export const openAcknowledged = async (url: string, token: string, options: object = {}): Promise<RawSocket> => {
  const raw = await openRawSocket(url, { options })
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  await raw.until('connection_ack')
  return raw
}

export type Result = FormattedExecutionResult

/** What the real client of graphql-ws gets of one operation. */
export type Received = {
  next(): Promise<Result>
  /** Rejects with what the client was told. */
  readonly ended: Promise<true>
  stop(): void
}

export type SocketClient = AsyncDisposable & {
  readonly client: Client
  start(payload: SubscribePayload): Received
  /** The one answer of a query or a mutation. */
  ask(payload: SubscribePayload): Promise<Result>
}

/** The client of graphql-ws over `ws`, without retries if nothing else is said. */
export const openSocketClient = (url: string, token: string | (() => Promise<string>), more: Partial<Parameters<typeof createClient>[0]> = {}): SocketClient => {
  const client = createClient({
    url: toWs(url),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: async () => ({ authorization: `Bearer ${typeof token === 'string' ? token : await token()}` }),
    ...more,
  })
  const start = (payload: SubscribePayload): Received => {
    const iterator = client.iterate<Record<string, unknown>, Record<string, unknown>>(payload)
    const ended = Promise.withResolvers<true>()
    ended.promise.catch(() => undefined)
    return {
      ended: ended.promise,
      next: async () => {
        try {
          const step = await iterator.next()
          if (step.done !== true) return step.value
          ended.resolve(true)
        } catch (error) {
          ended.reject(error)
          throw error
        }
        throw new Error('it is complete')
      },
      stop: () => void iterator.return?.(),
    }
  }
  return {
    client,
    start,
    ask: async (payload) => start(payload).next(),
    [Symbol.asyncDispose]: async () => {
      await client.dispose()
    },
  }
}
