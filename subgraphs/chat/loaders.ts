import DataLoader from 'dataloader'
import type { FetchContext, RequestContext } from '../context.ts'
import { maySeeNotes } from '../visibility.ts'
import type { Agent, ChatStore, ReadMark } from './backend.ts'
import type { Actor, Conversation, Message, Visitor } from './conversation.ts'
import type { Desk } from './desk.ts'

type Participant = Pick<Actor, 'kind' | 'id'>

/**
 * What one request reads of a conversation, each kind at once for all that it is asked of. There is one of these for each request and for each event of each
 * listener, who mostly ask for little: a loader is made when it is first needed.
 */
export class Loaders {
  readonly desk: Desk
  readonly #store: ChatStore
  readonly #staff: boolean
  readonly #participant: Participant
  #conversation: DataLoader<string, Conversation | null> | undefined
  #lastMessage: DataLoader<string, Message | null> | undefined
  #unread: DataLoader<string, number> | undefined
  #readMarks: DataLoader<string, readonly ReadMark[]> | undefined
  #queuePlace: DataLoader<string, number | null> | undefined
  #agent: DataLoader<string, Agent | null> | undefined
  #visitor: DataLoader<string, Visitor | null> | undefined
  #waiting: DataLoader<string, number> | undefined
  #agents: Promise<readonly Agent[]> | undefined

  constructor(desk: Desk, { caller }: RequestContext) {
    this.desk = desk
    this.#store = desk.store
    this.#staff = maySeeNotes(caller)
    this.#participant = { kind: caller.role === 'VISITOR' ? 'VISITOR' : 'AGENT', id: caller.id }
  }

  get conversation() {
    return (this.#conversation ??= new DataLoader((ids) => Promise.all(ids.map(this.desk.findConversation))))
  }

  get lastMessage() {
    return (this.#lastMessage ??= new DataLoader((ids) => this.#store.findLastMessages(ids, this.#staff)))
  }

  get unread() {
    return (this.#unread ??= new DataLoader((ids) => this.#store.countUnread(ids, this.#participant, this.#staff)))
  }

  get readMarks() {
    return (this.#readMarks ??= new DataLoader((ids) => this.#store.listReadMarks(ids)))
  }

  get queuePlace() {
    return (this.#queuePlace ??= new DataLoader((ids) => this.#store.findQueuePlaces(ids)))
  }

  get agent() {
    return (this.#agent ??= new DataLoader((ids) => this.#store.findAgents(ids)))
  }

  get visitor() {
    return (this.#visitor ??= new DataLoader((ids) => this.#store.findVisitors(ids)))
  }

  get waiting() {
    return (this.#waiting ??= new DataLoader((paths) => this.#store.countWaiting(paths)))
  }

  /** Every agent, read once. */
  agents(): Promise<readonly Agent[]> {
    return (this.#agents ??= this.#store.listAgents())
  }
}

export type Context = FetchContext<Loaders>
