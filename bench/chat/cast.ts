import { randomUUID } from 'node:crypto'
import { pickAddresses } from '../sockets/addresses.ts'
import type { Address } from '../sockets/connection.ts'
import { signQuickly } from '../sockets/tokens.ts'
import type { Claims } from '../sockets/tokens.ts'
import { secret } from './hub.ts'
import type { Kind, Ledger, Side, Told } from './ledger.ts'
import { openLine, openLineCounts } from './line.ts'
import type { Line, LineCounts } from './line.ts'
import { acceptConversation, conversationEvents, dig, history, inboxEvents, sendMessage, setAvailability, startConversation, takenBy, textAt } from './operations.ts'

/* Who talks: visitors with a conversation each, and agents who took them, all writing into one ledger what they said and what they were told. */

/** A conversation and the two lines that it is held on. */
export type Talk = { readonly id: string; readonly lines: Readonly<Record<Side, Line>>; readonly busy: Record<Side, boolean> }

export type Cast = {
  readonly talks: readonly Talk[]
  readonly lines: readonly Line[]
  readonly counts: LineCounts
  /** Milliseconds from a send to its receipt at the other side. */
  readonly deliveries: number[]
  readonly received: { messages: number; inbox: number; deduplicated: number }
  say(talk: Talk, side: Side, kind: Kind): Promise<void>
  /** All that the database has of a conversation, into the ledger. */
  audit(talk: Talk): Promise<void>
  close(): void
}

export type CastOptions = { readonly ledger: Ledger; readonly address: () => Omit<Address, 'localAddress'>; readonly conversations: number; readonly agents: number }

/** Agents in one department; each hears of all that happens in it. */
const perDepartment = 5
/** Subscriptions on one of an agent's sockets, below the hub's limit of 100: an agent with more conversations has more tabs. */
const perTab = 90
const window = 64

const departmentOf = (agent: number): string => `team-${1 + Math.floor(agent / perDepartment)}`
export const departmentsOf = (agents: number): readonly string[] => [...new Set(Array.from({ length: agents }, (_, agent) => departmentOf(agent)))]

const kinds = ['TEXT', 'NOTE', 'SYSTEM'] as const

/** Throws where it is no message: then the schema is not the one that this bench was written for. */
const toTold = (conversation: string, message: unknown): Told => {
  const [key, kind, position, seq] = [textAt(message, 'body'), kinds.find((word) => word === dig(message, 'kind')), dig(message, 'position'), dig(message, 'seq')]
  if (key === null || kind === undefined || typeof position !== 'number') throw new Error(`no message: ${JSON.stringify(message)}`)
  return { conversation, key, kind, position, seq: typeof seq === 'number' ? seq : null }
}

const need = (found: string | null, what: string, answer: unknown): string => {
  if (found === null) throw new Error(`${what}: ${JSON.stringify(answer).slice(0, 500)}`)
  return found
}

type Hall = {
  readonly opt: CastOptions
  readonly cast: Pick<Cast, 'counts' | 'deliveries' | 'received'>
  /** When each message left, until the other side has it. */
  readonly sentAt: Map<string, number>
  readonly openLineOf: (claims: Claims) => Line
}

const hear = ({ opt: { ledger }, cast, sentAt }: Hall, side: Side, conversation: string, event: unknown): void => {
  const message = dig(event, 'message')
  if (message === undefined) return
  const told = toTold(conversation, message)
  ledger.receive(side, told)
  cast.received.messages += 1
  const from = sentAt.get(`${side} ${told.key}`)
  if (from === undefined) return
  cast.deliveries.push(performance.now() - from)
  sentAt.delete(`${side} ${told.key}`)
}

const listenTo = (hall: Hall, line: Line, side: Side, conversation: string, after: string): void =>
  line.listen({ query: conversationEvents, field: 'conversationEvents', variables: { id: conversation }, after, next: (event) => hear(hall, side, conversation, event) })

/** Starts a conversation, whose first message the visitor has with the acknowledgement: they listen from there on. */
const comeIn = async (hall: Hall, visitor: number, departmentPath: string): Promise<{ readonly id: string; readonly line: Line }> => {
  const { ledger } = hall.opt
  const line = hall.openLineOf({ role: 'visitor', name: `v-${visitor}` })
  const key = `opening of v-${visitor}: where is my order?`
  const { data } = await line.ask(startConversation, { input: { body: key, clientMessageId: randomUUID(), departmentPath } })
  const id = need(textAt(data, 'startConversation', 'conversation', 'id'), 'startConversation', data)
  const message = dig(data, 'startConversation', 'message')
  ledger.send({ conversation: id, key, kind: 'TEXT', author: 'visitor' })
  ledger.acknowledge(toTold(id, message))
  ledger.receive('visitor', toTold(id, message))
  listenTo(hall, line, 'visitor', id, need(textAt(message, 'cursor'), 'no cursor', message))
  return { id, line }
}

/** All messages of a conversation as an agent reads them, and the cursor of the last one. */
const readHistory = async (line: Line, id: string): Promise<{ readonly messages: readonly Told[]; readonly cursor: string }> => {
  const messages: Told[] = []
  let [cursor, after]: [string | null, string | null] = [null, null]
  do {
    const { data } = await line.ask(history, { id, after })
    const nodes: unknown = dig(data, 'conversation', 'messages', 'nodes')
    if (!Array.isArray(nodes)) throw new Error(`no history: ${JSON.stringify(data)}`)
    for (const node of nodes) messages.push(toTold(id, node))
    cursor = textAt(nodes.at(-1), 'cursor') ?? cursor
    after = dig(data, 'conversation', 'messages', 'pageInfo', 'hasNextPage') === true ? textAt(data, 'conversation', 'messages', 'pageInfo', 'endCursor') : null
  } while (after !== null)
  return { messages, cursor: need(cursor, 'a conversation without a message', id) }
}

const take = async (hall: Hall, line: Line, agent: string, id: string): Promise<void> => {
  const { data } = await line.ask(acceptConversation, { id })
  // An acceptance that was asked again after a cut may be refused, as it was done the first time.
  const taker = textAt(data, 'acceptConversation', 'conversation', 'agent', 'id') ?? textAt((await line.ask(takenBy, { id })).data, 'conversation', 'agent', 'id')
  if (taker !== agent) throw new Error(`${agent} could not accept: ${JSON.stringify(data)}`)
  const { messages, cursor } = await readHistory(line, id)
  for (const message of messages) hall.opt.ledger.receive('agent', message)
  listenTo(hall, line, 'agent', id, cursor)
}

/** An agent's tabs: as many as their conversations need. The inbox is open in the first. */
const sitDown = async (hall: Hall, agent: number): Promise<readonly Line[]> => {
  const { conversations, agents } = hall.opt
  const each = Math.ceil(conversations / agents)
  const claims: Claims = { role: 'agent', name: `a-${agent}`, departments: [departmentOf(agent)] }
  const [first, ...others] = Array.from({ length: Math.max(1, Math.ceil(each / perTab)) }, () => hall.openLineOf(claims))
  if (first === undefined) return []
  const next = () => void (hall.cast.received.inbox += 1)
  first.listen({ query: inboxEvents, field: 'inboxEvents', variables: {}, after: null, next })
  const { data } = await first.ask(setAvailability, { capacity: each + 10 })
  need(textAt(data, 'setAvailability', 'id'), 'setAvailability', data)
  return [first, ...others]
}

const sayIn = async ({ opt: { ledger }, cast, sentAt }: Hall, { id, lines, busy }: Talk, side: Side, kind: Kind): Promise<void> => {
  const clientMessageId = randomUUID()
  const key = `${clientMessageId} of the ${side}: how far is the parcel, and when does it come?`
  const other = side === 'agent' ? 'visitor' : 'agent'
  busy[side] = true
  ledger.send({ conversation: id, key, kind, author: side })
  if (kind === 'TEXT') sentAt.set(`${other} ${key}`, performance.now())
  const { data } = await lines[side].ask(sendMessage, { input: { conversationId: id, clientMessageId, body: key, kind } })
  ledger.acknowledge(toTold(id, dig(data, 'sendMessage', 'message')))
  if (dig(data, 'sendMessage', 'deduplicated') === true) cast.received.deduplicated += 1
  busy[side] = false
}

const openHall = (opt: CastOptions, lines: Line[]): Hall => {
  const localAddresses = pickAddresses(4 * (opt.conversations + opt.agents))
  const counts = openLineCounts()
  const openLineOf = (claims: Claims): Line => {
    const localAddress = localAddresses[lines.length % localAddresses.length]
    const line = openLine({ address: () => ({ ...opt.address(), localAddress }), token: signQuickly(secret, claims), counts })
    lines.push(line)
    return line
  }
  return { opt, cast: { counts, deliveries: [], received: { messages: 0, inbox: 0, deduplicated: 0 } }, sentAt: new Map(), openLineOf }
}

const openTalks = async (hall: Hall): Promise<readonly Talk[]> => {
  const { conversations, agents } = hall.opt
  const tabs = await Promise.all(Array.from({ length: agents }, (_, agent) => sitDown(hall, agent)))
  const talks: Talk[] = []
  const numbers = Array.from({ length: conversations }, (_, index) => index).values()
  const usher = async () => {
    for (const index of numbers) {
      const agent = index % agents
      const tab = tabs[agent]?.[Math.floor(index / agents / perTab)]
      if (tab === undefined) throw new Error('an agent has too few tabs')
      const { id, line } = await comeIn(hall, index, departmentOf(agent))
      await take(hall, tab, `a-${agent}`, id)
      talks.push({ id, lines: { visitor: line, agent: tab }, busy: { visitor: false, agent: false } })
    }
  }
  await Promise.all(Array.from({ length: window }, usher))
  return talks
}

/** Everybody, in conversation. Where that fails all lines are closed. */
export const openCast = async (opt: CastOptions): Promise<Cast> => {
  const lines: Line[] = []
  const close = () => lines.forEach((line) => line.close())
  const hall = openHall(opt, lines)
  try {
    const talks = await openTalks(hall)
    return {
      ...hall.cast, talks, lines, close,
      say: (talk, side, kind) => sayIn(hall, talk, side, kind),
      audit: async ({ id, lines: { agent } }) => opt.ledger.keep(id, (await readHistory(agent, id)).messages),
    }
  } catch (error) {
    close()
    throw error
  }
}
