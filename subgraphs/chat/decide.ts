import { isInScope } from '../visibility.ts'
import type { ConversationScope } from '../visibility.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { Agent } from './backend.ts'
import type { Actor, Conversation, EventDraft, Message, MessageKind, Visitor } from './conversation.ts'
import { changed, draft, posted } from './happen.ts'
import { decidePlace } from './place.ts'

/* What may become of a conversation: pure decisions over what the store has locked and read. */

export type Refusal = {
  readonly kind: 'refused'
  readonly code: 'NOT_FOUND' | 'INVALID' | 'FORBIDDEN' | 'CONFLICT' | 'IDEMPOTENCY_CONFLICT' | 'CLOSED' | 'OVER_CAPACITY'
  readonly message: string
  readonly field: string | null
}

export type Outcome =
  | { readonly kind: 'done'; readonly conversation: Conversation; readonly drafts: readonly EventDraft[]; readonly message: Message | null }
  /** The same was asked before: this is what came of it then. */
  | { readonly kind: 'repeated'; readonly conversation: Conversation; readonly message: Message }
  /** It is as it was asked to be already. */
  | { readonly kind: 'unchanged'; readonly conversation: Conversation }
  | Refusal

export type TransferTarget =
  | { readonly kind: 'agent'; readonly id: string }
  | { readonly kind: 'department'; readonly path: string }
  | { readonly kind: 'queue' }

/** Who asks, and what they may see. `isAdmin`: may do what otherwise only the agent may who has the conversation. */
type Asked = { readonly by: Actor; readonly scope: ConversationScope; readonly isAdmin: boolean }

export type StartCommand = Asked & {
  readonly kind: 'start'
  readonly conversationId: string
  readonly visitor: Visitor
  readonly customerId: string | null
  readonly orderId: string | null
  /** Where it waits until it is routed. */
  readonly departmentPath: string
  /** The department that the visitor chose. */
  readonly chosenPath: string | null
  readonly subject: string | null
  readonly body: string
  readonly messageId: string
  readonly clientMessageId: string
  /** Of all that it was asked to start with. */
  readonly fingerprint: string
  /** For those who work on it. */
  readonly note: string | null
}

export type SendCommand = Asked & {
  readonly kind: 'send'
  readonly conversationId: string
  readonly messageId: string
  readonly clientMessageId: string
  readonly messageKind: MessageKind
  readonly body: string
}

export type ChangeCommand = Asked & { readonly conversationId: string } & (
    | { readonly kind: 'accept' }
    | { readonly kind: 'transfer'; readonly to: TransferTarget; readonly reason: string }
    | { readonly kind: 'close' }
    | { readonly kind: 'reopen' }
    | { readonly kind: 'rate'; readonly score: number; readonly comment: string | null }
    | { readonly kind: 'label'; readonly add: readonly string[]; readonly remove: readonly string[] }
  )

/** `until`: how long the agent has to accept it; Unix milliseconds. `capacity`: the most that the department lets one agent have. */
export type Offering = { readonly agentId: string; readonly until: number; readonly capacity: number }

/** What the hub itself wants of a conversation. */
export type PlaceCommand = Asked & { readonly conversationId: string } & (
    | {
        readonly kind: 'route'
        /** What is kept of why. */
        readonly decision: RoutingDecision
        readonly departmentPath: string
        /** Whether somebody is there to take it. */
        readonly isOpen: boolean
        /** What whoever takes it had better know, for the strategy `skills`. */
        readonly needs: readonly string[]
        /** In words, for those who work on it. */
        readonly reasons: string
        /** What the visitor is told, where nobody is there. */
        readonly notice: { readonly messageId: string; readonly body: string } | null
        /** To whom it is offered at once: then nobody else's inbox has it for a moment. */
        readonly offer: Offering | null
      }
    /** Its department, which was closed, is open. */
    | { readonly kind: 'open' }
    | (Offering & { readonly kind: 'offer' })
    /** Of an agent who has it or whom it is offered to. `before`: since when they have to have been silent. */
    | { readonly kind: 'return'; readonly agentId: string; readonly why: 'LAPSED' | 'ABSENT' | 'UNAVAILABLE' | 'SILENT'; readonly before: number }
  )

export type Command = StartCommand | SendCommand | ChangeCommand | PlaceCommand

/** An agent as far as it matters to who gets a conversation. `active`: the conversations that they have now; `offered`: those that wait for their yes. */
export type AgentLoad = Pick<Agent, 'id' | 'name' | 'departments' | 'availability' | 'capacity' | 'active' | 'offered'>

/** What a decision rests on: rows that are locked until it is carried out. */
export type Facts = {
  /** Null where there is none of that id. For a start: the one that the same visitor started with the same id before. */
  readonly conversation: Conversation | null
  /** The message that the same author sent with the same id before. For a start: that conversation's first one. */
  readonly earlier: Message | null
  /** Of a start that was made before. */
  readonly fingerprint: string | null
  readonly agentOf: (id: string) => AgentLoad | null
}

export const maxLabels = 20

export const refuse = (code: Refusal['code'], message: string, field: string | null = null): Refusal => ({ kind: 'refused', code, message, field })

const notFound = () => refuse('NOT_FOUND', 'there is no such conversation', 'conversationId')

export const decide = (command: Command, facts: Facts, now: number): Outcome => {
  if (command.kind === 'start') return decideStart(command, facts, now)
  const { conversation } = facts
  if (!conversation || !isInScope(command.scope, conversation)) return notFound()
  switch (command.kind) {
    case 'send':
      return decideSend(command, conversation, facts, now)
    case 'accept':
      return decideAccept(command, conversation, facts, now)
    case 'transfer':
      return decideTransfer(command, conversation, facts, now)
    case 'close':
      return decideClose(command, conversation, now)
    case 'reopen':
      return decideReopen(command, conversation, facts, now)
    case 'rate':
      return decideRate(command, conversation, now)
    case 'label':
      return decideLabels(command, conversation, now)
    default:
      return decidePlace(command, conversation, facts, now)
  }
}

const decideStart = (command: StartCommand, { conversation: before, earlier, fingerprint }: Facts, at: number): Outcome => {
  if (before && earlier) {
    if (fingerprint === command.fingerprint) return { kind: 'repeated', conversation: before, message: earlier }
    return refuse('IDEMPOTENCY_CONFLICT', 'this clientMessageId started a conversation with something else in it', 'clientMessageId')
  }
  const { conversationId: id, visitor, customerId, orderId, departmentPath, subject, note, by, body, messageId, clientMessageId } = command
  const opened: Conversation = {
    ...{ id, subject, status: 'WAITING', departmentPath, agentId: null, agentName: null, offeredTo: null, offerUntil: null, visitorId: visitor.id, visitor },
    ...{ customerId, orderId, labels: [], openedAt: at, activityAt: at, publicActivityAt: at, closedAt: null, queuedAt: at },
    ...{ routedAt: null, passedBy: [], unansweredAt: null, needs: [], position: 1, publicPosition: 1, seq: 0, rating: null },
  }
  const first = draft(null, opened, { isPublic: true, by, at, note }, { kind: 'OPENED', message: null })
  const { conversation, message, draft: second } = posted(opened, { id: messageId, kind: 'TEXT', author: by, clientMessageId, body }, at)
  return { kind: 'done', conversation, drafts: [first, second], message }
}

const decideSend = (command: SendCommand, conversation: Conversation, { earlier }: Facts, at: number): Outcome => {
  const { body, messageKind: kind, messageId: id, clientMessageId, by: author } = command
  if (earlier) {
    if (earlier.body === body && earlier.kind === kind) return { kind: 'repeated', conversation, message: earlier }
    return refuse('IDEMPOTENCY_CONFLICT', 'this clientMessageId was sent with another body', 'clientMessageId')
  }
  const refusal = refuseToPost(command, conversation)
  if (refusal) return refusal
  const { conversation: after, message, draft: event } = posted(conversation, { id, kind, author, clientMessageId, body }, at)
  return { kind: 'done', conversation: after, drafts: [event], message }
}

const refuseToPost = ({ messageKind, by, isAdmin }: SendCommand, { status, agentId, agentName }: Conversation): Refusal | null => {
  if (messageKind === 'SYSTEM') return refuse('FORBIDDEN', 'the hub alone speaks for itself', 'kind')
  if (messageKind === 'NOTE') return by.kind === 'AGENT' ? null : refuse('FORBIDDEN', 'notes are for agents', 'kind')
  if (status === 'CLOSED') return refuse('CLOSED', 'the conversation is closed', 'conversationId')
  if (by.kind === 'VISITOR' || isAdmin || agentId === by.id) return null
  return refuse('CONFLICT', agentName === null ? 'accept the conversation first' : `${agentName} has the conversation`, 'conversationId')
}

/** The agent to whom it would be given; a refusal where they have as many as they can take, or are nobody we know. */
const roomFor = (id: string, { agentOf }: Facts, field: string): AgentLoad | Refusal => {
  const agent = agentOf(id)
  if (!agent) return refuse('NOT_FOUND', 'there is no such agent', field)
  if (agent.active < agent.capacity) return agent
  return refuse('OVER_CAPACITY', `${agent.name} has ${agent.active} conversations, and can take ${agent.capacity}`, field)
}

/** Its visitor waits for a first word of the agent's. */
const given = ({ id, name }: AgentLoad, at: number): Partial<Conversation> =>
  ({ status: 'ACTIVE', agentId: id, agentName: name, offeredTo: null, offerUntil: null, passedBy: [], unansweredAt: at, closedAt: null })

const decideAccept = ({ by }: ChangeCommand, conversation: Conversation, facts: Facts, at: number): Outcome => {
  const { status, agentId, agentName, offeredTo } = conversation
  if (status === 'CLOSED') return refuse('CLOSED', 'the conversation is closed', 'id')
  if (status === 'ACTIVE') return agentId === by.id ? { kind: 'unchanged', conversation } : refuse('CONFLICT', `${agentName ?? 'another agent'} has taken it`, 'id')
  if (status === 'OFFERED' && offeredTo !== by.id) return refuse('CONFLICT', 'it is being offered to another agent', 'id')
  const agent = roomFor(by.id, facts, 'id')
  if ('code' in agent) return agent
  return changed(conversation, { kind: 'ACCEPTED', isPublic: true, by, at, set: given(agent, at) })
}

/** Whoever has it, or could take it. */
const mayMove = ({ by, isAdmin }: ChangeCommand, { agentId, offeredTo }: Conversation): boolean =>
  isAdmin || agentId === by.id || (agentId === null && (offeredTo === null || offeredTo === by.id))

const queued = (departmentPath: string, queuedAt: number): Partial<Conversation> =>
  ({ status: 'WAITING', departmentPath, agentId: null, agentName: null, offeredTo: null, offerUntil: null, passedBy: [], unansweredAt: null, queuedAt, closedAt: null })

const decideTransfer = (command: ChangeCommand & { readonly kind: 'transfer' }, conversation: Conversation, facts: Facts, at: number): Outcome => {
  const { to, reason: note, by } = command
  if (conversation.status === 'CLOSED') return refuse('CLOSED', 'the conversation is closed', 'conversationId')
  if (!mayMove(command, conversation)) return refuse('FORBIDDEN', `${conversation.agentName ?? 'another agent'} has the conversation`, 'conversationId')
  const transferred = (set: Partial<Conversation>) => changed(conversation, { kind: 'TRANSFERRED', isPublic: true, by, at, note, set })
  if (to.kind === 'queue') {
    // It keeps the place that it had: who waited once does not wait from the start again. And it goes to others first.
    return conversation.status === 'WAITING' ? { kind: 'unchanged', conversation } : transferred({ ...queued(conversation.departmentPath, conversation.queuedAt), passedBy: [...conversation.passedBy, by.id] })
  }
  if (to.kind === 'department') {
    if (conversation.status === 'WAITING' && to.path === conversation.departmentPath) return { kind: 'unchanged', conversation }
    return transferred(queued(to.path, to.path === conversation.departmentPath ? conversation.queuedAt : at))
  }
  if (conversation.agentId === to.id) return { kind: 'unchanged', conversation }
  const agent = roomFor(to.id, facts, 'toAgentId')
  return 'code' in agent ? agent : transferred(given(agent, at))
}

const decideClose = (command: ChangeCommand, conversation: Conversation, at: number): Outcome => {
  if (conversation.status === 'CLOSED') return { kind: 'unchanged', conversation }
  const { by } = command
  if (by.kind !== 'VISITOR' && !mayMove(command, conversation)) return refuse('FORBIDDEN', `${conversation.agentName ?? 'another agent'} has the conversation`, 'id')
  return changed(conversation, { kind: 'CLOSED', isPublic: true, by, at, set: { status: 'CLOSED', closedAt: at, offeredTo: null, offerUntil: null, unansweredAt: null } })
}

/** Whoever had it last gets it back; for anybody else it waits again. */
const decideReopen = ({ by }: ChangeCommand, conversation: Conversation, facts: Facts, at: number): Outcome => {
  if (conversation.status !== 'CLOSED') return { kind: 'unchanged', conversation }
  const reopened = (set: Partial<Conversation>) => changed(conversation, { kind: 'REOPENED', isPublic: true, by, at, set })
  if (conversation.agentId !== by.id) return reopened(queued(conversation.departmentPath, at))
  const agent = roomFor(by.id, facts, 'id')
  return 'code' in agent ? agent : reopened(given(agent, at))
}

const decideRate = (command: ChangeCommand & { readonly kind: 'rate' }, conversation: Conversation, at: number): Outcome => {
  const { score, comment, by } = command
  if (conversation.agentId === null) return refuse('CONFLICT', 'nobody has answered yet', 'id')
  const { rating } = conversation
  if (rating?.score === score && rating.comment === comment) return { kind: 'unchanged', conversation }
  return changed(conversation, { kind: 'RATED', isPublic: true, by, at, set: { rating: { score, comment } } })
}

const decideLabels = (command: ChangeCommand & { readonly kind: 'label' }, conversation: Conversation, at: number): Outcome => {
  const { add, remove, by } = command
  const labels = [...new Set([...conversation.labels, ...add])].filter((label) => !remove.includes(label))
  if (labels.length > maxLabels) return refuse('INVALID', `a conversation has at most ${maxLabels} labels`, 'labels')
  const isSame = labels.length === conversation.labels.length && labels.every((label, index) => label === conversation.labels[index])
  if (isSame) return { kind: 'unchanged', conversation }
  // Visitors do not see labels, so they do not learn that there are any.
  return changed(conversation, { kind: 'LABELLED', isPublic: false, by, at, set: { labels } })
}

/** The agents whose load a decision may rest on: their rows are locked with the conversation's. */
export const agentsConcerned = (command: Command): readonly string[] => {
  if (command.kind === 'accept' || command.kind === 'reopen') return [command.by.id]
  if (command.kind === 'offer') return [command.agentId]
  if (command.kind === 'route') return command.offer ? [command.offer.agentId] : []
  return command.kind === 'transfer' && command.to.kind === 'agent' ? [command.to.id] : []
}
