import type { EventSource } from '../../subgraphs/event-source.ts'
import type { EventAnswer, Listening } from '../subscriptions.ts'
import type { SourceEvent } from '../transport.ts'
import type { Connection, Operation } from './connection.ts'

/** What a listener needs of whoever opened it. */
export type ListenerHost = {
  answer(listening: Listening, event: SourceEvent): EventAnswer
  /** To be written when its turn comes; in the order of the calls. */
  deliver(delivery: Delivery): void
  /** Told once, whichever way it ended: `error` where its source did with one, `undefined` where it is simply over, and `null` where nobody listens any more. */
  ended(listener: Listener, error: unknown): void
}

/** What goes out to a client: an answer as JSON, or (null) the end of it. */
export type Delivery = { readonly listener: Listener; readonly text: string | null; readonly error?: unknown }

/** As many events of one listener are worked on at a time; they go out in the order in which they came. */
const maxAhead = 8

/** One subscription on one socket. Pulls its source, has each event answered, and sends the answers in order. */
export class Listener implements Operation {
  readonly kind = 'subscription'
  readonly connection: Connection
  readonly id: string
  readonly listening: Listening
  readonly startedAt = performance.now()
  events = 0
  readonly #host: ListenerHost
  readonly #idText: string
  #source: EventSource<SourceEvent> | null = null
  #isOver = false
  /** What is worked on, oldest first; null where nothing is, as is the rule. */
  #ahead: EventAnswer[] | null = null
  #isPulling = false
  /** That the source has ended, and how: told when what is ahead has gone out. */
  #end: { readonly error: unknown } | null = null

  constructor(host: ListenerHost, connection: Connection, id: string, listening: Listening) {
    this.#host = host
    this.connection = connection
    this.id = id
    this.#idText = JSON.stringify(id)
    this.listening = listening
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** From now on it listens; if it was stopped in the meantime, the source is given back at once. */
  listen(source: EventSource<SourceEvent>): void {
    if (this.#isOver) return giveBack(source)
    this.#source = source
    this.#pull()
  }

  stop(): void {
    if (this.#isOver) return
    this.#over()
    this.#host.ended(this, null)
  }

  /** Its turn has come. */
  write({ text, error }: Delivery): void {
    if (this.#isOver) return
    if (text !== null) {
      this.events += 1
      return this.connection.next(this.#idText, text)
    }
    this.#over()
    this.#host.ended(this, error)
  }

  #over(): void {
    this.#isOver = true
    for (const answer of this.#ahead ?? []) answer.abort()
    this.#ahead = null
    if (this.#source) giveBack(this.#source)
    this.#source = null
  }

  #pull(): void {
    if (this.#isPulling || !this.#source || this.#end) return
    this.#isPulling = true
    this.#source.next().then(this.#take, this.#fail)
  }

  readonly #take = (next: IteratorResult<SourceEvent, undefined>): void => {
    this.#isPulling = false
    if (this.#isOver) return
    if (next.done === true) return this.#finish(undefined)
    const answer = this.#host.answer(this.listening, next.value)
    this.#ahead ??= []
    this.#ahead.push(answer)
    if (this.#ahead.length === 1) void answer.text.then(this.#deliver)
    if (this.#ahead.length < maxAhead) this.#pull()
  }

  readonly #fail = (error: unknown): void => {
    this.#isPulling = false
    if (!this.#isOver) this.#finish(error)
  }

  readonly #deliver = (text: string): void => {
    if (this.#isOver || !this.#ahead) return
    this.#host.deliver({ listener: this, text })
    this.#ahead.shift()
    const [next] = this.#ahead
    if (next) void next.text.then(this.#deliver)
    else this.#ahead = null
    if (!next && this.#end) this.#host.deliver({ listener: this, text: null, error: this.#end.error })
    this.#pull()
  }

  #finish(error: unknown): void {
    this.#end = { error }
    if (!this.#ahead) this.#host.deliver({ listener: this, text: null, error })
  }
}

const giveBack = (source: EventSource<SourceEvent>): void => {
  // Nobody is left to be told that a source could not be given back; it has said so itself.
  source.return().catch(() => undefined)
}
