import { Unreachable } from '../../fuse/errors.ts'
import { SourceLost } from '../event-source.ts'
import type { Cursors } from '../cursors.ts'
import type { AskSubgraph, ChatSettings, Environment, SignVisitor } from '../environment.ts'
import type { RuleBook } from '../rule-book.ts'
import { openChatStore } from './backend.prisma.ts'
import type { ChatStore, Opened } from './backend.ts'
import { openBatcher } from './batcher.ts'
import type { Batcher } from './batcher.ts'
import type { Conversation } from './conversation.ts'
import { openFeed } from './feed.ts'
import type { Feed } from './feed.ts'
import { openLive } from './live.ts'
import type { Live } from './live.ts'
import { openPlacing } from './placing.ts'
import type { Placing } from './placing.ts'
import { openPresence } from './presence.ts'
import type { Presence } from './presence.ts'
import { openQueues } from './queues.ts'
import type { Queues } from './queues.ts'
import { openRights } from './rights.ts'
import type { Rights } from './rights.ts'
import { openSignals } from './signals.ts'
import type { Signals } from './signals.ts'

/** What of the chat lives as long as its process: where conversations are kept, who listens, who is there. */
export type Desk = AsyncDisposable & {
  readonly store: ChatStore
  readonly feed: Feed
  readonly live: Live
  /** Agents whose inbox is open. */
  readonly presence: Presence
  /** Agents in front of a conversation; the place is its id. */
  readonly viewers: Presence
  readonly rights: Rights
  readonly signals: Signals
  readonly queues: Queues
  readonly placing: Placing
  readonly rules: RuleBook
  readonly cursors: Cursors
  readonly settings: ChatSettings
  readonly signVisitor: SignVisitor
  readonly ask: AskSubgraph
  /** One conversation; what is asked for at the same time is asked at once. */
  readonly findConversation: (id: string) => Promise<Conversation | null>
  readonly recordOpened: (opened: Opened) => Promise<void>
}

const isNobodysFault = (error: unknown): boolean => error instanceof Unreachable

/** Begins to open the database, and waits for nothing: the hub starts without it. */
export const openDesk = ({ database, bus, instance, log, chat: settings, chatMeter: meter, cursors, rules, signVisitor, ask }: Environment): Desk => {
  const store = openChatStore({ database, instance, meter })
  const rights = openRights(store, bus, instance)
  const lookUp = openBatcher((ids: readonly string[]) => store.findConversations(ids).then(wrap), { maxBatch: 500, isNobodysFault: () => true, gatherMs: 4 })
  const opened = openBatcher((all: readonly Opened[]) => store.recordOpened(all).then(() => all), { maxBatch: 500, isNobodysFault })
  const whereAre = openBatcher((ids: readonly string[]) => store.findWhereabouts(ids).then(wrap), { maxBatch: 500, isNobodysFault: () => true, gatherMs: 4 })
  const findConversation = async (id: string) => (await lookUp.run(id)).found
  const findWhereabouts = async (id: string) => (await whereAre.run(id)).found
  const live = openLive({ store, rights, findWhereabouts, queuedEvents: settings.queuedEvents })
  const queues = openQueues({ store, live, log })
  const feed = openFeed({
    ...{ store, bus, instance, log },
    deliver: (event) => {
      live.deliver(event)
      queues.observe(event)
      placing.observe(event)
    },
  })
  const presence = openPresence({ bus, instance, subject: 'chat.presence', graceMs: settings.presenceGraceMs })
  const placing = openPlacing({ store, presence, bus, rules, log, meter })
  const viewers = openPresence({ bus, instance, subject: 'chat.viewers', graceMs: 0 })
  presence.onChange((_, id) => live.tellInboxes({ kind: 'AGENT', agent: { kind: 'AGENT', id, name: id } }))
  meter.watch(() => ({ ...live.count(), behind: feed.behind }))
  const signals = openSignals(live, bus, instance)
  feed.open().catch((error: unknown) => log.warn({ err: error }, 'conversations can not be read yet; that is tried again when somebody asks'))
  return {
    ...{ store, feed, live, presence, viewers, rights, signals, queues, placing, cursors, settings, rules, signVisitor, ask, findConversation },
    recordOpened: async (one) => {
      await opened.run(one)
    },
    [Symbol.asyncDispose]: async () => {
      live.close(new SourceLost('chat'))
      queues[Symbol.dispose]()
      await placing[Symbol.asyncDispose]()
      await signals[Symbol.asyncDispose]()
      await presence[Symbol.asyncDispose]()
      await viewers[Symbol.asyncDispose]()
      await rights[Symbol.asyncDispose]()
      await settle(lookUp, whereAre, opened)
      await feed[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

/** A result that is there, whether the conversation is or not. */
const wrap = <T>(rows: readonly (T | null)[]) => rows.map((found) => ({ found }))

const settle = async (...batchers: readonly Pick<Batcher<never, unknown>, 'idle'>[]) => {
  for (const batcher of batchers) await batcher.idle()
}

