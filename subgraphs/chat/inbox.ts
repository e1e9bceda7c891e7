import { isInScope } from '../visibility.ts'
import type { ConversationScope } from '../visibility.ts'
import type { Before, ChatEvent } from './conversation.ts'

/** What an event is to somebody's inbox. */
export type InboxView = 'ARRIVED' | 'LEFT' | 'STAYED'

/** Whose inbox it is, and what they may see. */
export type InboxOwner = { readonly id: string; readonly scope: ConversationScope }

/** An inbox holds what waits for anybody whom it could go to, once it is known where it belongs, what is offered to its owner, and what they have. */
export const isInInbox = ({ id, scope }: InboxOwner, place: Before): boolean => {
  if (place.status === 'CLOSED' || !isInScope(scope, place)) return false
  if (place.routedAt === null && place.status === 'WAITING') return false
  if (place.agentId !== null) return place.agentId === id
  return place.offeredTo === null || place.offeredTo === id
}

/** Null: it is nothing to this inbox. Whoever has a conversation is told that it was closed, and by whom. */
export const viewFor = (owner: InboxOwner, { kind, before, conversation }: ChatEvent): InboxView | null => {
  const was = before !== null && isInInbox(owner, before)
  const isClosed = kind === 'CLOSED' && conversation.agentId === owner.id
  const is = isInInbox(owner, conversation) || (was && isClosed)
  if (was && is) return 'STAYED'
  if (was) return 'LEFT'
  return is ? 'ARRIVED' : null
}
