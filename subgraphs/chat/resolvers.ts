import { isInScope, maySeeCustomer } from '../visibility.ts'
import { change, changeLabels, markRead, rateConversation, sendMessage, startConversation, transferConversation } from './commands.ts'
import type { Actor, ChatEvent, Conversation } from './conversation.ts'
import { positionFor } from './conversation.ts'
import { typeOfInboxItem, typeOfItem } from './items.ts'
import type { AnyInboxItem, ConversationItem, EventItem, InboxItem } from './items.ts'
import type { Context } from './loaders.ts'
import { listConversations, listMessages } from './pages.ts'
import { availabilityOf, countOnline, listAgents, listCannedReplies, openVisitorSession, saveCannedReply, setAvailability, toCaller } from './people.ts'
import type { Resolvers } from './schema.generated.ts'
import { actorOf, cursorsOf, inboxCursors, isStaff, scopeOf, seeConversation } from './seeing.ts'
import { followConversation, followInbox } from './subscriptions.ts'

const iso = (at: number): string => new Date(at).toISOString()

const openConversation = async (id: string, context: Context): Promise<Conversation | null> => {
  const conversation = await seeConversation(id, context)
  const { caller, loaders } = context
  if (conversation && caller.role !== 'VISITOR') await loaders.desk.recordOpened({ callerId: caller.id, role: caller.role, conversationId: conversation.id })
  return conversation
}

const tellTyping = async (conversationId: string, typing: boolean, context: Context): Promise<boolean> => {
  const conversation = await seeConversation(conversationId, context)
  if (!conversation || conversation.status === 'CLOSED') return false
  const { caller } = context
  const isPublic = caller.role !== 'AGENT' || conversation.agentId === caller.id
  context.loaders.desk.signals.setTyping(conversation.id, actorOf(context), { typing, isPublic })
  return true
}

/** Where a subscription goes on after an item: an event of a conversation, or of an inbox. */
const cursorOf = (item: EventItem | InboxItem, _: unknown, context: Context): string => {
  const { cursors } = context.loaders.desk
  const staff = isStaff(context)
  const { event } = item
  return item.kind === 'INBOX' ? cursors.seal(inboxCursors, event.ordinal) : cursors.seal(cursorsOf(event.conversationId, staff), positionFor(staff, event))
}

const agentOf = ({ agentId, agentName }: Conversation): Actor | null => (agentId === null ? null : { kind: 'AGENT', id: agentId, name: agentName ?? agentId })

const takenBy = async ({ conversation }: ChatEvent, context: Context): Promise<Actor | null> =>
  isInScope(await scopeOf(context), conversation) && conversation.agentId !== context.caller.id ? agentOf(conversation) : null

const queuePlaceOf = ({ id, status }: Conversation, { loaders }: Context) => (status === 'WAITING' ? loaders.queuePlace.load(id) : null)

const typeOfActor = ({ kind }: Actor) => (kind === 'VISITOR' ? 'Visitor' : kind === 'AGENT' ? 'Agent' : 'Bot')

export const resolvers: Resolvers = {
  Query: {
    me: (_, __, context) => toCaller(context),
    conversation: (_, { id }, context) => openConversation(id, context),
    conversations: (_, args, context) => listConversations(args, context),
    inboxCounts: async (_, __, context) => context.loaders.desk.store.countInbox(await scopeOf(context), context.caller.id),
    agents: (_, { departmentPath = null, onlineOnly }, context) => listAgents(departmentPath, onlineOnly, context),
    cannedReplies: (_, { search = null }, context) => listCannedReplies(search, context),
  },
  Mutation: {
    openVisitorSession: (_, args, context) => openVisitorSession(args, context),
    startConversation: (_, { input }, context) => startConversation(input, context),
    sendMessage: (_, { input }, context) => sendMessage(input, context),
    setTyping: (_, { conversationId, typing }, context) => tellTyping(conversationId, typing, context),
    markRead: (_, { conversationId, position }, context) => markRead(conversationId, position, context),
    acceptConversation: (_, { id }, context) => change(id, { kind: 'accept' }, context),
    transferConversation: (_, { input }, context) => transferConversation(input, context),
    closeConversation: (_, { id }, context) => change(id, { kind: 'close' }, context),
    reopenConversation: (_, { id }, context) => change(id, { kind: 'reopen' }, context),
    rateConversation: (_, { id, score, comment = null }, context) => rateConversation(id, score, comment, context),
    addLabels: (_, { conversationId, labels }, context) => changeLabels(conversationId, { add: labels }, context),
    removeLabels: (_, { conversationId, labels }, context) => changeLabels(conversationId, { remove: labels }, context),
    setAvailability: (_, args, context) => setAvailability(args, context),
    saveCannedReply: (_, { input }, context) => saveCannedReply(input, context),
  },
  Subscription: {
    conversationEvents: {
      subscribe: (_, { conversationId, after }, context) => followConversation(conversationId, after, context),
      resolve: (item: ConversationItem) => item,
    },
    inboxEvents: {
      subscribe: (_, { after }, context) => followInbox(after, context),
      resolve: (item: AnyInboxItem) => item,
    },
  },
  Conversation: {
    __resolveReference: async ({ id }, context) => seeConversation(id, context),
    department: ({ departmentPath }) => ({ path: departmentPath }),
    agent: agentOf,
    visitor: ({ visitor }) => ({ kind: 'VISITOR', ...visitor }),
    customer: ({ customerId }) => (customerId === null ? null : { id: customerId }),
    order: ({ orderId }) => (orderId === null ? null : { id: orderId }),
    openedAt: ({ openedAt }) => iso(openedAt),
    lastActivityAt: ({ activityAt, publicActivityAt }, _, context) => iso(isStaff(context) ? activityAt : publicActivityAt),
    closedAt: ({ closedAt }) => (closedAt === null ? null : iso(closedAt)),
    lastMessage: ({ id }, _, { loaders }) => loaders.lastMessage.load(id),
    lastPosition: (conversation, _, context) => positionFor(isStaff(context), conversation),
    unreadCount: ({ id }, _, { loaders }) => loaders.unread.load(id),
    readMarks: async ({ id }, _, context) =>
      (await context.loaders.readMarks.load(id)).map((mark) => ({ participant: mark.participant, position: positionFor(isStaff(context), mark) })),
    viewers: ({ id }, _, { loaders }) => loaders.desk.viewers.listAt(id).map((agentId) => ({ kind: 'AGENT', id: agentId, name: agentId })),
    queuePosition: (conversation, _, context) => queuePlaceOf(conversation, context),
    estimatedWaitMs: async (conversation, _, context) => {
      const place = await queuePlaceOf(conversation, context)
      return place === null ? null : context.loaders.desk.queues.estimateMs(conversation.departmentPath, place)
    },
    messages: (conversation, args, context) => listMessages(conversation, args, context),
  },
  Message: {
    position: (message, _, context) => positionFor(isStaff(context), message),
    sentAt: ({ sentAt }) => iso(sentAt),
    cursor: (message, _, context) => {
      const staff = isStaff(context)
      return context.loaders.desk.cursors.seal(cursorsOf(message.conversationId, staff), positionFor(staff, message))
    },
  },
  Participant: { __resolveType: typeOfActor },
  Visitor: {
    __resolveReference: async ({ id }, { caller, loaders }) => {
      if (caller.role === 'VISITOR' && caller.id !== id) return null
      const visitor = await loaders.visitor.load(id)
      return visitor && { kind: 'VISITOR', id, name: visitor.name }
    },
    displayName: ({ name }) => name,
    verified: async ({ id, verified }, _, { loaders }) => verified ?? (await loaders.visitor.load(id))?.verified ?? false,
  },
  Agent: {
    __resolveReference: async ({ id }, { loaders }) => {
      const agent = await loaders.agent.load(id)
      return agent && { kind: 'AGENT', id, name: agent.name }
    },
    displayName: async ({ id, name }, _, { loaders }) => (name === id ? ((await loaders.agent.load(id))?.name ?? name) : name),
    departmentPaths: async ({ id }, _, { loaders }) => (await loaders.agent.load(id))?.departments ?? [],
    availability: (agent, _, context) => availabilityOf(agent, context),
    capacity: async ({ id }, _, { loaders }) => (await loaders.agent.load(id))?.capacity ?? 0,
    activeConversations: async ({ id }, _, { loaders }) => (await loaders.agent.load(id))?.active ?? 0,
  },
  Bot: { displayName: ({ name }) => name },
  Department: {
    __resolveReference: async ({ path }) => ({ path }),
    waitingCount: ({ path }, _, { loaders }) => loaders.waiting.load(path),
    onlineAgents: ({ path }, _, context) => countOnline(path, context),
  },
  Customer: {
    __resolveReference: async ({ id }, { caller }) => (maySeeCustomer(caller, id) ? { id } : null),
    conversations: ({ id }, { first, after }, context) => listConversations({ first, after, filter: { customerId: id } }, context),
  },
  ConversationEvent: { __resolveType: typeOfItem },
  InboxEvent: { __resolveType: typeOfInboxItem },
  MessagePosted: {
    cursor: cursorOf,
    message: ({ event }) => event.message,
    conversation: ({ event }) => event.conversation,
  },
  ConversationChanged: {
    cursor: cursorOf,
    conversation: ({ event }) => event.conversation,
    change: ({ event }) => event.kind,
    by: ({ event }) => event.by,
    note: ({ event }, _, context) => (isStaff(context) ? event.note : null),
  },
  ConversationArrived: { cursor: cursorOf, conversation: ({ event }) => event.conversation },
  ConversationLeft: { cursor: cursorOf, conversationId: ({ event }) => event.conversationId, takenBy: ({ event }, _, context) => takenBy(event, context) },
}
