import { GraphQLError } from 'graphql'
import { fullRefreshRequired, toGraphQLError } from '../errors.ts'
import type { EventSource } from '../event-source.ts'
import type { AnyInboxItem, ConversationItem } from './items.ts'
import { noSuchConversation } from './conversation-listeners.ts'
import type { Context } from './loaders.ts'
import { atInbox } from './presence.ts'
import { cursorsOf, inboxCursors, isStaff, seeConversation } from './seeing.ts'

/** The place of a cursor; 'LOST' of one that was forged, transplanted, or is of a time that nobody remembers: whoever sends it has to begin anew. */
const openCursor = (list: readonly unknown[], cursor: string | null | undefined, { loaders }: Context): number | null | 'LOST' => {
  if (cursor == null) return null
  try {
    return loaders.desk.cursors.open(list, cursor)
  } catch (error) {
    if (error instanceof GraphQLError) return 'LOST'
    throw error
  }
}

/** The same source, with errors that a client may read; `left` is called when it is over, however it ends. */
const watch = <T extends object>(source: EventSource<T>, context: Context, left: () => void = () => undefined): EventSource<T> => {
  const watched: EventSource<T> = {
    next: async () => {
      try {
        const result = await source.next()
        if (result.done === true) left()
        return result
      } catch (error) {
        left()
        throw toGraphQLError(error, context)
      }
    },
    return: () => {
      left()
      return source.return()
    },
    [Symbol.asyncIterator]: () => watched,
  }
  return watched
}

export const followConversation = async (conversationId: string, after: string | null | undefined, context: Context): Promise<EventSource<ConversationItem>> => {
  const { caller, loaders } = context
  const { desk } = loaders
  const place = openCursor(cursorsOf(conversationId, isStaff(context)), after, context)
  await desk.feed.open()
  await desk.rights.meet(caller)
  // Whether a cursor is good for a conversation is told to those alone who may see it.
  if (place === 'LOST') throw (await seeConversation(conversationId, context)) ? fullRefreshRequired() : noSuchConversation()
  const source = await desk.live.followConversation(caller, conversationId, place)
  // What is read from the store can fail; of what happens there is nothing to watch, and there are many visitors.
  if (!isStaff(context)) return place === null ? source : watch(source, context)
  try {
    await desk.recordOpened({ callerId: caller.id, role: caller.role, conversationId })
  } catch (error) {
    await source.return()
    throw error
  }
  return watch(source, context, desk.viewers.enter(conversationId, caller.id))
}

export const followInbox = async (after: string | null | undefined, context: Context): Promise<EventSource<AnyInboxItem>> => {
  const { caller, loaders } = context
  const { desk } = loaders
  const place = openCursor(inboxCursors, after, context)
  if (place === 'LOST') throw fullRefreshRequired()
  await desk.feed.open()
  await desk.rights.meet(caller)
  const source = await desk.live.followInbox(caller, place)
  return watch(source, context, desk.presence.enter(atInbox, caller.id))
}
