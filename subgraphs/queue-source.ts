import { GraphQLError } from 'graphql'
import type { EventSource } from './event-source.ts'

type Next<T> = IteratorResult<T, undefined>
type Waiting<T> = { readonly resolve: (next: Next<T>) => void; readonly reject: (error: unknown) => void; readonly promise: Promise<Next<T>> }

/** OPEN: more may come. FAILED and ENDED: what waits is still handed out, then it is over. RETURNED: its listener has left. */
type State = { readonly kind: 'OPEN' | 'ENDED' | 'RETURNED' } | { readonly kind: 'FAILED'; readonly error: unknown }

const open: State = { kind: 'OPEN' }
const ended: State = { kind: 'ENDED' }
const returned: State = { kind: 'RETURNED' }
const over: Next<never> = { done: true, value: undefined }

/** What waits for a listener. There may be a hundred thousand queues, nearly all of them empty, so one holds nothing until it must. */
type Waitlist<T> = {
  /** False where there is no room. */
  add(event: T): boolean
  take(): T | undefined
  clear(): void
}

/**
 * A queue as a source: events are pushed at one end, and a listener takes them at the other. Its `return` works while a `next` is
 * pending, which an `async function*` can't do.
 */
export class QueueSource<T extends object> implements EventSource<T> {
  readonly #waitlist: Waitlist<T>
  readonly #onReturn: (() => void) | undefined
  #state: State = open
  #waiting: Waiting<T> | null = null

  constructor(waitlist: Waitlist<T>, onReturn?: () => void) {
    this.#waitlist = waitlist
    this.#onReturn = onReturn
  }

  /** Hands the event to who waits for it, or keeps it. Does nothing once it is over; where there is no room, it is over. */
  push(event: T): void {
    if (this.#state.kind !== 'OPEN') return
    if (this.#waiting) this.#settle()?.resolve({ done: false, value: event })
    else if (!this.#waitlist.add(event)) this.#overflow()
  }

  /** What was pushed is still handed out; then `next` rejects with this error, once. */
  fail(error: unknown): void {
    if (this.#state.kind !== 'OPEN') return
    this.#state = ended
    const waiting = this.#settle()
    if (waiting) waiting.reject(error)
    else this.#state = { kind: 'FAILED', error }
  }

  /** What was pushed is still handed out; then it is done. */
  end(): void {
    if (this.#state.kind !== 'OPEN') return
    this.#state = ended
    this.#settle()?.resolve(over)
  }

  /** Whether nothing more is taken: it failed, ended, or its listener has left. */
  get isOver(): boolean {
    return this.#state.kind !== 'OPEN'
  }

  next(): Promise<Next<T>> {
    if (this.#waiting) return this.#waiting.promise.then(() => this.next())
    const event = this.#waitlist.take()
    if (event) return Promise.resolve({ done: false, value: event })
    const { promise, resolve, reject } = Promise.withResolvers<Next<T>>()
    if (this.#state.kind === 'OPEN') {
      this.#waiting = { promise, resolve, reject }
      return promise
    }
    if (this.#state.kind !== 'FAILED') return Promise.resolve(over)
    const { error } = this.#state
    this.#state = ended
    reject(error)
    return promise
  }

  return(): Promise<Next<T>> {
    if (this.#state.kind !== 'RETURNED') {
      this.#state = returned
      this.#waitlist.clear()
      this.#settle()?.resolve(over)
      this.#onReturn?.()
    }
    return Promise.resolve(over)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  #settle(): Waiting<T> | null {
    const waiting = this.#waiting
    this.#waiting = null
    return waiting
  }

  /** Its listener is slower than what it listens to; what waits for them is worth nothing without what has no room. */
  #overflow(): void {
    this.#waitlist.clear()
    this.fail(new GraphQLError('more waits for this listener than is kept', { extensions: { code: 'OVERLOADED' } }))
  }
}

class Bounded<T> implements Waitlist<T> {
  readonly #bound: number
  #events: T[] | null = null
  /** What is before it was taken; moving the rest each time would cost a full queue its square. */
  #taken = 0

  constructor(bound: number) {
    this.#bound = bound
  }

  add(event: T): boolean {
    this.#events ??= []
    if (this.#events.length - this.#taken >= this.#bound) return false
    this.#events.push(event)
    return true
  }

  take(): T | undefined {
    const events = this.#events
    if (!events) return undefined
    const event = events[this.#taken]
    this.#taken += 1
    if (this.#taken === events.length) this.clear()
    else if (this.#taken === this.#bound) this.#forget(events)
    return event
  }

  clear(): void {
    this.#events = null
    this.#taken = 0
  }

  #forget(events: readonly T[]): void {
    this.#events = events.slice(this.#taken)
    this.#taken = 0
  }
}

class Newest<T> implements Waitlist<T> {
  readonly #keyOf: (event: T) => string
  #events: Map<string, T> | null = null

  constructor(keyOf: (event: T) => string) {
    this.#keyOf = keyOf
  }

  add(event: T): boolean {
    this.#events ??= new Map()
    this.#events.set(this.#keyOf(event), event)
    return true
  }

  take(): T | undefined {
    for (const [key, event] of this.#events ?? []) {
      this.#events?.delete(key)
      return event
    }
    this.#events = null
    return undefined
  }

  clear(): void {
    this.#events = null
  }
}

/** At most `bound` events wait; one more, and it fails with a GraphQLError of code `OVERLOADED`. `onReturn` is called once, when the listener leaves. */
export const openQueueSource = <T extends object>(bound: number, onReturn?: () => void): QueueSource<T> => new QueueSource(new Bounded<T>(bound), onReturn)

/** Of events with the same key only the newest waits, in the place of the earlier one: for a state of which nobody needs the history. */
export const openNewestSource = <T extends object>(keyOf: (event: T) => string, onReturn?: () => void): QueueSource<T> =>
  new QueueSource(new Newest(keyOf), onReturn)
