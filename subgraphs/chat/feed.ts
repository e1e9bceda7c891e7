import type { Logger } from 'pino'
import { z } from 'zod'
import type { Bus } from '../../bus/bus.ts'
import type { ChatStore, Committed } from './backend.ts'
import type { ChatEvent } from './conversation.ts'
import { Sequence } from './sequence.ts'
import { eventMessage } from './store/rows.ts'

/**
 * Everything that is committed, by whichever process, in the order of commits, each event once: what every listener of this process hears is
 * drawn from here. Ordinals have no gaps, so whatever the bus lost is noticed and read from the store.
 */
export type Feed = AsyncDisposable & {
  /** Has to have resolved before anybody listens: from then on nothing is missed. Rejects where the store can't be asked; may be called again. */
  open(): Promise<void>
  /** Events that are known to be committed, and were not delivered yet. */
  readonly behind: number
}

export type FeedOptions = {
  readonly store: Pick<ChatStore, 'onCommitted' | 'announced' | 'listUnannounced' | 'lastOrdinal' | 'listEvents'>
  readonly bus: Bus
  readonly instance: string
  readonly log: Logger
  readonly deliver: (event: ChatEvent) => void
}

/** What a process publishes of each batch that it commits; without events where they are too many for one message. */
const subject = 'chat.events'
const announcement = z.object({ instance: z.string(), first: z.int(), last: z.int(), events: z.array(z.unknown()).nullable() })

/** NATS takes a megabyte unless it is told otherwise. */
const maxMessageCharacters = 250_000
const lookMs = 1_000
/** A batch that nobody has announced for so long is somebody's who died. */
const unannouncedMs = 3_000

export const openFeed = (opt: FeedOptions): Feed => {
  const { store, bus, instance, log } = opt
  const sequence = new Sequence(opt)
  const announce = (batch: Committed) => {
    sequence.offer(batch)
    if (bus.reachesOthers) publish(bus, instance, batch)
    store.announced(batch)
  }
  store.onCommitted((batch) => {
    // Whoever wrote it is answered first.
    setImmediate(announce, batch)
  })
  const endListening = bus.subscribe(subject, (message) => {
    const told = announcement.parse(message)
    if (told.instance === instance) return
    const events = told.events && z.array(eventMessage).parse(told.events)
    sequence.offer({ ...told, outboxId: 0n, events })
  })
  const endReached = bus.onReached(() => void sequence.catchUp())
  const recover = async () => {
    for (const batch of await store.listUnannounced(unannouncedMs)) announce(batch)
    await sequence.catchUp()
  }
  const looking = setInterval(() => {
    if (sequence.isOpen) recover().catch((error: unknown) => log.debug({ err: error }, 'what was missed is looked for again later'))
  }, bus.reachesOthers ? lookMs : unannouncedMs).unref()
  return {
    open: async () => {
      if (sequence.isOpen) return
      await sequence.open()
      // What a process that died had committed and told nobody.
      for (const batch of await store.listUnannounced(0)) announce(batch)
    },
    get behind() {
      return sequence.behind
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(looking)
      endListening()
      endReached()
      sequence.close()
    },
  }
}

const publish = (bus: Bus, instance: string, { first, last, events }: Committed): void => {
  const characters = events?.reduce((sum, { message }) => sum + 800 + (message?.body.length ?? 0), 0) ?? 0
  bus.publish(subject, { instance, first, last, events: characters > maxMessageCharacters ? null : events })
}
