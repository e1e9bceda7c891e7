import pino from 'pino'
import { openMemoryBus } from '../../bus/memory.ts'
import type { Bus } from '../../bus/bus.ts'
import type { Actor, ChatEvent, Conversation, Message } from '../../subgraphs/chat/conversation.ts'
import { agentsConcerned, decide } from '../../subgraphs/chat/decide.ts'
import type { AgentLoad, Command, Facts, Outcome } from '../../subgraphs/chat/decide.ts'
import type { Caller, CallerRole } from '../../subgraphs/context.ts'

/* Conversations, and those who take part, as the tests of the chat need them. */

export const silent = pino({ level: 'silent' })

export const callerOf = (role: CallerRole, id = 'x', more: Partial<Caller> = {}): Caller =>
  ({ id, name: id, role, departments: [], customerId: null, verified: true, issuedAt: 0, ...more })

export const visitorActor = (id = 'v-1'): Actor => ({ kind: 'VISITOR', id, name: id })
export const agentActor = (id: string): Actor => ({ kind: 'AGENT', id, name: id })

/** One that waits in `sales`. */
export const conversationOf = (more: Partial<Conversation> = {}): Conversation => ({
  ...{ id: 'c-1', subject: null, status: 'WAITING', departmentPath: 'sales', agentId: null, agentName: null, offeredTo: null, offerUntil: null, visitorId: 'v-1' },
  ...{ visitor: { id: 'v-1', name: 'v-1', verified: false }, customerId: null, orderId: null, labels: [], openedAt: 1_000, activityAt: 5_000 },
  ...{ publicActivityAt: 4_000, closedAt: null, queuedAt: 1_000, routedAt: 1_000, passedBy: [], unansweredAt: null, needs: [], position: 7, publicPosition: 4, seq: 3, rating: null, ...more },
})

/** A public change, `ACCEPTED` unless told otherwise. */
export const changeOf = (ordinal: number, more: Partial<Omit<ChatEvent, 'kind' | 'message'>> = {}, kind: Exclude<ChatEvent['kind'], 'MESSAGE'> = 'ACCEPTED'): ChatEvent => ({
  ...{ ordinal, conversationId: 'c-1', position: ordinal, publicPosition: ordinal, isPublic: true, at: ordinal, by: null, note: null, before: null },
  ...{ conversation: conversationOf(), kind, message: null, ...more },
})

/** An agent of `sales` who takes what they can. */
export const loadOfAgent = (id: string, more: Partial<AgentLoad> = {}): AgentLoad =>
  ({ id, name: id, departments: ['sales'], availability: 'ONLINE', capacity: 2, active: 0, offered: 0, ...more })

/** Commands carried out one after another, as the store does it, over agents who can take `capacity` conversations each. */
export const openOffice = (agentIds: readonly string[], capacity = 3) => {
  const conversations = new Map<string, Conversation>()
  const messages = new Map<string, Message>()
  const starts = new Map<string, { readonly conversation: string; readonly message: Message | null; readonly fingerprint: string }>()
  const events: ChatEvent[] = []
  const messageKey = (conversationId: string, { kind, id }: Actor, clientId: string | null) => JSON.stringify([conversationId, kind, id, clientId])
  const loadOf = (id: string): AgentLoad | null => {
    const all = [...conversations.values()]
    const active = all.filter(({ status, agentId }) => status === 'ACTIVE' && agentId === id).length
    const offered = all.filter(({ status, offeredTo }) => status === 'OFFERED' && offeredTo === id).length
    return agentIds.includes(id) ? loadOfAgent(id, { capacity, active, offered }) : null
  }
  const factsFor = (command: Command): Facts => {
    const agentOf = (id: string) => (agentsConcerned(command).includes(id) ? loadOf(id) : null)
    if (command.kind === 'start') {
      const before = starts.get(JSON.stringify([command.visitor.id, command.clientMessageId]))
      return { conversation: conversations.get(before?.conversation ?? '') ?? null, earlier: before?.message ?? null, fingerprint: before?.fingerprint ?? null, agentOf }
    }
    const earlier = command.kind === 'send' ? messages.get(messageKey(command.conversationId, command.by, command.clientMessageId)) : undefined
    return { conversation: conversations.get(command.conversationId) ?? null, earlier: earlier ?? null, fingerprint: null, agentOf }
  }
  return {
    conversations,
    events,
    loadOf,
    carryOut: (command: Command, at: number): Outcome => {
      const outcome = decide(command, factsFor(command), at)
      if (outcome.kind !== 'done') return outcome
      const { conversation, message, drafts } = outcome
      conversations.set(conversation.id, conversation)
      if (message) messages.set(messageKey(conversation.id, message.author, message.clientMessageId), message)
      if (command.kind === 'start') {
        starts.set(JSON.stringify([command.visitor.id, command.clientMessageId]), { conversation: conversation.id, message, fingerprint: command.fingerprint })
      }
      for (const draft of drafts) events.push({ ...draft, ordinal: events.length + 1 })
      return outcome
    },
  }
}

/** The bus of one process of several, though all of them are in this one. */
export const openSharedBus = (): Bus => ({ ...openMemoryBus(silent), reachesOthers: true })

/** Until all that waits for nothing but its turn has had it, however often it has to wait. */
export const settled = async (turns = 5): Promise<void> => {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}
