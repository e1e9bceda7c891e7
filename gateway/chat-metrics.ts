import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { ChatFigures, ChatMeter } from '../subgraphs/environment.ts'
import { durationBuckets as buckets } from './duration-buckets.ts'

const nothing: ChatFigures = { conversationListeners: 0, inboxListeners: 0, behind: 0 }

/** Tells of the chat, where it runs in this process; it tells of itself through what this gives. */
export const meterChat = (register: Registry): ChatMeter => {
  const registers = [register]
  let read = () => nothing
  const commits = new Histogram({ name: 'fuseboard_chat_commit_duration_seconds', help: 'Transactions of the chat, from the first lock to the commit.', buckets, registers })
  const commands = new Counter({ name: 'fuseboard_chat_commands_total', help: 'What those transactions carried out: messages, acceptances and the like.', registers })
  const events = new Counter({ name: 'fuseboard_chat_events_total', help: 'Events that they wrote.', registers })
  const placed = new Counter({ ...{ name: 'fuseboard_chat_placed_total', help: 'What the hub itself did with conversations: route, open, offer, return.' }, labelNames: ['what'], registers })
  const failures = new Counter({ name: 'fuseboard_chat_store_failures_total', help: 'Times that the database could not be asked.', registers })
  new Gauge({
    ...{ name: 'fuseboard_chat_listeners', help: 'Who listens in this process: to a conversation, to an inbox.', labelNames: ['to'], registers },
    collect() {
      const { conversationListeners, inboxListeners } = read()
      this.set({ to: 'conversation' }, conversationListeners)
      this.set({ to: 'inbox' }, inboxListeners)
    },
  })
  new Gauge({
    ...{ name: 'fuseboard_chat_feed_behind', help: 'Events that are committed, and that this process has not delivered yet.', registers },
    collect() {
      this.set(read().behind)
    },
  })
  return {
    committed: (batch) => {
      commits.observe(batch.ms / 1000)
      commands.inc(batch.commands)
      events.inc(batch.events)
    },
    placed: (what) => placed.inc({ what }),
    unavailable: () => failures.inc(),
    watch: (figures) => {
      read = figures
    },
  }
}
