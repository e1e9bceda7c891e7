import type { Caller } from '../context.ts'
import { upwards } from '../departments.ts'
import { fullRefreshRequired } from '../errors.ts'
import type { EventSource } from '../event-source.ts'
import { openQueueSource } from '../queue-source.ts'
import type { QueueSource } from '../queue-source.ts'
import { conversationScope } from '../visibility.ts'
import type { ChatEvent } from './conversation.ts'
import type { ListeningOptions } from './conversation-listeners.ts'
import { openGroups } from './groups.ts'
import { viewFor } from './inbox.ts'
import type { InboxOwner, InboxView } from './inbox.ts'
import { toInboxItem } from './items.ts'
import type { AnyInboxItem, InboxItem } from './items.ts'
import { Replay } from './replay.ts'

/** Whoever listens to their inbox. */
export type InboxListeners = {
  /** After the ordinal `after`; from now on where it is null. Rejects with a GraphQLError. */
  follow(caller: Caller, after: number | null): Promise<EventSource<AnyInboxItem>>
  deliver(event: ChatEvent): void
  /** To all of them. */
  tell(item: AnyInboxItem): void
  count(): number
  /** Whoever comes later ends at once, in the same way. */
  close(error: Error): void
}

type Listener = { readonly caller: Caller; readonly queue: QueueSource<AnyInboxItem> }

const page = 200
/** An inbox that missed more than this is read anew sooner than it is caught up. */
const maxMissed = 20_000

export const openInboxListeners = (opt: ListeningOptions): InboxListeners => {
  const { store, scopeOf, queuedEvents } = opt
  const groups = openGroups<Listener>()
  let over: Error | null = null
  const ownerOf = (caller: Caller): InboxOwner => ({ id: caller.id, scope: scopeOf(caller) })
  return {
    follow: async (caller, after) => {
      const listener: Listener = { caller, queue: openQueueSource(queuedEvents, () => groups.remove(keysOf(caller), listener)) }
      groups.add(keysOf(caller), listener)
      if (over) listener.queue.fail(over)
      try {
        const known = await store.lastOrdinal()
        if (after !== null && (after > known || known - after > maxMissed)) throw fullRefreshRequired()
        return replayInbox(store, () => ownerOf(caller), { known, after, live: listener.queue })
      } catch (error) {
        await listener.queue.return()
        throw error
      }
    },
    deliver: (event) => {
      const items = new Map<InboxView, InboxItem>()
      for (const listener of groups.among(placesOf(event))) {
        const { caller, queue } = listener
        const view = viewFor(ownerOf(caller), event)
        if (!view) continue
        const item = items.get(view) ?? toInboxItem(view, event)
        items.set(view, item)
        queue.push(item)
        if (queue.isOver) groups.remove(keysOf(caller), listener)
      }
    },
    tell: (item) => {
      for (const { queue } of groups.all()) queue.push(item)
    },
    count: () => groups.count(),
    close: (error) => {
      over = error
      for (const { queue } of groups.all()) queue.fail(error)
    },
  }
}

type Following = { readonly known: number; readonly after: number | null; readonly live: QueueSource<AnyInboxItem> }

const replayInbox = (store: ListeningOptions['store'], owner: () => InboxOwner, { known, after, live }: Following): EventSource<AnyInboxItem> =>
  new Replay<AnyInboxItem>({
    live,
    known: after ?? known,
    after: after === null || after === known ? null : after,
    placeOf: (item) => (item.kind === 'INBOX' ? item.event.ordinal : null),
    read: async (from) => {
      const events = await store.listEvents(from, page)
      const whose = owner()
      const items = events.flatMap((event): readonly AnyInboxItem[] => {
        const view = viewFor(whose, event)
        return view ? [toInboxItem(view, event)] : []
      })
      return { items, next: events.at(-1)?.ordinal ?? from, more: events.length === page }
    },
  })

/** Where an inbox is looked for: an admin's everywhere, an agent's under their id and each of their departments. */
const keysOf = (caller: Caller): readonly string[] => {
  const scope = conversationScope(caller)
  return scope.kind === 'departments' ? [`agent ${caller.id}`, ...scope.departments.map((path) => `department ${path}`)] : ['everywhere']
}

/** The places whose inboxes an event may concern. */
const placesOf = ({ before, conversation }: ChatEvent): readonly string[] => [
  'everywhere',
  ...[before, conversation].flatMap((place) =>
    place ? [...[place.agentId, place.offeredTo].flatMap((id) => (id === null ? [] : [`agent ${id}`])), ...upwards(place.departmentPath).map((path) => `department ${path}`)] : [],
  ),
]
