import { normalizeDepartment } from '../departments.ts'
import { badInput, forbidden } from '../errors.ts'
import type { ConversationsQuery } from './backend.ts'
import type { Conversation, Message } from './conversation.ts'
import { positionFor } from './conversation.ts'
import type { Context } from './loaders.ts'
import type { ConversationFilter, ConversationMessagesArgs } from './schema.generated.ts'
import { cursorsOf, isStaff, scopeOf } from './seeing.ts'
import { wordsOf } from './words.ts'

/* Pages of conversations and of messages: by key, so that what comes meanwhile moves nothing. */

const maxPage = 100
const usualMessages = 50
const maxWords = 8

const checkSize = (size: number, argument: string): number => {
  if (size < 0 || size > maxPage) throw badInput(`${argument} is 0 to ${maxPage}, not ${size}`, argument)
  return size
}

const readFilter = (filter: ConversationFilter | null | undefined, { caller }: Context): ConversationsQuery['filter'] => {
  const { status = null, departmentPath = null, mine, customerId = null, label = null, text } = filter ?? {}
  // Visitors do not see labels, and what is found by one would tell of it.
  if (label !== null && caller.role === 'VISITOR') throw forbidden('ConversationFilter.label is not for this role')
  const path = departmentPath === null ? null : normalizeDepartment(departmentPath)
  if (departmentPath !== null && path === null) throw badInput('departmentPath is no department', 'departmentPath')
  return {
    ...{ status, departmentPath: path, customerId, label, words: wordsOf(text ?? '', maxWords) },
    agentId: mine === true && caller.role !== 'VISITOR' ? caller.id : null,
  }
}

export type ListArgs = { readonly filter?: ConversationFilter | null | undefined; readonly first: number; readonly after?: string | null | undefined }

/** What the caller may see, newest activity first. */
export const listConversations = async (args: ListArgs, context: Context) => {
  const { desk } = context.loaders
  const first = checkSize(args.first, 'first')
  const filter = readFilter(args.filter, context)
  const staff = isStaff(context)
  const list = ['conversations', context.caller.id, staff, filter]
  const key = args.after == null ? null : desk.cursors.openKey(list, args.after)
  const rows = await desk.store.listConversations({ scope: await scopeOf(context), staff, filter, after: key && { activityAt: key.sort, id: key.id }, limit: first + 1 })
  const nodes = rows.slice(0, first)
  const seal = (row: Conversation | undefined) => row && desk.cursors.sealKey(list, { sort: staff ? row.activityAt : row.publicActivityAt, id: row.id })
  for (const row of nodes) context.loaders.conversation.prime(row.id, row)
  return {
    nodes,
    pageInfo: { hasNextPage: rows.length > first, hasPreviousPage: key !== null, startCursor: seal(nodes[0]) ?? null, endCursor: seal(nodes.at(-1)) ?? null },
  }
}

export const listMessages = async ({ id }: Conversation, args: ConversationMessagesArgs, context: Context) => {
  const { desk } = context.loaders
  const staff = isStaff(context)
  const list = cursorsOf(id, staff)
  if (args.first != null && args.last != null) throw badInput('first or last, not both', 'last')
  const from = args.last != null || (args.before != null && args.first == null) ? 'newest' : 'oldest'
  const size = checkSize(args.first ?? args.last ?? usualMessages, args.last == null ? 'first' : 'last')
  const after = args.after == null ? null : desk.cursors.open(list, args.after)
  const before = args.before == null ? null : desk.cursors.open(list, args.before)
  const rows = await desk.store.listMessages({ conversationId: id, staff, after, before, limit: size + 1, from })
  const isMore = rows.length > size
  const nodes = from === 'newest' ? rows.slice(isMore ? 1 : 0) : rows.slice(0, size)
  const seal = (row: Message | undefined) => (row ? desk.cursors.seal(list, positionFor(staff, row)) : null)
  return {
    nodes,
    pageInfo: {
      hasNextPage: from === 'newest' ? before !== null : isMore,
      hasPreviousPage: from === 'newest' ? isMore : after !== null,
      startCursor: seal(nodes[0]), endCursor: seal(nodes.at(-1)),
    },
  }
}
