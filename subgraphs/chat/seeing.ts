import { badInput } from '../errors.ts'
import { conversationScope, isInScope, maySeeNotes } from '../visibility.ts'
import type { ConversationScope } from '../visibility.ts'
import type { Actor, Conversation } from './conversation.ts'
import type { Context } from './loaders.ts'
import { nameOf } from './words.ts'

/* Who asks, in the chat's terms. */

/** Whether they see notes, and count as those do who work on a conversation. */
export const isStaff = ({ caller }: Pick<Context, 'caller'>): boolean => maySeeNotes(caller)

/** What they may see by now: an agent who has come with a later token elsewhere has no more than that. */
export const scopeOf = async ({ caller, loaders: { desk } }: Context): Promise<ConversationScope> => {
  await desk.rights.meet(caller)
  return conversationScope(desk.rights.narrow(caller))
}

export const actorOf = ({ caller }: Pick<Context, 'caller'>): Actor =>
  ({ kind: caller.role === 'VISITOR' ? 'VISITOR' : 'AGENT', id: caller.id, name: nameOf(caller) })

/** Null: there is none, or it is not the caller's to see, which is the same to them. */
export const seeConversation = async (id: string, context: Context): Promise<Conversation | null> => {
  const conversation = await context.loaders.conversation.load(id)
  return conversation && isInScope(await scopeOf(context), conversation) ? conversation : null
}

/** The list that the cursors of a conversation's messages and events are places in: they are the same, and those who see notes count otherwise. */
export const cursorsOf = (conversationId: string, staff: boolean): readonly unknown[] => ['conversation', conversationId, staff]

export const inboxCursors: readonly unknown[] = ['inbox']

const maxIdLength = 100

/** An id that a client chose. Throws `BAD_USER_INPUT`. */
export const checkClientId = (id: string): string => {
  if (id.trim() === '' || id.length > maxIdLength || /\p{Cc}/u.test(id) || !id.isWellFormed()) throw badInput(`clientMessageId is 1 to ${maxIdLength} characters, none of them a control or half of a character`, 'clientMessageId')
  return id
}
