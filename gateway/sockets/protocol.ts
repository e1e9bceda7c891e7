import { z } from 'zod'

/*
 * `graphql-transport-ws` (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md): its messages, and what a socket is closed with.
 * docs/sockets.md has the same table for clients; a test compares the two.
 */

export const subprotocol = 'graphql-transport-ws'

export type Closing = { readonly code: number; readonly reason: string }

/** The protocol's own codes, and those of RFC 6455 that tell its client to come back. */
export const closings = {
  /** A message that is none of the protocol's. */
  invalid: { code: 4400, reason: 'Invalid message received' },
  unauthorized: { code: 4401, reason: 'Unauthorized' },
  /** No token, a bad one, or one that has expired. */
  forbidden: { code: 4403, reason: 'Forbidden' },
  subprotocol: { code: 4406, reason: 'Subprotocol not acceptable' },
  initTimeout: { code: 4408, reason: 'Connection initialisation timeout' },
  initTwice: { code: 4429, reason: 'Too many initialisation requests' },
  /** The hub stops, or the subgraph that a subscription listened to was replaced or lost. */
  restart: { code: 1012, reason: 'Service restart' },
  /** The client reads more slowly than is sent to it, or the hub has too much in hand. */
  slow: { code: 1013, reason: 'Try again later' },
} as const satisfies Record<string, Closing>

/** 4409 names the operation, as the protocol wants it. */
export const closingTwice = (id: string): Closing => ({ code: 4409, reason: `Subscriber for ${id.slice(0, 60)} already exists` })

const maxIdLength = 200
const id = z.string().min(1).max(maxIdLength)
const record = z.record(z.string(), z.unknown())

const subscribePayload = z.object({
  /** Missing where `extensions.persistedQuery` names it. */
  query: z.string().nullish(),
  operationName: z.string().nullish(),
  variables: record.nullish(),
  extensions: record.nullish(),
})

const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('connection_init'), payload: record.nullish() }),
  z.object({ type: z.literal('ping'), payload: record.nullish() }),
  z.object({ type: z.literal('pong'), payload: record.nullish() }),
  z.object({ type: z.literal('subscribe'), id, payload: subscribePayload }),
  z.object({ type: z.literal('complete'), id }),
])

export type ClientMessage = z.infer<typeof clientMessage>
export type SubscribePayload = z.infer<typeof subscribePayload>

/** Null for what is no message that a client may send. */
export const readMessage = (text: string): ClientMessage | null => {
  try {
    return clientMessage.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

export const ackMessage = '{"type":"connection_ack"}'
export const pongMessage = '{"type":"pong"}'
/** `payload` is JSON already, so that what several listeners are told is written once. */
export const nextMessage = (idText: string, payload: string): string => `{"id":${idText},"type":"next","payload":${payload}}`
export const completeMessage = (idText: string): string => `{"id":${idText},"type":"complete"}`
export const errorMessage = (idText: string, errors: readonly object[]): string => `{"id":${idText},"type":"error","payload":${JSON.stringify(errors)}}`
