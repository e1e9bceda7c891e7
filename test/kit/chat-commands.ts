import type { Actor } from '../../subgraphs/chat/conversation.ts'
import type { ChangeCommand, Outcome, SendCommand } from '../../subgraphs/chat/decide.ts'
import type { Caller } from '../../subgraphs/context.ts'
import { conversationScope } from '../../subgraphs/visibility.ts'
import { callerOf } from './chat.ts'

/* What may be asked of a conversation, and by whom. */

export const askedBy = (caller: Caller) => {
  const by: Actor = { kind: caller.role === 'VISITOR' ? 'VISITOR' : 'AGENT', id: caller.id, name: caller.name }
  return { by, scope: conversationScope(caller), isAdmin: caller.role === 'ADMIN' }
}

export const people = {
  visitor: callerOf('VISITOR', 'v-1'),
  /** Has it, was it offered, or had it last. */
  assigned: callerOf('AGENT', 'a-1'),
  colleague: callerOf('AGENT', 'a-2', { departments: ['sales'] }),
  admin: callerOf('ADMIN', 'admin'),
}
export type Person = keyof typeof people

/** What `assigned` sees of a conversation that is nobody's they see by their department. */
export const callerFor = (person: Person): Caller => (person === 'assigned' ? { ...people.assigned, departments: ['sales'] } : people[person])

type Step = SendCommand | ChangeCommand
export type What = Step extends infer C ? (C extends Step ? Omit<C, 'by' | 'scope' | 'isAdmin' | 'conversationId'> : never) : never

export const send = (messageKind: SendCommand['messageKind'], body = 'hello', clientMessageId = 'm-1') =>
  ({ kind: 'send', messageKind, body, clientMessageId, messageId: `id of ${clientMessageId}` }) as const
export const toAgent = (id: string) => ({ kind: 'transfer', to: { kind: 'agent', id }, reason: 'knows it' }) as const
export const toDepartment = (path: string) => ({ kind: 'transfer', to: { kind: 'department', path }, reason: 'belongs there' }) as const
export const toQueue = { kind: 'transfer', to: { kind: 'queue' }, reason: 'no time' } as const
export const rate = { kind: 'rate', score: 5, comment: null } as const
export const label = { kind: 'label', add: ['urgent'], remove: [] } as const

export const wordFor = (outcome: Outcome): string => (outcome.kind === 'refused' ? outcome.code : outcome.kind)
