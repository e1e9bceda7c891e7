import { z } from 'zod'
import type { Agent, Committed, Written } from '../backend.ts'
import type { Before, ChatEvent, Conversation, EventDraft, Message } from '../conversation.ts'
import { agentsConcerned, decide } from '../decide.ts'
import type { AgentLoad, Command, Facts, Outcome, StartCommand } from '../decide.ts'
import {
  agents as agentRows, conversationColumns, conversations as conversationRows, messageColumns, messageRecord, messages as messageRows, recordOf, startedConversations,
  talkingColumns, toConversationRow, toMessageRow, toTalkingRow,
} from './rows.ts'
import type { ConversationColumn } from './rows.ts'
import { isKeepable } from '../../sql.ts'
import type { Select } from '../../sql.ts'
import { agentSelection } from './people.ts'

/*
 * One transaction for a batch of commands: lock and read what they rest on, decide each in turn over what the ones before it have made
 * of that, write what has come of all of them, in one statement. Locks are taken in the same order by everybody: conversations by id, agents
 * by id, and last the feed's row, which is held until the commit, so that ordinals are in the order of commits.
 */

export type CommitResult = { readonly results: readonly Written[]; readonly committed: Committed | null }

export type CommitOptions = { readonly instance: string; readonly now: () => number; /** Rows of the outbox whose batches were announced. */ readonly announced: readonly bigint[] }

export const commit = async (select: Select, commands: readonly Command[], { instance, now, announced }: CommitOptions): Promise<CommitResult> => {
  const known = await readFacts(select, commands)
  const at = now()
  const outcomes = commands.map((command) => {
    const outcome = decide(command, factsFor(known, command), at)
    if (outcome.kind === 'done') remember(known, command, outcome)
    return outcome
  })
  const drafts = outcomes.flatMap((outcome) => (outcome.kind === 'done' ? outcome.drafts : []))
  if (drafts.length === 0) return { results: outcomes.map((outcome) => toWritten(outcome, [])), committed: null }
  const { id, last } = await writeAll(select, { commands, outcomes, drafts, instance, announced })
  const events = drafts.map((draft, index): ChatEvent => ({ ...draft, ordinal: last - drafts.length + 1 + index }))
  return { results: toAllWritten(outcomes, events), committed: { outboxId: id, first: last - drafts.length + 1, last, events } }
}

const toAllWritten = (outcomes: readonly Outcome[], events: readonly ChatEvent[]): readonly Written[] => {
  let taken = 0
  return outcomes.map((outcome) => {
    const count = outcome.kind === 'done' ? outcome.drafts.length : 0
    taken += count
    return toWritten(outcome, events.slice(taken - count, taken))
  })
}

const toWritten = (outcome: Outcome, events: readonly ChatEvent[]): Written =>
  outcome.kind === 'done' ? { kind: 'done', conversation: outcome.conversation, events, message: outcome.message } : outcome

/** What the commands rest on; changed by each that is decided, for those after it. */
type Known = {
  readonly conversations: Map<string, Conversation>
  readonly messages: Map<string, Message>
  readonly starts: Map<string, { readonly conversation: Conversation; readonly fingerprint: string; readonly message: Message | null }>
  readonly agents: Map<string, AgentLoad>
}

const messageKey = (conversationId: string, kind: string, author: string, clientMessageId: string | null) =>
  JSON.stringify([conversationId, kind, author, clientMessageId])
const startKey = (visitorId: string, clientMessageId: string) => JSON.stringify([visitorId, clientMessageId])

const isStart = (command: Command): command is StartCommand => command.kind === 'start'

const factsFor = ({ conversations, messages, starts, agents }: Known, command: Command): Facts => {
  const agentOf = (id: string) => agents.get(id) ?? null
  if (isStart(command)) {
    const { conversation = null, message = null, fingerprint = null } = starts.get(startKey(command.visitor.id, command.clientMessageId)) ?? {}
    return { conversation, earlier: message, fingerprint, agentOf }
  }
  const earlier = command.kind === 'send' ? messages.get(messageKey(command.conversationId, command.by.kind, command.by.id, command.clientMessageId)) : undefined
  return { conversation: conversations.get(command.conversationId) ?? null, earlier: earlier ?? null, fingerprint: null, agentOf }
}

const remember = (known: Known, command: Command, { conversation, message, drafts }: Extract<Outcome, { readonly kind: 'done' }>): void => {
  known.conversations.set(conversation.id, conversation)
  if (message) known.messages.set(messageKey(conversation.id, message.author.kind, message.author.id, message.clientMessageId), message)
  if (isStart(command)) known.starts.set(startKey(command.visitor.id, command.clientMessageId), { conversation, message, fingerprint: command.fingerprint })
  const [first] = drafts
  if (first) moveLoad(known.agents, first, conversation)
}

/** Who had it and who has it: a conversation weighs on an agent while it is active, and while it is offered to them. */
const moveLoad = (agents: Map<string, AgentLoad>, { before }: EventDraft, after: Conversation): void => {
  const add = (place: Before, by: number) => {
    const isActive = place.status === 'ACTIVE'
    const agent = agents.get((isActive ? place.agentId : place.offeredTo) ?? '')
    if (!agent || (!isActive && place.status !== 'OFFERED')) return
    agents.set(agent.id, isActive ? { ...agent, active: agent.active + by } : { ...agent, offered: agent.offered + by })
  }
  if (before) add(before, -1)
  add(after, 1)
}

const readFacts = async (select: Select, commands: readonly Command[]): Promise<Known> => {
  const ids = [...new Set(commands.flatMap((command) => (isStart(command) ? [] : [command.conversationId])))]
  const conversations = ids.length === 0 ? [] : await lockConversations(select, ids)
  const starts = commands.filter(isStart)
  const started = starts.length === 0 ? [] : await findStarted(select, starts)
  const sends = commands.flatMap((command) =>
    command.kind === 'send' ? [{ conversation_id: command.conversationId, author_kind: command.by.kind, author_id: command.by.id, client_message_id: command.clientMessageId }] : [],
  )
  const messages = sends.length === 0 ? [] : await findSent(select, sends)
  const firsts = started.length === 0 ? [] : await findFirst(select, started.map(({ conversation: { id } }) => id))
  const wanted = [...new Set(commands.flatMap(agentsConcerned))].filter(isKeepable).toSorted()
  const agents = wanted.length === 0 ? [] : await lockAgents(select, wanted)
  return {
    conversations: new Map(conversations.map((one) => [one.id, one])),
    messages: new Map(messages.map((one) => [messageKey(one.conversationId, one.author.kind, one.author.id, one.clientMessageId), one])),
    starts: new Map(started.map(({ conversation, clientMessageId, fingerprint }) => {
      const message = firsts.find(({ conversationId }) => conversationId === conversation.id) ?? null
      return [startKey(conversation.visitorId, clientMessageId), { conversation, fingerprint, message }]
    })),
    agents: new Map(agents.map((agent) => [agent.id, agent])),
  }
}

const lockConversations = (select: Select, ids: readonly string[]) =>
  select(conversationRows, `SELECT ${conversationColumns.join(', ')} FROM conversation WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`, ids)

const findStarted = (select: Select, starts: readonly StartCommand[]) =>
  select(
    startedConversations,
    `SELECT ${conversationColumns.map((column) => `c.${column}`).join(', ')}, c.start_client_message_id, c.start_fingerprint
       FROM jsonb_to_recordset($1::jsonb) AS k(visitor_id text, client_message_id text)
       JOIN conversation c ON c.visitor_id = k.visitor_id AND c.start_client_message_id = k.client_message_id`,
    JSON.stringify(starts.map(({ visitor, clientMessageId }) => ({ visitor_id: visitor.id, client_message_id: clientMessageId }))),
  )

const findSent = (select: Select, keys: readonly object[]) =>
  select(
    messageRows,
    `SELECT ${messageColumns.map((column) => `m.${column}`).join(', ')}
       FROM jsonb_to_recordset($1::jsonb) AS k(conversation_id uuid, author_kind text, author_id text, client_message_id text)
       JOIN message m USING (conversation_id, author_kind, author_id, client_message_id)`,
    JSON.stringify(keys),
  )

const findFirst = (select: Select, ids: readonly string[]) =>
  select(messageRows, `SELECT ${messageColumns.join(', ')} FROM message WHERE conversation_id = ANY($1::uuid[]) AND seq = 1`, ids)

const nothing = z.array(z.unknown())

const lockAgents = async (select: Select, ids: readonly string[]): Promise<readonly Agent[]> => {
  await select(nothing, 'SELECT id FROM agent WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE', ids)
  // Counted after the lock is held: another process may have given them one until then.
  return select(agentRows, `${agentSelection} WHERE a.id = ANY($1::text[])`, ids)
}

type ToWrite = {
  readonly commands: readonly Command[]
  readonly outcomes: readonly Outcome[]
  readonly drafts: readonly EventDraft[]
  readonly instance: string
  readonly announced: readonly bigint[]
}

const written = z.array(z.object({ id: z.bigint(), last: z.union([z.bigint(), z.number()]).transform(Number) }))

/** Everything but what never changes once it is there. */
const changing = conversationColumns.filter((column) => !['id', 'visitor_id', 'opened_at'].includes(column))


/** What only a start writes. */
const opening = `
  visitors AS (
    INSERT INTO visitor (id, display_name, verified, customer_id)
    SELECT DISTINCT ON (v.id) v.* FROM jsonb_to_recordset($7::jsonb) AS v(id text, display_name text, verified bool, customer_id text) ORDER BY v.id
    ON CONFLICT (id) DO UPDATE SET display_name = excluded.display_name, verified = excluded.verified, customer_id = excluded.customer_id),
  opened AS (
    INSERT INTO conversation (${conversationColumns.join(', ')}, start_client_message_id, start_fingerprint)
    SELECT * FROM jsonb_to_recordset($8::jsonb) AS c(${recordOf(conversationColumns)}, start_client_message_id text, start_fingerprint text)),
  wanted AS (
    INSERT INTO routing (conversation_id, body, chosen_path, state, wanted_at)
    SELECT w.*, 'WANTED', now() FROM jsonb_to_recordset($9::jsonb) AS w(conversation_id uuid, body text, chosen_path text)),`

const writeStatement = (isOpening: boolean, columns: readonly ConversationColumn[]): string => `
  WITH place AS (UPDATE feed SET last = last + $1::int WHERE id = 1 RETURNING last),
  told AS (DELETE FROM outbox WHERE id = ANY($2::bigint[])),
  outgoing AS (INSERT INTO outbox (first, last, instance) SELECT last - $1::int + 1, last, $3 FROM place RETURNING id, last),${isOpening ? opening : ''}
  changed AS (
    UPDATE conversation c SET ${columns.map((column) => `${column} = r.${column}`).join(', ')}
    FROM jsonb_to_recordset($4::jsonb) AS r(${recordOf(['id', ...columns])}) WHERE c.id = r.id),
  posted AS (INSERT INTO message (${messageColumns.join(', ')}) SELECT ${messageColumns.join(', ')} FROM jsonb_to_recordset($5::jsonb) AS m(${messageRecord})),
  happened AS (
    INSERT INTO event (ordinal, conversation_id, position, public_position, is_public, kind, at, content)
    SELECT place.last - $1::int + e.index, e.conversation_id, e.position, e.public_position, e.is_public, e.kind, e.at, e.content
    FROM place, jsonb_to_recordset($6::jsonb)
      AS e(index int, conversation_id uuid, position int, public_position int, is_public bool, kind text, at timestamptz, content jsonb))
  SELECT id, last FROM outgoing`

/** Most batches are nothing but messages: what they need not say is neither sent nor planned. */
const statements = { opening: writeStatement(true, changing), changing: writeStatement(false, changing), talking: writeStatement(false, talkingColumns) } as const

const kindOf = (done: readonly Command[]): keyof typeof statements => {
  if (done.some(isStart)) return 'opening'
  return done.every(({ kind }) => kind === 'send') ? 'talking' : 'changing'
}

const toEventRow = ({ conversationId, position, publicPosition, isPublic, kind, at, by, note, before, conversation }: EventDraft, index: number) => ({
  ...{ index: index + 1, conversation_id: conversationId, position, public_position: publicPosition, is_public: isPublic, kind, at: new Date(at).toISOString() },
  content: { by, note, before, conversation },
})

/** As jsonb takes them. */
const toJson = (...rows: readonly (readonly object[])[]): readonly string[] => rows.map((all) => JSON.stringify(all))

/** What a start writes beside its events: who it is of, the conversation, and that somebody is to decide where it belongs. */
const toOpening = (starts: readonly StartCommand[], after: ReadonlyMap<string, Conversation>): readonly string[] => {
  const visitors = starts.map(({ visitor, customerId }) => ({ id: visitor.id, display_name: visitor.name, verified: visitor.verified, customer_id: customerId }))
  const opened = starts.flatMap((start) => {
    const conversation = after.get(start.conversationId)
    return conversation ? [{ ...toConversationRow(conversation), start_client_message_id: start.clientMessageId, start_fingerprint: start.fingerprint }] : []
  })
  const wanted = starts.map(({ conversationId, body, chosenPath }) => ({ conversation_id: conversationId, body, chosen_path: chosenPath }))
  return toJson(visitors, opened, wanted)
}

const writeAll = async (select: Select, { commands, outcomes, drafts, instance, announced }: ToWrite) => {
  /** As they are after all of the batch, each once. */
  const after = new Map(drafts.map(({ conversation }) => [conversation.id, conversation]))
  const done = commands.filter((_, index) => outcomes[index]?.kind === 'done')
  const starts = done.filter(isStart)
  const openedIds = new Set(starts.map(({ conversationId }) => conversationId))
  const kind = kindOf(done)
  const changed = [...after.values()].filter(({ id }) => !openedIds.has(id)).map(kind === 'talking' ? toTalkingRow : toConversationRow)
  const messages = drafts.flatMap(({ message }) => (message ? [toMessageRow(message)] : []))
  await writePlaced(select, instance, done)
  const rows = [...toJson(changed, messages, drafts.map(toEventRow)), ...(starts.length === 0 ? [] : toOpening(starts, after))]
  const [row] = await select(written, statements[kind], drafts.length, announced, instance, ...rows)
  if (!row) throw new Error('the feed has no row: the migrations have not been applied as they are written')
  return row
}

const doneStatement = `
  UPDATE routing r SET state = 'DONE', decision = d.decision, decided_at = coalesce(r.decided_at, now()), decided_by = coalesce(r.decided_by, $2)
  FROM jsonb_to_recordset($1::jsonb) AS d(conversation_id uuid, decision jsonb) WHERE r.conversation_id = d.conversation_id`

/** What was placed is no longer to be, and who was offered something is behind the others for the next. */
const writePlaced = async (select: Select, instance: string, done: readonly Command[]): Promise<void> => {
  const routed = done.flatMap((command) => (command.kind === 'route' ? [{ conversation_id: command.conversationId, decision: command.decision }] : []))
  if (routed.length > 0) await select(nothing, doneStatement, JSON.stringify(routed), instance)
  const offered = [...new Set(done.flatMap((command) => (command.kind === 'offer' || command.kind === 'route' ? agentsConcerned(command) : [])))]
  if (offered.length > 0) await select(nothing, 'UPDATE agent SET offered_at = now() WHERE id = ANY($1::text[])', offered)
}
