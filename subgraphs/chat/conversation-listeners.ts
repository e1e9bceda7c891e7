import type { Caller } from '../context.ts'
import { badInput, forbidden, fullRefreshRequired } from '../errors.ts'
import type { EventSource } from '../event-source.ts'
import { openQueueSource } from '../queue-source.ts'
import type { QueueSource } from '../queue-source.ts'
import { isInScope, maySeeNotes } from '../visibility.ts'
import type { ConversationScope } from '../visibility.ts'
import type { ChatStore } from './backend.ts'
import type { ChatEvent, Whereabouts } from './conversation.ts'
import { positionFor } from './conversation.ts'
import { openGroups } from './groups.ts'
import type { Groups } from './groups.ts'
import { toEventItem } from './items.ts'
import type { ConversationItem } from './items.ts'
import { Replay } from './replay.ts'

export type ListeningOptions = {
  readonly store: Pick<ChatStore, 'listEvents' | 'listEventsOf' | 'lastOrdinal'>
  /** What a caller may see by now. */
  readonly scopeOf: (caller: Caller) => ConversationScope
  /** As in the store, looked up for many at once. */
  readonly findWhereabouts: (id: string) => Promise<Whereabouts | null>
  /** Events that wait for one listener before it is cut off. */
  readonly queuedEvents: number
}

/** Whoever listens to one conversation. */
export type ConversationListeners = {
  /** After `after`, as the caller counts positions; from now on where it is null. Rejects with a GraphQLError. */
  follow(caller: Caller, conversationId: string, after: number | null): Promise<EventSource<ConversationItem>>
  deliver(event: ChatEvent): void
  /** To whoever listens to a conversation. `publicItem`: to those who see no notes; null: they are not told. */
  tell(conversationId: string, staffItem: ConversationItem | null, publicItem: ConversationItem | null): void
  isHeard(conversationId: string): boolean
  /** An agent may see less than before: what is no longer theirs ends. */
  recheck(agentId: string): Promise<void>
  count(): number
  /** Whoever comes later ends at once, in the same way. */
  close(error: Error): void
}

type Listener = { readonly caller: Caller; readonly staff: boolean; readonly queue: QueueSource<ConversationItem> }

const page = 200

export const noSuchConversation = () => badInput('there is no such conversation', 'conversationId')
const goneFrom = () => forbidden("the conversation is no longer the caller's to see")

export const openConversationListeners = (opt: ListeningOptions): ConversationListeners => {
  const { findWhereabouts, queuedEvents, scopeOf } = opt
  const groups = openGroups<Listener>()
  let over: Error | null = null
  const maySee = (caller: Caller, conversation: Whereabouts) => isInScope(scopeOf(caller), conversation)
  const end = (conversationId: string, listener: Listener) => {
    listener.queue.fail(goneFrom())
    groups.remove([conversationId], listener)
  }
  const deliver = (event: ChatEvent) => {
    const item = toEventItem(event)
    for (const listener of [...(groups.get(event.conversationId) ?? [])]) {
      const { caller, staff, queue } = listener
      if (!maySee(caller, event.conversation)) end(event.conversationId, listener)
      else if (staff || event.isPublic) queue.push(item)
      // One that was too slow never comes to leave by itself.
      if (queue.isOver) groups.remove([event.conversationId], listener)
    }
  }
  return {
    deliver,
    follow: async (caller, conversationId, after) => {
      const staff = maySeeNotes(caller)
      const listener: Listener = { caller, staff, queue: openQueueSource(queuedEvents, () => groups.remove([conversationId], listener)) }
      // It listens before it looks: what happens meanwhile waits in its queue.
      groups.add([conversationId], listener)
      if (over) listener.queue.fail(over)
      try {
        return await beginAt(opt, { caller, staff, conversationId, after, live: listener.queue })
      } catch (error) {
        await listener.queue.return()
        throw error
      }
    },
    tell: (conversationId, staffItem, publicItem) => tellEach(groups.get(conversationId), staffItem, publicItem),
    isHeard: (conversationId) => groups.get(conversationId) !== undefined,
    recheck: async (agentId) => {
      for (const [conversationId, theirs] of listenersOf(agentId, groups)) {
        const conversation = await findWhereabouts(conversationId).catch(() => null)
        for (const listener of theirs) if (!conversation || !maySee(listener.caller, conversation)) end(conversationId, listener)
      }
    },
    count: () => groups.count(),
    close: (error) => {
      over = error
      for (const { queue } of groups.all()) queue.fail(error)
    },
  }
}

const tellEach = (listeners: ReadonlySet<Listener> | undefined, staffItem: ConversationItem | null, publicItem: ConversationItem | null): void => {
  for (const { staff, queue } of [...(listeners ?? [])]) {
    const item = staff ? staffItem : publicItem
    if (item) queue.push(item)
  }
}

/** By conversation, those that have any. */
const listenersOf = (agentId: string, groups: Groups<Listener>): readonly (readonly [conversationId: string, listeners: readonly Listener[]])[] =>
  groups.entries().flatMap(([conversationId, listeners]) => {
    const theirs = [...listeners].filter(({ caller }) => caller.role === 'AGENT' && caller.id === agentId)
    return theirs.length > 0 ? [[conversationId, theirs] as const] : []
  })

const beginAt = async (opt: ListeningOptions, following: Omit<Following, 'known'>): Promise<EventSource<ConversationItem>> => {
  const { caller, staff, conversationId, after } = following
  const conversation = await opt.findWhereabouts(conversationId)
  if (!conversation || !isInScope(opt.scopeOf(caller), conversation)) throw noSuchConversation()
  const known = positionFor(staff, conversation)
  if (after !== null && after > known) throw fullRefreshRequired()
  return replayConversation(opt, { ...following, known })
}

type Following = {
  readonly caller: Caller
  readonly staff: boolean
  readonly conversationId: string
  /** How far the conversation is. */
  readonly known: number
  readonly after: number | null
  readonly live: QueueSource<ConversationItem>
}

const replayConversation = (
  { store, scopeOf, findWhereabouts }: ListeningOptions, { caller, staff, conversationId, known, after, live }: Following,
): EventSource<ConversationItem> =>
  new Replay<ConversationItem>({
    live,
    known: after ?? known,
    after: after === null || after === known ? null : after,
    placeOf: (item) => (item.kind === 'EVENT' ? positionFor(staff, item.event) : null),
    read: async (from) => {
      const events = await store.listEventsOf(conversationId, staff, from, page)
      // Later than what was read, as it may have been lost with one of these.
      const now = await findWhereabouts(conversationId)
      if (!now || !isInScope(scopeOf(caller), now)) throw goneFrom()
      const last = events.at(-1)
      return { items: events.map(toEventItem), next: last ? positionFor(staff, last) : from, more: events.length === page }
    },
  })
