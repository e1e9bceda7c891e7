import type { Actor, Conversation, ConversationChange, EventDraft, Message, MessageKind, What } from './conversation.ts'
import type { Outcome } from './decide.ts'

/* What a conversation becomes by one more event. */

export type Change = {
  readonly kind: ConversationChange
  readonly isPublic: boolean
  readonly by: Actor | null
  readonly at: number
  readonly note?: string | null
  readonly set?: Partial<Conversation>
  /** It does not count as activity: nobody said or did anything. */
  readonly isQuiet?: boolean
}

/** The conversation one event further. */
const advance = (from: Conversation, { isPublic, at, set = {}, isQuiet = false }: Omit<Change, 'kind'>): Conversation => ({
  ...from,
  ...set,
  position: from.position + 1,
  publicPosition: from.publicPosition + (isPublic ? 1 : 0),
  activityAt: isQuiet ? from.activityAt : at,
  publicActivityAt: isPublic && !isQuiet ? at : from.publicActivityAt,
})

const beforeOf = ({ status, departmentPath, agentId, offeredTo, visitorId, routedAt }: Conversation) => ({ status, departmentPath, agentId, offeredTo, visitorId, routedAt })

export const draft = (from: Conversation | null, conversation: Conversation, change: Omit<Change, 'kind'>, what: What): EventDraft => ({
  conversationId: conversation.id,
  position: conversation.position,
  publicPosition: conversation.publicPosition,
  isPublic: change.isPublic,
  at: change.at,
  by: change.by,
  note: change.note ?? null,
  before: from && beforeOf(from),
  conversation,
  ...what,
})

export const changed = (from: Conversation, change: Change): Extract<Outcome, { readonly kind: 'done' }> => {
  const conversation = advance(from, change)
  return { kind: 'done', conversation, drafts: [draft(from, conversation, change, { kind: change.kind, message: null })], message: null }
}

export type NewMessage = { readonly id: string; readonly kind: MessageKind; readonly author: Actor; readonly clientMessageId: string | null; readonly body: string }

/** While an agent has it: since when the visitor waits for a word of theirs. A note answers nobody. */
const unansweredAfter = ({ status, unansweredAt }: Conversation, { kind, author }: NewMessage, at: number): number | null => {
  if (status !== 'ACTIVE' || kind !== 'TEXT') return unansweredAt
  return author.kind === 'VISITOR' ? (unansweredAt ?? at) : null
}

export const posted = (from: Conversation, said: NewMessage, at: number) => {
  const { id, kind, author, clientMessageId, body } = said
  const isPublic = kind !== 'NOTE'
  const set = { unansweredAt: unansweredAfter(from, said, at), ...(isPublic ? { seq: from.seq + 1 } : {}) }
  const change = { isPublic, by: author, at, set }
  const conversation = advance(from, change)
  const { position, publicPosition } = conversation
  const message: Message = {
    ...{ id, conversationId: from.id, position, publicPosition, seq: isPublic ? conversation.seq : null },
    ...{ kind, author, clientMessageId, body, sentAt: at },
  }
  return { conversation, message, draft: draft(from, conversation, change, { kind: 'MESSAGE', message }) }
}
