import type { Caller } from '../context.ts'
import { conversationScope } from '../visibility.ts'
import type { ConversationScope } from '../visibility.ts'
import type { ChatEvent } from './conversation.ts'
import { openConversationListeners } from './conversation-listeners.ts'
import type { ConversationListeners, ListeningOptions } from './conversation-listeners.ts'
import { openInboxListeners } from './inbox-listeners.ts'
import type { InboxListeners } from './inbox-listeners.ts'
import type { Rights } from './rights.ts'

/** Everybody in this process who listens, and what each of them may hear of what happens. */
export type Live = Pick<ConversationListeners, 'tell' | 'isHeard'> & {
  readonly followConversation: ConversationListeners['follow']
  readonly followInbox: InboxListeners['follow']
  readonly tellInboxes: InboxListeners['tell']
  /** To be called with each event that was committed, in order. */
  deliver(event: ChatEvent): void
  count(): { readonly conversationListeners: number; readonly inboxListeners: number }
  /** Ends every subscription. */
  close(error: Error): void
}

export type LiveOptions = Omit<ListeningOptions, 'scopeOf'> & { readonly rights: Rights }

export const openLive = ({ rights, ...opt }: LiveOptions): Live => {
  const scopeOf = openScopes(rights)
  const conversations = openConversationListeners({ ...opt, scopeOf })
  const inboxes = openInboxListeners({ ...opt, scopeOf })
  // What agents lose by a later token ends at once, not with the next event.
  rights.onChange((agentId) => void conversations.recheck(agentId))
  return {
    followConversation: (caller, conversationId, after) => conversations.follow(caller, conversationId, after),
    followInbox: (caller, after) => inboxes.follow(caller, after),
    tellInboxes: (item) => inboxes.tell(item),
    tell: (conversationId, staffItem, publicItem) => conversations.tell(conversationId, staffItem, publicItem),
    isHeard: (conversationId) => conversations.isHeard(conversationId),
    deliver: (event) => {
      conversations.deliver(event)
      inboxes.deliver(event)
    },
    count: () => ({ conversationListeners: conversations.count(), inboxListeners: inboxes.count() }),
    close: (error) => {
      conversations.close(error)
      inboxes.close(error)
    },
  }
}

/** One event may be for thousands of listeners, who are asked each time: what a caller may see is made of them once. */
const openScopes = (rights: Rights): ((caller: Caller) => ConversationScope) => {
  const scopes = new WeakMap<Caller, ConversationScope>()
  return (caller) => {
    const now = rights.narrow(caller)
    const scope = scopes.get(now) ?? conversationScope(now)
    scopes.set(now, scope)
    return scope
  }
}
