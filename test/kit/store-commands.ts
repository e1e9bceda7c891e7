import { randomUUID } from 'node:crypto'
import type { Written } from '../../subgraphs/chat/backend.ts'
import type { Actor, Conversation } from '../../subgraphs/chat/conversation.ts'
import type { ChangeCommand, SendCommand, StartCommand } from '../../subgraphs/chat/decide.ts'

/* Commands as the store takes them, without a hub in front of it. */

const all = { kind: 'all' } as const

export const agentActor = (id: string): Actor => ({ kind: 'AGENT', id, name: `name of ${id}` })
export const visitorActor = (id: string): Actor => ({ kind: 'VISITOR', id, name: `name of ${id}` })

export const startCommand = (visitorId: string, more: Partial<StartCommand> = {}): StartCommand => ({
  ...{ kind: 'start', by: visitorActor(visitorId), scope: { kind: 'own', visitorId }, isAdmin: false },
  ...{ conversationId: randomUUID(), messageId: randomUUID(), clientMessageId: randomUUID(), visitor: { id: visitorId, name: `name of ${visitorId}`, verified: false } },
  ...{ customerId: null, orderId: null, departmentPath: 'support', subject: null, body: 'hello', fingerprint: 'one', note: null, ...more },
})

export const sendCommand = (conversationId: string, by: Actor, more: Partial<SendCommand> = {}): SendCommand => ({
  ...{ kind: 'send', by, scope: all, isAdmin: by.kind === 'AGENT', conversationId, messageId: randomUUID(), clientMessageId: randomUUID() },
  ...{ messageKind: 'TEXT', body: 'hello', ...more },
})

type Change = ChangeCommand extends infer C ? (C extends ChangeCommand ? Omit<C, 'by' | 'scope' | 'isAdmin' | 'conversationId'> : never) : never

export const changeCommand = (conversationId: string, by: Actor, what: Change, isAdmin = false): ChangeCommand => ({ ...what, by, scope: all, isAdmin, conversationId })

/** What it wrote; throws where it was refused. */
export const conversationOf = (written: Written): Conversation => {
  if (written.kind === 'refused') throw new Error(written.message)
  return written.conversation
}
