import { openMemoryBus } from '../../bus/memory.ts'
import type { ChatStore } from '../../subgraphs/chat/backend.ts'
import type { ChatEvent } from '../../subgraphs/chat/conversation.ts'
import { openPlacing } from '../../subgraphs/chat/placing.ts'
import { atInbox, openPresence } from '../../subgraphs/chat/presence.ts'
import { parseRules } from '../../subgraphs/department-rules.ts'
import { openBook } from '../../subgraphs/book.ts'
import { silent } from './chat.ts'

/** Turned by hand. */
export type Clock = { now: number }

/** Whoever places conversations of a store; it looks a hundred times a second whether time has changed anything. */
export type Placer = AsyncDisposable & {
  /** Comes, until what this returns is called. */
  readonly present: (agentId: string) => () => void
  /** All that the store committed. */
  readonly events: readonly ChatEvent[]
}

export const rulesOf = (text: string) => ({ rules: parseRules(text, { file: 'departments.yaml', intents: new Set() }), examples: [] })

export const openPlacer = (store: ChatStore, rules: string, clock: Clock = { now: Date.now() }): Placer => {
  const opening = new AsyncDisposableStack()
  const bus = opening.use(openMemoryBus(silent))
  const presence = opening.use(openPresence({ bus, instance: 'one', subject: 'chat.presence', graceMs: 0 }))
  const events: ChatEvent[] = []
  const placing = opening.use(openPlacing({ store, presence, bus, rules: openBook(rulesOf(rules)), log: silent, meter: { placed: () => undefined }, now: () => clock.now, lookMs: 10 }))
  store.onCommitted((batch) => {
    for (const event of batch.events ?? []) {
      events.push(event)
      placing.observe(event)
    }
  })
  return { present: (agentId) => presence.enter(atInbox, agentId), events, [Symbol.asyncDispose]: () => opening.disposeAsync() }
}
