import type { ConversationScope } from '../visibility.ts'
import type { Actor, ChatEvent, Conversation, ConversationStatus, Message, Visitor, Whereabouts } from './conversation.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import type { Waiting } from './assign.ts'
import type { Command, Refusal } from './decide.ts'

/**
 * Where conversations are kept. Everything that is written is written by `write`, durably before it resolves; everything else reads.
 * Each rejects with `Unreachable` of the backend `chat` where the database can't be asked now.
 */
export type ChatStore = AsyncDisposable & {
  /** Carries a command out. What comes of it is committed, and told to `onCommitted`, before this resolves. */
  write(command: Command): Promise<Written>
  /** Told of each batch of events that this process commits, in the order of commits. */
  onCommitted(listener: (batch: Committed) => void): void
  /** To be called when a batch has been told to everybody; until then it is announced again after a crash. */
  announced(batch: Committed): void
  /** What was committed, by any process, and not announced within `olderThanMs`. */
  listUnannounced(olderThanMs: number): Promise<readonly Committed[]>

  /** Of the newest event that there is; 0 before the first. */
  lastOrdinal(): Promise<number>
  /** In order, from the one after `ordinal` on. */
  listEvents(afterOrdinal: number, limit: number): Promise<readonly ChatEvent[]>
  /** Of one conversation, in order, from the one after `position` on; `staff`: those that the visitor may not know of too, and counted so. */
  listEventsOf(conversationId: string, staff: boolean, after: number, limit: number): Promise<readonly ChatEvent[]>

  /** One place per id, in the order of `ids`. An id that can be none is absent, as any other that does not exist. */
  findConversations(ids: readonly string[]): Promise<readonly (Conversation | null)[]>
  /** The same, and no more of each than it takes to listen: thousands begin at once when a hub is started anew. */
  findWhereabouts(ids: readonly string[]): Promise<readonly (Whereabouts | null)[]>
  listConversations(query: ConversationsQuery): Promise<readonly Conversation[]>
  countInbox(scope: ConversationScope, agentId: string): Promise<InboxCounts>
  listMessages(query: MessagesQuery): Promise<readonly Message[]>
  /** The newest one of each conversation. */
  findLastMessages(ids: readonly string[], staff: boolean): Promise<readonly (Message | null)[]>
  /** Messages of others after the participant's read mark, for each conversation. */
  countUnread(ids: readonly string[], participant: Pick<Actor, 'kind' | 'id'>, staff: boolean): Promise<readonly number[]>

  listReadMarks(ids: readonly string[]): Promise<readonly (readonly ReadMark[])[]>
  /** Moves a mark forwards, never backwards. `position` is as `staff` counts. Gives the mark as it is then; null where there is no such position. */
  markRead(conversationId: string, participant: Actor, position: number, staff: boolean): Promise<ReadMark | null>

  /** Keeps what the newest token says of each agent. Gives what is kept then, in the order of `agents`. */
  meetAgents(agents: readonly NewAgent[]): Promise<readonly Agent[]>
  findAgents(ids: readonly string[]): Promise<readonly (Agent | null)[]>
  listAgents(): Promise<readonly Agent[]>
  /** Writes down who is there, or has gone. Unix milliseconds. */
  seeAgents(ids: readonly string[], isPresent: boolean, at: number): Promise<void>
  setAvailability(id: string, availability: Availability, capacity: number | null): Promise<Agent | null>
  findVisitors(ids: readonly string[]): Promise<readonly (Visitor | null)[]>

  /** Those that wait in a department, longest first; what is offered to somebody keeps its place. */
  listQueue(departmentPath: string, limit: number): Promise<readonly string[]>
  /** Place from 1 of each conversation that waits; null of one that does not. */
  findQueuePlaces(ids: readonly string[]): Promise<readonly (number | null)[]>
  countWaiting(departmentPaths: readonly string[]): Promise<readonly number[]>

  /** What was decided and not carried out yet, longest first. */
  listDecided(): Promise<readonly Decided[]>
  /** What nobody has decided for so long; `decision` is null. */
  listUndecided(olderThanMs: number): Promise<readonly Decided[]>
  /** Those left outside opening hours whose department is not `closed`; longest first. */
  listOffline(closed: readonly string[]): Promise<readonly string[]>
  /** What an agent may have to give back. */
  listLapsing(query: LapsingQuery): Promise<readonly Lapsing[]>
  /** Those that wait at or below any of the departments and were routed: the first of each, all of them longest first. */
  listWaiting(departments: readonly string[]): Promise<readonly Waiting[]>

  /** Of all departments, by shortcut. */
  listCannedReplies(search: string | null): Promise<readonly CannedReply[]>
  /** Null: there is none of that id. 'TAKEN': another one of the same department has that shortcut. */
  saveCannedReply(reply: Omit<CannedReply, 'id'> & { readonly id: string | null; readonly by: string }): Promise<CannedReply | 'TAKEN' | null>
  findCannedReply(id: string): Promise<CannedReply | null>

  /** Who opened which conversation, for the audit. */
  recordOpened(opened: readonly Opened[]): Promise<void>
}

export type Written =
  | { readonly kind: 'done'; readonly conversation: Conversation; readonly events: readonly ChatEvent[]; readonly message: Message | null }
  | { readonly kind: 'repeated'; readonly conversation: Conversation; readonly message: Message }
  | { readonly kind: 'unchanged'; readonly conversation: Conversation }
  | Refusal

/** What one transaction committed. `events` is null where they are to be read from the store. */
export type Committed = { readonly outboxId: bigint; readonly first: number; readonly last: number; readonly events: readonly ChatEvent[] | null }

/** Newest activity first, as those count it who ask: `staff` of everything, others of what the visitor may know of. */
export type ConversationsQuery = {
  readonly scope: ConversationScope
  readonly staff: boolean
  readonly filter: {
    readonly status: readonly ConversationStatus[] | null
    readonly departmentPath: string | null
    readonly agentId: string | null
    readonly customerId: string | null
    readonly label: string | null
    /** Each has to be in one message, whatever the case of its letters. */
    readonly words: readonly string[]
  }
  /** Where the page before ended. */
  readonly after: { readonly activityAt: number; readonly id: string } | null
  readonly limit: number
}

/** Oldest first within the page; `before` and no `after` reads backwards from there, or from the newest. Positions are as `staff` counts. */
export type MessagesQuery = {
  readonly conversationId: string
  readonly staff: boolean
  readonly after: number | null
  readonly before: number | null
  readonly limit: number
  readonly from: 'oldest' | 'newest'
}

/** `decision` is null where there is none, or none that can be read. */
export type Decided = {
  readonly conversationId: string
  readonly body: string
  readonly chosenPath: string | null
  readonly decision: RoutingDecision | null
  /** Who had the visitor's conversation before this one. */
  readonly lastAgentId: string | null
}

/** `unseenSince`: whoever was not seen after that is not there, whatever was last said of them. What an agent has is listed, where `ofAgents` asks for it, if they are gone or the visitor is unanswered since `silentSince`; there is much of it, and only time changes it. Unix milliseconds. */
export type LapsingQuery = { readonly now: number; readonly unseenSince: number; readonly silentSince: number; readonly ofAgents: boolean }

export type Lapsing = {
  readonly conversationId: string
  readonly status: 'OFFERED' | 'ACTIVE'
  /** Who has it, or whom it is offered to. */
  readonly agentId: string
  readonly departmentPath: string
  /** Whether the time of the offer is over. */
  readonly isLate: boolean
  /** Whether the agent is there. */
  readonly isHere: boolean
  /** When they were last seen; null where nobody knows that they ever had an inbox open. */
  readonly seenAt: number | null
  readonly unansweredAt: number | null
}

export type InboxCounts = { readonly waiting: number; readonly offered: number; readonly mine: number; readonly unread: number }

export type ReadMark = { readonly conversationId: string; readonly participant: Actor; readonly position: number; readonly publicPosition: number }

export type Availability = 'ONLINE' | 'AWAY' | 'OFFLINE'

export type Agent = {
  readonly id: string
  readonly name: string
  readonly departments: readonly string[]
  /** What they chose; whether they are there is known elsewhere. */
  readonly availability: Availability
  readonly capacity: number
  /** When the token was issued that their departments are from; Unix seconds. */
  readonly tokenAt: number
  /** Conversations that they have now. */
  readonly active: number
  /** That wait for their yes. */
  readonly offered: number
  /** When they were last offered one. */
  readonly offeredAt: number | null
}

export type NewAgent = { readonly id: string; readonly name: string; readonly departments: readonly string[]; readonly tokenAt: number }

export type Opened = { readonly callerId: string; readonly role: string; readonly conversationId: string }

export type CannedReply = { readonly id: string; readonly shortcut: string; readonly body: string; readonly departmentPath: string | null }
