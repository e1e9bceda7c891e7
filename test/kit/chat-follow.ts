import assert from 'node:assert/strict'
import { setTimeout as wait } from 'node:timers/promises'
import { valueAt } from './asking.ts'
import type { Answer } from './asking.ts'
import type { Result, SocketClient } from './socket-client.ts'

/* Subscriptions of the chat, with all that they hear kept in order. */

export type Event = Readonly<Record<string, unknown>>

export type Followed = {
  /** In the order in which they came. */
  readonly events: readonly Event[]
  /** The whole results, errors included. */
  readonly results: readonly Result[]
  /** Resolves with the first event, of those that came already too, that is as it is asked for. Rejects when the subscription ends, or after ten seconds. */
  until(isSo: (event: Event) => boolean, what?: string): Promise<Event>
  /** The same of a message with this body. */
  untilBody(body: string): Promise<Event>
  untilType(type: string): Promise<Event>
  bodies(): readonly unknown[]
  /** Of the last event that has one. */
  lastCursor(): string | null
  /** Resolves with what it ended with; null where it was complete. */
  readonly ended: Promise<unknown>
  isOver(): boolean
  stop(): void
}

const person = '{ id displayName }'
export const changeFields = `change note by ${person} conversation { id status lastPosition lastActivityAt agent { id } department { path } queuePosition }`
const posted = `cursor message { id seq position clientMessageId kind body author ${person} cursor } conversation { id lastPosition lastActivityAt unreadCount lastMessage { body } }`

export const conversationEvents = `subscription ($id: ID!, $after: String) { conversationEvents(conversationId: $id, after: $after) {
  __typename
  ... on MessagePosted { ${posted} }
  ... on ConversationChanged { cursor ${changeFields} }
  ... on TypingChanged { participant ${person} typing }
  ... on ReadChanged { participant ${person} position }
  ... on QueueMoved { position estimatedWaitMs }
} }`

export const inboxEvents = `subscription ($after: String) { inboxEvents(after: $after) {
  __typename
  ... on ConversationArrived { cursor conversation { id status lastMessage { body } } }
  ... on ConversationLeft { cursor conversationId takenBy ${person} }
  ... on ConversationChanged { cursor ${changeFields} }
  ... on MessagePosted { cursor message { body position author { id } } conversation { id } }
  ... on AgentChanged { agent { id availability } }
} }`

const isEvent = (value: unknown): value is Event => typeof value === 'object' && value !== null

export const listen = (client: SocketClient, query: string, variables: Readonly<Record<string, unknown>>, field: string): Followed => {
  const received = client.start({ query, variables })
  const events: Event[] = []
  const results: Result[] = []
  const state: { end: { readonly with: unknown } | null } = { end: null }
  const run = async (): Promise<unknown> => {
    try {
      for (;;) {
        const result = await received.next()
        results.push(result)
        const event = valueAt(result.data, field)
        if (isEvent(event)) events.push(event)
      }
    } catch (error) {
      const with_ = error instanceof Error && error.message === 'it is complete' ? null : error
      state.end = { with: with_ }
      return with_
    }
  }
  const ended = run()
  const until: Followed['until'] = async (isSo, what = 'the event') => {
    for (let look = 0; look < 2_000; look += 1) {
      const found = events.find(isSo)
      if (found) return found
      if (state.end) assert.fail(`${what} did not come before the end: ${JSON.stringify(state.end.with)}`)
      await wait(5)
    }
    return assert.fail(`${what} did not come; what came: ${JSON.stringify(results)}`)
  }
  return {
    ...{ events, results, ended, until },
    untilBody: (body) => until((event) => valueAt(event, 'message', 'body') === body, `the message ${body}`),
    untilType: (type) => until((event) => event['__typename'] === type, type),
    bodies: () => events.filter((event) => event['__typename'] === 'MessagePosted').map((event) => valueAt(event, 'message', 'body')),
    lastCursor: () => {
      const cursor = events.findLast((event) => typeof event['cursor'] === 'string')?.['cursor']
      return typeof cursor === 'string' ? cursor : null
    },
    isOver: () => state.end !== null,
    stop: () => received.stop(),
  }
}

export const follow = (client: SocketClient, conversationId: string, after: string | null): Followed =>
  listen(client, conversationEvents, { id: conversationId, after }, 'conversationEvents')

/** An agent whose inbox is open is there, so that the hub itself says when it listens. */
export const followInbox = async (client: SocketClient, ask: (query: string) => Promise<Answer>, after: string | null): Promise<Followed> => {
  const followed = listen(client, inboxEvents, { after }, 'inboxEvents')
  for (let look = 0; look < 1_000; look += 1) {
    const { data } = await ask('{ me { agent { availability } } }')
    if (valueAt(data, 'me', 'agent', 'availability') !== 'OFFLINE') return followed
    await wait(5)
  }
  return assert.fail('the inbox is not listened to')
}
