import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { request } from 'undici'
import { z } from 'zod'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { valueAt } from './asking.ts'
import type { Answer, Ask } from './asking.ts'
import { follow, followInbox } from './chat-follow.ts'
import type { Followed } from './chat-follow.ts'
import { openSocketClient } from './socket-client.ts'
import type { SocketClient } from './socket-client.ts'
import { until } from './until.ts'

/* Those who talk through a hub: each with a token of their own, over HTTP and over a socket. */

/** What of a hub people need. */
export type Reached = { readonly url: string; readonly ask: Ask; readonly secret: string }

type Variables = Readonly<Record<string, unknown>>

const userErrors = z.array(z.strictObject({ code: z.string(), message: z.string(), field: z.array(z.string()).nullable() }))
const message = z.object({
  id: z.string(), seq: z.int().nullable(), position: z.int(), clientMessageId: z.string().nullable(), kind: z.string(), body: z.string(), cursor: z.string(),
  author: z.object({ id: z.string(), displayName: z.string() }), sentAt: z.string(),
})
const conversation = z.object({
  id: z.string(), status: z.string(), lastPosition: z.int(), department: z.object({ path: z.string() }).nullable(),
  agent: z.object({ id: z.string() }).nullable(), unreadCount: z.int(), queuePosition: z.int().nullable(), lastActivityAt: z.string(),
})
const started = z.object({ conversation: conversation.nullable(), message: message.nullable(), deduplicated: z.boolean(), userErrors })
const sent = z.object({ message: message.nullable(), deduplicated: z.boolean(), userErrors })
const changed = z.object({ conversation: conversation.nullable(), userErrors })
const page = z.object({
  nodes: z.array(message),
  pageInfo: z.object({ hasNextPage: z.boolean(), hasPreviousPage: z.boolean(), startCursor: z.string().nullable(), endCursor: z.string().nullable() }),
})

export type Message = z.infer<typeof message>
export type Changed = z.infer<typeof changed>
export type Started = { readonly id: string; readonly message: Message }

const messageFields = '{ id seq position clientMessageId kind body cursor author { id displayName } sentAt }'
const conversationFields = '{ id status lastPosition department { path } agent { id } unreadCount queuePosition lastActivityAt }'
const errorFields = '{ code message field }'

export const operations = {
  start: `mutation ($input: StartConversationInput!) { startConversation(input: $input) { conversation ${conversationFields} message ${messageFields} deduplicated userErrors ${errorFields} } }`,
  send: `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { message ${messageFields} deduplicated userErrors ${errorFields} } }`,
  accept: `mutation ($id: ID!) { acceptConversation(id: $id) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  close: `mutation ($id: ID!) { closeConversation(id: $id) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  reopen: `mutation ($id: ID!) { reopenConversation(id: $id) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  transfer: `mutation ($input: TransferConversationInput!) { transferConversation(input: $input) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  rate: `mutation ($id: ID!, $score: Int!, $comment: String) { rateConversation(id: $id, score: $score, comment: $comment) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  addLabels: `mutation ($id: ID!, $labels: [String!]!) { addLabels(conversationId: $id, labels: $labels) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  removeLabels: `mutation ($id: ID!, $labels: [String!]!) { removeLabels(conversationId: $id, labels: $labels) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  markRead: `mutation ($id: ID!, $position: Int!) { markRead(conversationId: $id, position: $position) { conversation ${conversationFields} userErrors ${errorFields} } }`,
  typing: 'mutation ($id: ID!, $typing: Boolean!) { setTyping(conversationId: $id, typing: $typing) }',
  messages: `query ($id: ID!, $first: Int, $after: String, $last: Int, $before: String) { conversation(id: $id) {
    messages(first: $first, after: $after, last: $last, before: $before) { nodes ${messageFields} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`,
} as const

export type Person = AsyncDisposable & {
  readonly id: string
  readonly token: string
  readonly client: SocketClient
  ask(query: string, variables?: Variables): Promise<Answer>
  /** What is at a path of the answer; there may be no error in it. */
  get(query: string, variables: Variables, ...path: readonly (string | number)[]): Promise<unknown>
  /** Fails where it is refused. */
  start(more?: Variables): Promise<Started>
  tryStart(more?: Variables): Promise<z.infer<typeof started>>
  send(conversationId: string, body: string, more?: Variables): Promise<Message>
  trySend(conversationId: string, body: string, more?: Variables): Promise<z.infer<typeof sent>>
  /** One of the operations that answer with a conversation; fails where it is refused. */
  change(name: ChangeName, id: string, more?: Variables): Promise<NonNullable<Changed['conversation']>>
  tryChange(name: ChangeName, id: string, more?: Variables): Promise<Changed>
  messages(id: string, asked?: Variables): Promise<z.infer<typeof page>>
  follow(conversationId: string, after?: string | null): Followed
  /** Resolves when the inbox is listened to, so that nothing is missed from then on. */
  followInbox(after?: string | null): Promise<Followed>
}

export type ChangeName = 'accept' | 'close' | 'reopen' | 'transfer' | 'rate' | 'addLabels' | 'removeLabels' | 'markRead'

/** A token of ours that was issued at a second of one's choice. */
export const signAt = (secret: string, { role, name, departments = [], customer }: TokenClaims, issuedAt: number, expiresAt = issuedAt + 43_200): Promise<string> =>
  new SignJWT({ role, name, departments, ...(customer === undefined ? {} : { customer }) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(name)
    .setAudience('fuseboard')
    .setIssuedAt(issuedAt)
    .setExpirationTime(expiresAt)
    .sign(new TextEncoder().encode(secret))

export const nowSeconds = () => Math.floor(Date.now() / 1000)

/** A name that nobody else has. */
export const named = (name: string) => `${name}-${randomUUID().slice(0, 8)}`

export const openPerson = (hub: Reached, id: string, token: string): Person => {
  const client = openSocketClient(hub.url, token)
  const ask = (query: string, variables: Variables = {}) => hub.ask(query, { token, variables })
  const get: Person['get'] = async (query, variables, ...path) => {
    const answer = await ask(query, variables)
    assert.deepEqual(answer.errors, [], answer.text)
    return valueAt(answer.data, ...path)
  }
  const tryStart = async (more: Variables = {}) =>
    started.parse(await get(operations.start, { input: { body: 'hello', clientMessageId: randomUUID(), ...more } }, 'startConversation'))
  const trySend = async (conversationId: string, body: string, more: Variables = {}) =>
    sent.parse(await get(operations.send, { input: { conversationId, body, clientMessageId: randomUUID(), ...more } }, 'sendMessage'))
  const tryChange = async (name: ChangeName, conversationId: string, more: Variables = {}) => {
    const variables = name === 'transfer' ? { input: { conversationId, reason: 'because', ...more } } : { id: conversationId, ...more }
    const field = /\) \{ (\w+)\(/.exec(operations[name])?.[1] ?? ''
    return changed.parse(await get(operations[name], variables, field))
  }
  return {
    ...{ id, token, client, ask, get, tryStart, trySend, tryChange },
    start: async (more) => {
      const { conversation: opened, message: first, userErrors: errors } = await tryStart(more)
      assert.ok(opened && first, JSON.stringify(errors))
      // What an agent sees of it, and where it stands, is known when it has been routed.
      await until(async () => Number(await get('query ($id: ID!) { conversation(id: $id) { lastPosition } }', { id: opened.id }, 'conversation', 'lastPosition')) > 2)
      return { id: opened.id, message: first }
    },
    send: async (conversationId, body, more) => {
      const { message: kept, userErrors: errors } = await trySend(conversationId, body, more)
      assert.ok(kept, JSON.stringify(errors))
      return kept
    },
    change: async (name, conversationId, more) => {
      const { conversation: after, userErrors: errors } = await tryChange(name, conversationId, more)
      assert.ok(after && errors.length === 0, JSON.stringify(errors))
      return after
    },
    messages: async (conversationId, asked = {}) => page.parse(await get(operations.messages, { id: conversationId, ...asked }, 'conversation', 'messages')),
    follow: (conversationId, after = null) => follow(client, conversationId, after),
    followInbox: (after = null) => followInbox(client, ask, after),
    [Symbol.asyncDispose]: () => client[Symbol.asyncDispose](),
  }
}

/** As a browser that has no token yet. */
export const askWithoutToken = async (url: string, query: string, variables: Variables = {}): Promise<{ readonly status: number; readonly body: unknown }> => {
  const { statusCode, body } = await request(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query, variables }) })
  return { status: statusCode, body: await body.json() }
}
