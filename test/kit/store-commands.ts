import { randomUUID } from 'node:crypto'
import type { Written } from '../../subgraphs/chat/backend.ts'
import type { Actor, Conversation } from '../../subgraphs/chat/conversation.ts'
import type { ChangeCommand, PlaceCommand, SendCommand, StartCommand } from '../../subgraphs/chat/decide.ts'
import type { RoutingDecision } from '../../subgraphs/routing-decision.ts'

/* Commands as the store takes them, without a hub in front of it. */

const all = { kind: 'all' } as const

export const agentActor = (id: string): Actor => ({ kind: 'AGENT', id, name: `name of ${id}` })
export const visitorActor = (id: string): Actor => ({ kind: 'VISITOR', id, name: `name of ${id}` })

export const startCommand = (visitorId: string, more: Partial<StartCommand> = {}): StartCommand => ({
  ...{ kind: 'start', by: visitorActor(visitorId), scope: { kind: 'own', visitorId }, isAdmin: false },
  ...{ conversationId: randomUUID(), messageId: randomUUID(), clientMessageId: randomUUID(), visitor: { id: visitorId, name: `name of ${visitorId}`, verified: false } },
  ...{ customerId: null, orderId: null, departmentPath: 'support', chosenPath: null, subject: null, body: 'hello', fingerprint: 'one', note: null, ...more },
})

export const sendCommand = (conversationId: string, by: Actor, more: Partial<SendCommand> = {}): SendCommand => ({
  ...{ kind: 'send', by, scope: all, isAdmin: by.kind === 'AGENT', conversationId, messageId: randomUUID(), clientMessageId: randomUUID() },
  ...{ messageKind: 'TEXT', body: 'hello', ...more },
})

type Change = ChangeCommand extends infer C ? (C extends ChangeCommand ? Omit<C, 'by' | 'scope' | 'isAdmin' | 'conversationId'> : never) : never

export const changeCommand = (conversationId: string, by: Actor, what: Change, isAdmin = false): ChangeCommand => ({ ...what, by, scope: all, isAdmin, conversationId })

/** As the hub does it, once it is decided: to `support`, where somebody is. */
export const routeCommand = (conversationId: string, more: Partial<Extract<PlaceCommand, { readonly kind: 'route' }>> = {}): PlaceCommand => ({
  ...asHub, kind: 'route', conversationId, departmentPath: 'support', isOpen: true, needs: [], reasons: 'a test wants it so', notice: null, offer: null, decision: decisionFor('support'), ...more,
})

const asHub = { by: { kind: 'BOT', id: 'routing', name: 'Routing' }, scope: all, isAdmin: true } as const

export const decisionFor = (departmentPath: string): RoutingDecision => ({
  ...{ intent: null, alternatives: [], departmentPath, open: true, opensAt: null, source: null, fallback: true, reasons: ['a test wants it so'] },
  ...{ rulesVersion: 'test', decidedAt: 1, tookMicros: 1 },
})

type Placed = PlaceCommand extends infer C ? (C extends PlaceCommand ? Omit<C, 'by' | 'scope' | 'isAdmin' | 'conversationId'> : never) : never

export const placeCommand = (conversationId: string, what: Placed): PlaceCommand => ({ ...what, ...asHub, conversationId })

/** What it wrote; throws where it was refused. */
export const conversationOf = (written: Written): Conversation => {
  if (written.kind === 'refused') throw new Error(written.message)
  return written.conversation
}
