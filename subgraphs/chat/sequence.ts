import type { Logger } from 'pino'
import type { ChatStore, Committed } from './backend.ts'
import type { ChatEvent } from './conversation.ts'

export type SequenceOptions = {
  readonly store: Pick<ChatStore, 'lastOrdinal' | 'listEvents'>
  readonly log: Logger
  readonly deliver: (event: ChatEvent) => void
}

const page = 500
/** How long the bus may take for what is missing before the store is asked. */
const patienceMs = 5
const againMs = 1_000

/** Puts batches in order, and reads from the store what does not come: each event is delivered once, and after the one before it. */
export class Sequence {
  readonly #opt: SequenceOptions
  /** Of the newest event that was delivered; null until it is known where to begin. */
  #last: number | null = null
  /** Of the newest event that is known to be committed. */
  #known = 0
  #closed = false
  #opening: Promise<void> | null = null
  #filling: Promise<void> | null = null
  readonly #early = new Map<number, readonly ChatEvent[]>()

  constructor(opt: SequenceOptions) {
    this.#opt = opt
  }

  get behind(): number {
    return this.#last === null ? 0 : Math.max(0, this.#known - this.#last)
  }

  get isOpen(): boolean {
    return this.#last !== null
  }

  /** Begins after what is committed now. Rejects where the store can't be asked; may be called again. */
  open(): Promise<void> {
    if (this.#last !== null) return Promise.resolve()
    this.#opening ??= this.#begin().finally(() => {
      this.#opening = null
    })
    return this.#opening
  }

  /** What somebody committed, whenever one learns of it. */
  offer({ first, last: end, events }: Committed): void {
    // What comes while it is being opened may be newer than what it is opened at.
    this.#known = Math.max(this.#known, end)
    if (this.#last === null || this.#closed || end <= this.#last) return
    if (events) this.#early.set(first, events)
    this.#drain()
    this.#soon(events ? patienceMs : 0)
  }

  /** Reads whatever there is that was not delivered. Never rejects. */
  catchUp(): Promise<void> {
    if (this.#last === null || this.#closed) return Promise.resolve()
    this.#filling ??= this.#fill()
    return this.#filling
  }

  close(): void {
    this.#closed = true
  }

  async #begin(): Promise<void> {
    this.#last = await this.#opt.store.lastOrdinal()
    this.#soon(0)
  }

  get #isBehind(): boolean {
    return this.behind > 0 && !this.#closed
  }

  #soon(ms: number): void {
    if (this.#isBehind) setTimeout(() => this.#isBehind && void this.catchUp(), ms).unref()
  }

  async #fill(): Promise<void> {
    let ms = patienceMs
    try {
      await this.#readOn()
    } catch (error) {
      this.#opt.log.warn({ err: error }, 'what was missed can not be read now; it is tried again')
      ms = againMs
    }
    this.#filling = null
    this.#soon(ms)
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const events = await this.#opt.store.listEvents(this.#last ?? 0, page)
      if (this.#closed) return
      this.#tell(events)
      this.#drain()
      if (events.length < page) return
    }
  }

  /** Batches that came before what precedes them, as far as their turn has come. */
  #drain(): void {
    for (let next = this.#takeNext(); next; next = this.#takeNext()) this.#tell(next)
    for (const first of this.#early.keys()) if (first <= (this.#last ?? 0)) this.#early.delete(first)
  }

  #takeNext(): readonly ChatEvent[] | undefined {
    const first = (this.#last ?? 0) + 1
    const events = this.#early.get(first)
    this.#early.delete(first)
    return events
  }

  #tell(events: readonly ChatEvent[]): void {
    for (const event of events) {
      if (this.#last === null || event.ordinal !== this.#last + 1) continue
      this.#last = event.ordinal
      this.#opt.deliver(event)
    }
  }
}
