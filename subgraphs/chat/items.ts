import type { Actor, ChangeEvent, ChatEvent, MessageEvent } from './conversation.ts'
import type { InboxView } from './inbox.ts'

/* What a subscription's events are made of: the same object for each of its listeners, so that what is executed of it may be shared. */

/** Was kept, and can be resumed after. */
export type EventItem = { readonly kind: 'EVENT'; readonly event: MessageEvent } | { readonly kind: 'EVENT'; readonly event: ChangeEvent }

type InInbox<V, E> = { readonly kind: 'INBOX'; readonly view: V; readonly event: E }
export type ArrivedItem = InInbox<'ARRIVED', ChatEvent>
export type LeftItem = InInbox<'LEFT', ChatEvent>

/** The same in an inbox. */
export type InboxItem = ArrivedItem | LeftItem | InInbox<'MESSAGE', MessageEvent> | InInbox<'CHANGED', ChangeEvent>

export type MessageItem = (EventItem | InboxItem) & { readonly event: MessageEvent }
export type ChangeItem = (EventItem | InboxItem) & { readonly event: ChangeEvent }

export type TypingItem = { readonly kind: 'TYPING'; readonly participant: Actor; readonly typing: boolean }
/** `position` is as whoever hears it counts. */
export type ReadItem = { readonly kind: 'READ'; readonly participant: Actor; readonly position: number }
export type QueueItem = { readonly kind: 'QUEUE'; readonly position: number; readonly estimatedWaitMs: number | null }
export type AgentItem = { readonly kind: 'AGENT'; readonly agent: Actor }

export type ConversationItem = EventItem | TypingItem | ReadItem | QueueItem
export type AnyInboxItem = InboxItem | AgentItem

export const toEventItem = (event: ChatEvent): EventItem => (event.kind === 'MESSAGE' ? { kind: 'EVENT', event } : { kind: 'EVENT', event })

export const toInboxItem = (view: InboxView, event: ChatEvent): InboxItem => {
  if (view === 'ARRIVED') return { kind: 'INBOX', view, event }
  if (view === 'LEFT') return { kind: 'INBOX', view, event }
  return event.kind === 'MESSAGE' ? { kind: 'INBOX', view: 'MESSAGE', event } : { kind: 'INBOX', view: 'CHANGED', event }
}

const typesOfKind = { TYPING: 'TypingChanged', READ: 'ReadChanged', QUEUE: 'QueueMoved' } as const

const typeOfEvent = ({ event }: MessageItem | ChangeItem) => (event.kind === 'MESSAGE' ? 'MessagePosted' : 'ConversationChanged')

/** The type of the schema that an item is. */
export const typeOfItem = (item: ConversationItem | MessageItem | ChangeItem) =>
  item.kind === 'EVENT' || item.kind === 'INBOX' ? typeOfEvent(item) : typesOfKind[item.kind]

/** The same of what an inbox hears. */
export const typeOfInboxItem = (item: AnyInboxItem | MessageItem | ChangeItem) => {
  if (item.kind === 'AGENT') return 'AgentChanged'
  if (item.kind === 'INBOX' && item.view === 'ARRIVED') return 'ConversationArrived'
  return item.kind === 'INBOX' && item.view === 'LEFT' ? 'ConversationLeft' : typeOfEvent(item)
}
