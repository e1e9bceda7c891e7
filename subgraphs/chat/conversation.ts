import type { Placement } from '../visibility.ts'

/* What a conversation is made of. Times are Unix milliseconds; departments are normalized paths. */

export type ConversationStatus = 'WAITING' | 'OFFERED' | 'ACTIVE' | 'OFFLINE' | 'CLOSED'
export type MessageKind = 'TEXT' | 'NOTE' | 'SYSTEM'
export type ConversationChange = 'OPENED' | 'ROUTED' | 'OFFERED' | 'ACCEPTED' | 'RETURNED' | 'TRANSFERRED' | 'LABELLED' | 'RATED' | 'CLOSED' | 'REOPENED'

/** Who says or does something, under the name that they bore then. */
export type Actor = {
  readonly kind: 'VISITOR' | 'AGENT' | 'BOT'
  readonly id: string
  readonly name: string
  /** Of a visitor, where it is known. */
  readonly verified?: boolean
}

export type Visitor = { readonly id: string; readonly name: string; readonly verified: boolean }

export type Rating = { readonly score: number; readonly comment: string | null }

export type Conversation = Placement & {
  readonly id: string
  readonly subject: string | null
  readonly status: ConversationStatus
  readonly agentName: string | null
  readonly visitor: Visitor
  readonly customerId: string | null
  readonly orderId: string | null
  readonly labels: readonly string[]
  readonly openedAt: number
  readonly activityAt: number
  /** The same of what the visitor may know of. */
  readonly publicActivityAt: number
  readonly closedAt: number | null
  /** Since when it waits, or waited last. */
  readonly queuedAt: number
  /** When routing placed it; null until then. */
  readonly routedAt: number | null
  /** While it is offered: until when. */
  readonly offerUntil: number | null
  /** Agents who let it pass since it waits, the last one last: it goes to others first. */
  readonly passedBy: readonly string[]
  /** While an agent has it: since when the visitor waits for a word of theirs; null where they do not. */
  readonly unansweredAt: number | null
  /** What whoever takes it had better know: an intent, a language. */
  readonly needs: readonly string[]
  /** Of its newest event: counts all of them, from 1 and without gaps. */
  readonly position: number
  /** The same of those that the visitor may know of. */
  readonly publicPosition: number
  /** Of its newest message that the visitor may see. */
  readonly seq: number
  readonly rating: Rating | null
}

/** Who may see a conversation, and how far it is: all that matters to whoever begins to listen. */
export type Whereabouts = Placement & Pick<Conversation, 'id' | 'position' | 'publicPosition'>

export type Message = {
  readonly id: string
  readonly conversationId: string
  readonly position: number
  /** How many public events there were with it. */
  readonly publicPosition: number
  /** Null for a note. */
  readonly seq: number | null
  readonly kind: MessageKind
  readonly author: Actor
  readonly clientMessageId: string | null
  readonly body: string
  readonly sentAt: number
}

/** Where a conversation was before an event. */
export type Before = Placement & Pick<Conversation, 'status' | 'routedAt'>

/** What happened, before it has its place among all that happened. */
export type EventDraft = Happened & What

/** A message, or a change of the conversation. */
export type What = { readonly kind: 'MESSAGE'; readonly message: Message } | { readonly kind: ConversationChange; readonly message: null }

type Happened = {
  readonly conversationId: string
  readonly position: number
  readonly publicPosition: number
  /** Whether the visitor may know of it. */
  readonly isPublic: boolean
  readonly at: number
  readonly by: Actor | null
  /** A reason, for those who work on it. */
  readonly note: string | null
  /** Null for the first event. */
  readonly before: Before | null
  /** As it was after the event. */
  readonly conversation: Conversation
}

/** `ordinal` counts everything that was committed, without gaps, in the order of commits. */
export type ChatEvent = EventDraft & { readonly ordinal: number }

export type MessageEvent = ChatEvent & { readonly kind: 'MESSAGE' }
export type ChangeEvent = Exclude<ChatEvent, { readonly kind: 'MESSAGE' }>

/**
 * A message, an event or a conversation counts in two ways: everything, for those who work on it, and what the visitor may know of. Whoever
 * sees no notes is shown the second everywhere, so that no gap tells of what they do not see.
 */
export const positionFor = (staff: boolean, of: { readonly position: number; readonly publicPosition: number }): number =>
  staff ? of.position : of.publicPosition
