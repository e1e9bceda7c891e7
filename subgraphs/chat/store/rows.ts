import { z } from 'zod'
import type { Agent, CannedReply, ReadMark } from '../backend.ts'
import type { ChatEvent, Conversation, Message, What } from '../conversation.ts'

/* Rows as the database gives them, and what they mean. Every statement selects the columns that are named here. */

const time = z.date().transform((date) => date.getTime())
/** Ordinals and counts stay far below 2^53. */
const number = z.union([z.bigint(), z.number()]).transform(Number)
const status = z.enum(['WAITING', 'OFFERED', 'ACTIVE', 'OFFLINE', 'CLOSED'])
const actorKind = z.enum(['VISITOR', 'AGENT', 'BOT'])
const change = z.enum(['OPENED', 'ROUTED', 'OFFERED', 'ACCEPTED', 'RETURNED', 'TRANSFERRED', 'LABELLED', 'RATED', 'CLOSED', 'REOPENED'])

export const conversationColumns = [
  'id', 'subject', 'status', 'department_path', 'agent_id', 'agent_name', 'offered_to', 'visitor_id', 'visitor_name', 'visitor_verified',
  'customer_id', 'order_id', 'labels', 'opened_at', 'activity_at', 'public_activity_at', 'closed_at', 'queued_at',
  'routed_at', 'offer_until', 'passed_by', 'unanswered_at', 'needs', 'position', 'public_position', 'seq', 'rating_score', 'rating_comment',
] as const

const conversationRow = z
  .object({
    id: z.string(), subject: z.string().nullable(), status, department_path: z.string(), agent_id: z.string().nullable(), agent_name: z.string().nullable(),
    offered_to: z.string().nullable(), visitor_id: z.string(), visitor_name: z.string(), visitor_verified: z.boolean(),
    customer_id: z.string().nullable(), order_id: z.string().nullable(), labels: z.array(z.string()),
    opened_at: time, activity_at: time, public_activity_at: time, closed_at: time.nullable(), queued_at: time,
    routed_at: time.nullable(), offer_until: time.nullable(), passed_by: z.array(z.string()), unanswered_at: time.nullable(), needs: z.array(z.string()),
    position: z.int(), public_position: z.int(), seq: z.int(), rating_score: z.int().nullable(), rating_comment: z.string().nullable(),
  })
  .transform((row): Conversation => ({
    id: row.id, subject: row.subject, status: row.status, departmentPath: row.department_path, agentId: row.agent_id, agentName: row.agent_name,
    offeredTo: row.offered_to, visitorId: row.visitor_id, visitor: { id: row.visitor_id, name: row.visitor_name, verified: row.visitor_verified },
    customerId: row.customer_id, orderId: row.order_id, labels: row.labels,
    openedAt: row.opened_at, activityAt: row.activity_at, publicActivityAt: row.public_activity_at, closedAt: row.closed_at, queuedAt: row.queued_at,
    routedAt: row.routed_at, offerUntil: row.offer_until, passedBy: row.passed_by, unansweredAt: row.unanswered_at, needs: row.needs,
    position: row.position, publicPosition: row.public_position, seq: row.seq,
    rating: row.rating_score === null ? null : { score: row.rating_score, comment: row.rating_comment },
  }))

export const conversations = z.array(conversationRow)

/** A conversation that a visitor started with an id of their own choice, and what it was started with. */
export const startedConversations = z.array(
  z.looseObject({ start_client_message_id: z.string(), start_fingerprint: z.string() })
    .transform((row) => ({ clientMessageId: row.start_client_message_id, fingerprint: row.start_fingerprint, conversation: conversationRow.parse(row) })),
)

const conversationTypes = {
  id: 'uuid', subject: 'text', status: 'text', department_path: 'text', agent_id: 'text', agent_name: 'text', offered_to: 'text', visitor_id: 'text',
  visitor_name: 'text', visitor_verified: 'bool', customer_id: 'text', order_id: 'text', labels: 'text[]', opened_at: 'timestamptz', activity_at: 'timestamptz',
  public_activity_at: 'timestamptz', closed_at: 'timestamptz', queued_at: 'timestamptz', routed_at: 'timestamptz', offer_until: 'timestamptz', passed_by: 'text[]',
  unanswered_at: 'timestamptz', needs: 'text[]', position: 'int', public_position: 'int', seq: 'int', rating_score: 'int', rating_comment: 'text',
} as const satisfies Readonly<Record<ConversationColumn, string>>

export type ConversationColumn = (typeof conversationColumns)[number]

/** The names of some of a conversation's columns in `rows` of JSON that a statement unfolds, with their types. */
export const recordOf = (columns: readonly ConversationColumn[]): string => columns.map((column) => `${column} ${conversationTypes[column]}`).join(', ')

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

export const toConversationRow = (one: Conversation) => ({
  id: one.id, subject: one.subject, status: one.status, department_path: one.departmentPath, agent_id: one.agentId, agent_name: one.agentName,
  offered_to: one.offeredTo, visitor_id: one.visitor.id, visitor_name: one.visitor.name, visitor_verified: one.visitor.verified,
  customer_id: one.customerId, order_id: one.orderId, labels: one.labels,
  opened_at: iso(one.openedAt), activity_at: iso(one.activityAt), public_activity_at: iso(one.publicActivityAt),
  closed_at: isoOrNull(one.closedAt), queued_at: iso(one.queuedAt), routed_at: isoOrNull(one.routedAt), offer_until: isoOrNull(one.offerUntil),
  passed_by: one.passedBy, unanswered_at: isoOrNull(one.unansweredAt), needs: one.needs,
  position: one.position, public_position: one.publicPosition, seq: one.seq,
  rating_score: one.rating?.score ?? null, rating_comment: one.rating?.comment ?? null,
})

/** What of a conversation a message changes. */
export const talkingColumns = ['activity_at', 'public_activity_at', 'unanswered_at', 'position', 'public_position', 'seq'] as const satisfies readonly ConversationColumn[]

export const toTalkingRow = ({ id, activityAt, publicActivityAt, unansweredAt, position, publicPosition, seq }: Conversation) => ({
  ...{ id, activity_at: iso(activityAt), public_activity_at: iso(publicActivityAt), unanswered_at: isoOrNull(unansweredAt) },
  ...{ position, public_position: publicPosition, seq },
})

export const messageColumns = [
  'conversation_id', 'position', 'public_position', 'seq', 'id', 'kind', 'author_kind', 'author_id', 'author_name', 'client_message_id', 'body', 'sent_at',
] as const

export const messageRecord = [
  'conversation_id uuid', 'position int', 'public_position int', 'seq int', 'id uuid', 'kind text', 'author_kind text', 'author_id text', 'author_name text',
  'client_message_id text', 'body text', 'sent_at timestamptz',
].join(', ')

const messageRow = z
  .object({
    conversation_id: z.string(), position: z.int(), public_position: z.int(), seq: z.int().nullable(), id: z.string(), kind: z.enum(['TEXT', 'NOTE', 'SYSTEM']),
    author_kind: actorKind, author_id: z.string(), author_name: z.string(), client_message_id: z.string().nullable(), body: z.string(), sent_at: time,
  })
  .transform((row): Message => ({
    id: row.id, conversationId: row.conversation_id, position: row.position, publicPosition: row.public_position, seq: row.seq, kind: row.kind,
    author: { kind: row.author_kind, id: row.author_id, name: row.author_name },
    clientMessageId: row.client_message_id, body: row.body, sentAt: row.sent_at,
  }))

export const messages = z.array(messageRow)

export const toMessageRow = (one: Message) => ({
  conversation_id: one.conversationId, position: one.position, public_position: one.publicPosition, seq: one.seq, id: one.id, kind: one.kind,
  author_kind: one.author.kind, author_id: one.author.id, author_name: one.author.name,
  client_message_id: one.clientMessageId, body: one.body, sent_at: iso(one.sentAt),
})

const actor = z.object({ kind: actorKind, id: z.string(), name: z.string() })
const placement = { departmentPath: z.string(), agentId: z.string().nullable(), offeredTo: z.string().nullable(), visitorId: z.string() }

/** An event of before there was routing: it stood where it was opened. */
const routedBefore = z.number().nullable().default(0)

const conversation = z.object({
  ...placement, id: z.string(), subject: z.string().nullable(), status, agentName: z.string().nullable(),
  visitor: z.object({ id: z.string(), name: z.string(), verified: z.boolean() }),
  customerId: z.string().nullable(), orderId: z.string().nullable(), labels: z.array(z.string()),
  openedAt: z.number(), activityAt: z.number(), publicActivityAt: z.number(), closedAt: z.number().nullable(), queuedAt: z.number(),
  routedAt: routedBefore, offerUntil: z.number().nullable().default(null), passedBy: z.array(z.string()).default([]),
  unansweredAt: z.number().nullable().default(null), needs: z.array(z.string()).default([]),
  position: z.int(), publicPosition: z.int(), seq: z.int(), rating: z.object({ score: z.int(), comment: z.string().nullable() }).nullable(),
})

/** What of an event is kept as JSON. */
const content = z.object({ by: actor.nullable(), note: z.string().nullable(), before: z.object({ ...placement, status, routedAt: routedBefore }).nullable(), conversation })

const message = z.object({
  id: z.string(), conversationId: z.string(), position: z.int(), publicPosition: z.int(), seq: z.int().nullable(), kind: z.enum(['TEXT', 'NOTE', 'SYSTEM']),
  author: actor, clientMessageId: z.string().nullable(), body: z.string(), sentAt: z.number(),
})

const toWhat = (kind: What['kind'], sent: Message | null): What => {
  if (kind !== 'MESSAGE') return { kind, message: null }
  if (!sent) throw new Error('an event of a message that is not there')
  return { kind, message: sent }
}

/** An event as one process tells another of it. */
export const eventMessage = content
  .extend({
    ordinal: z.int(), conversationId: z.string(), position: z.int(), publicPosition: z.int(), isPublic: z.boolean(), kind: z.union([z.literal('MESSAGE'), change]),
    at: z.number(), message: message.nullable(),
  })
  .transform(({ kind, message: sent, ...happened }): ChatEvent => ({ ...happened, ...toWhat(kind, sent) }))

export const eventColumns = ['ordinal', 'conversation_id', 'position', 'public_position', 'is_public', 'kind', 'at', 'content'] as const

/** `message` is the message's row as JSON, where there is one. */
const messageJson = z.object({
  id: z.string(), kind: z.enum(['TEXT', 'NOTE', 'SYSTEM']), author_kind: actorKind, author_id: z.string(), author_name: z.string(), seq: z.int().nullable(),
  client_message_id: z.string().nullable(), body: z.string(), sent_at: z.string(),
})

export const events = z.array(
  z
    .object({
      ordinal: number, conversation_id: z.string(), position: z.int(), public_position: z.int(), is_public: z.boolean(), kind: z.union([z.literal('MESSAGE'), change]),
      at: time, content, message: messageJson.nullable(),
    })
    .transform(({ content: kept, message: sent, ...row }): ChatEvent => ({
      ...kept, ordinal: row.ordinal, conversationId: row.conversation_id, position: row.position, publicPosition: row.public_position,
      isPublic: row.is_public, at: row.at,
      ...toWhat(row.kind, sent && {
        id: sent.id, conversationId: row.conversation_id, position: row.position, publicPosition: row.public_position, seq: sent.seq, kind: sent.kind,
        author: { kind: sent.author_kind, id: sent.author_id, name: sent.author_name },
        clientMessageId: sent.client_message_id, body: sent.body, sentAt: Date.parse(sent.sent_at),
      }),
    })),
)

export const agents = z.array(
  z
    .object({ id: z.string(), display_name: z.string(), departments: z.array(z.string()), availability: z.enum(['ONLINE', 'AWAY', 'OFFLINE']), capacity: z.int(), token_at: number, active: number, offered: number, offered_at: time.nullable() })
    .transform((row): Agent => ({
      id: row.id, name: row.display_name, departments: row.departments, availability: row.availability, capacity: row.capacity, tokenAt: row.token_at, active: row.active,
      offered: row.offered, offeredAt: row.offered_at,
    })),
)

export const readMarks = z.array(
  z
    .object({ conversation_id: z.string(), participant_kind: actorKind, participant_id: z.string(), participant_name: z.string(), position: z.int(), public_position: z.int() })
    .transform((row): ReadMark => ({
      conversationId: row.conversation_id, participant: { kind: row.participant_kind, id: row.participant_id, name: row.participant_name },
      position: row.position, publicPosition: row.public_position,
    })),
)

export const cannedReplies = z.array(
  z
    .object({ id: z.string(), shortcut: z.string(), body: z.string(), department_path: z.string().nullable() })
    .transform((row): CannedReply => ({ id: row.id, shortcut: row.shortcut, body: row.body, departmentPath: row.department_path })),
)

export const counts = z.array(z.object({ key: z.string(), count: number }))
export const outboxRows = z.array(z.object({ id: z.bigint(), first: number, last: number }))
export const ordinals = z.array(z.object({ last: number }))
