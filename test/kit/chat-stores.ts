import { randomUUID } from 'node:crypto'
import { openDatabase } from '../../prisma/client.ts'
import { openChatStore } from '../../subgraphs/chat/backend.prisma.ts'
import type { ChatStore, ConversationsQuery } from '../../subgraphs/chat/backend.ts'
import type { Actor, Conversation, Message } from '../../subgraphs/chat/conversation.ts'
import { agentActor, conversationOf, routeCommand, startCommand } from './store-commands.ts'
import { databases, quiet } from './databases.ts'
import type { TestDatabase } from './databases.ts'

/** Two stores on one database, and short words for what is done with them. */
export type Stores = AsyncDisposable & {
  readonly database: TestDatabase
  readonly store: ChatStore
  /** Another process on the same database, so to say; PGlite has but one process, so there it is another store in it. */
  readonly second: ChatStore
  readonly start: (more?: Parameters<typeof startCommand>[1], visitorId?: string) => Promise<Conversation>
  /** The same, and routed to where it was started. */
  readonly startRouted: (more?: Parameters<typeof startCommand>[1], visitorId?: string) => Promise<Conversation>
  /** An agent who can take so many. */
  readonly meet: (id: string, capacity?: number) => Promise<Actor>
  readonly messagesOf: (conversationId: string, staff?: boolean) => Promise<readonly Message[]>
}

export const openStores = async (kind: keyof typeof databases, now: () => number = Date.now): Promise<Stores> => {
  const opening = new AsyncDisposableStack()
  const database = opening.use(await databases[kind].open())
  const other = kind === 'postgresql' ? opening.use(openDatabase(database.settings, quiet)) : database
  const store = opening.use(openChatStore({ database, instance: 'one', now }))
  const second = opening.use(openChatStore({ database: other, instance: 'two', now }))
  const start: Stores['start'] = async (more = {}, visitorId = randomUUID()) => conversationOf(await store.write(startCommand(visitorId, more)))
  return {
    ...{ database, store, second, start },
    startRouted: async (more, visitorId) => {
      const { id, departmentPath } = await start(more, visitorId)
      return conversationOf(await store.write(routeCommand(id, { departmentPath })))
    },
    meet: async (id, capacity = 5) => {
      await store.meetAgents([{ id, name: `name of ${id}`, departments: ['support'], tokenAt: 1 }])
      await store.setAvailability(id, 'ONLINE', capacity)
      return agentActor(id)
    },
    messagesOf: (conversationId, staff = true) => store.listMessages({ conversationId, staff, after: null, before: null, limit: 1_000, from: 'oldest' }),
    [Symbol.asyncDispose]: () => opening.disposeAsync(),
  }
}

export const noFilter = { status: null, departmentPath: null, agentId: null, customerId: null, label: null, words: [] } satisfies ConversationsQuery['filter']

export const listQuery = (more: Partial<ConversationsQuery> = {}): ConversationsQuery =>
  ({ scope: { kind: 'all' }, staff: true, filter: noFilter, after: null, limit: 100, ...more })

export const count = (length: number) => Array.from({ length }, (_, index) => index + 1)
export const times = <T>(number: number, work: (index: number) => Promise<T>) => Promise.all(count(number).map((one) => work(one - 1)))
export const kindsOfDatabase = ['postgresql', 'pglite'] as const
