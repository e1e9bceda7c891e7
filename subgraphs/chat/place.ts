import { hasRoom } from './assign.ts'
import type { Conversation } from './conversation.ts'
import type { Facts, Offering, Outcome, PlaceCommand } from './decide.ts'
import { changed, posted } from './happen.ts'

/*
 * What the hub itself does with a conversation: it places it, offers it, takes it back, and lets it wait once its department has opened. Several processes may
 * want the same at the same time, and time has passed since they looked: each decision looks again, and leaves as it is what is not as it was.
 */

export const decidePlace = (command: PlaceCommand, conversation: Conversation, facts: Facts, at: number): Outcome => {
  switch (command.kind) {
    case 'route':
      return decideRoute(command, conversation, facts, at)
    case 'open':
      return decideOpen(command, conversation, at)
    case 'offer':
      return decideOffer(command, conversation, facts, at)
    case 'return':
      return decideReturn(command, conversation, at)
  }
}

type Of<K extends PlaceCommand['kind']> = Extract<PlaceCommand, { readonly kind: K }>

const offeredTo = ({ agentId, until }: Offering): Partial<Conversation> => ({ status: 'OFFERED', offeredTo: agentId, offerUntil: until })

const placeOf = ({ departmentPath, isOpen, offer }: Of<'route'>, { agentOf }: Facts): Partial<Conversation> => {
  if (!isOpen) return { departmentPath, status: 'OFFLINE' }
  const agent = offer && agentOf(offer.agentId)
  return { departmentPath, ...(agent && hasRoom(agent, departmentPath, offer.capacity) ? offeredTo(offer) : {}) }
}

/** Whoever has taken it meanwhile keeps it where it is. */
const decideRoute = (command: Of<'route'>, conversation: Conversation, facts: Facts, at: number): Outcome => {
  const { by, needs, reasons, notice } = command
  if (conversation.routedAt !== null) return { kind: 'unchanged', conversation }
  const isFree = conversation.status === 'WAITING'
  const place = isFree ? placeOf(command, facts) : {}
  const routed = changed(conversation, { kind: 'ROUTED', isPublic: true, by, at, note: reasons, set: { ...place, routedAt: at, needs } })
  if (!isFree || notice === null) return routed
  const told = posted(routed.conversation, { id: notice.messageId, kind: 'SYSTEM', author: by, clientMessageId: null, body: notice.body }, at)
  return { kind: 'done', conversation: told.conversation, drafts: [...routed.drafts, told.draft], message: told.message }
}

/** It has waited since it was left. */
const decideOpen = ({ by }: Of<'open'>, conversation: Conversation, at: number): Outcome => {
  if (conversation.status !== 'OFFLINE') return { kind: 'unchanged', conversation }
  return changed(conversation, { kind: 'ROUTED', isPublic: true, by, at, note: `${conversation.departmentPath} has opened`, set: { status: 'WAITING' } })
}

const decideOffer = (command: Of<'offer'>, conversation: Conversation, { agentOf }: Facts, at: number): Outcome => {
  const { status, departmentPath, routedAt } = conversation
  const agent = agentOf(command.agentId)
  const isPossible = status === 'WAITING' && routedAt !== null && agent !== null && hasRoom(agent, departmentPath, command.capacity)
  if (!isPossible) return { kind: 'unchanged', conversation }
  return changed(conversation, { kind: 'OFFERED', isPublic: false, by: command.by, at, note: `to ${agent.name}`, set: offeredTo(command), isQuiet: true })
}

const returned = { status: 'WAITING', agentId: null, agentName: null, offeredTo: null, offerUntil: null, unansweredAt: null } as const

/** It keeps its place in the queue, and goes to others first. */
const decideReturn = ({ by, agentId, why, before }: Of<'return'>, conversation: Conversation, at: number): Outcome => {
  const { status, passedBy, offerUntil, unansweredAt } = conversation
  const set = { ...returned, passedBy: [...passedBy.filter((id) => id !== agentId), agentId] }
  if (status === 'OFFERED' && conversation.offeredTo === agentId && (why !== 'LAPSED' || (offerUntil ?? 0) <= at)) {
    return changed(conversation, { kind: 'RETURNED', isPublic: false, by, at, note: notes[why], set, isQuiet: true })
  }
  const isTheirs = status === 'ACTIVE' && conversation.agentId === agentId
  if (isTheirs && (why === 'ABSENT' || (why === 'SILENT' && unansweredAt !== null && unansweredAt <= before))) {
    return changed(conversation, { kind: 'RETURNED', isPublic: true, by, at, note: notes[why], set })
  }
  return { kind: 'unchanged', conversation }
}

const notes = {
  LAPSED: 'the offer was not accepted in time',
  ABSENT: 'the agent is not there any more',
  UNAVAILABLE: 'the agent takes none for now',
  SILENT: 'the agent did not answer in time',
} as const satisfies Readonly<Record<Of<'return'>['why'], string>>
