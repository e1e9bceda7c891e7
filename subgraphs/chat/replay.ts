import type { EventSource } from '../event-source.ts'

const done = { done: true, value: undefined } as const

export type ReplayOptions<T> = {
  /** What happens from now on; may begin before what is replayed ends. */
  readonly live: EventSource<T & object>
  /** What was kept after a place, in order; `more`: there is, or may be, more after `next`. */
  readonly read: (after: number) => Promise<{ readonly items: readonly T[]; readonly next: number; readonly more: boolean }>
  /** Null where nothing was missed. */
  readonly after: number | null
  /** The place of what was kept; null of what never is. */
  readonly placeOf: (item: T) => number | null
  /** Everything up to this place is known to the listener already. */
  readonly known: number
}

/** First what was missed, read page by page as it is taken, then what happens: nothing is left out and nothing comes twice. */
export class Replay<T extends object> implements EventSource<T> {
  readonly #opt: ReplayOptions<T>
  #missed: T[] = []
  /** Where to read on; null when all has been read. */
  #next: number | null
  #known: number
  #over = false

  constructor(opt: ReplayOptions<T>) {
    this.#opt = opt
    this.#next = opt.after
    this.#known = opt.known
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    while (this.#next !== null && this.#missed.length === 0 && !this.#over) await this.#readOn(this.#next)
    const missed = this.#missed.shift()
    if (this.#over) return done
    return missed ? { done: false, value: missed } : this.#nextLive()
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#over = true
    return this.#opt.live.return()
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async #readOn(after: number): Promise<void> {
    const { items, next, more } = await this.#read(after)
    this.#missed = [...items]
    this.#known = Math.max(this.#known, next)
    this.#next = more ? next : null
  }

  /** Where it can't be read on it is over, and nobody listens any more. */
  async #read(after: number) {
    try {
      return await this.#opt.read(after)
    } catch (error) {
      await this.return()
      throw error
    }
  }

  /** What is live and was read already is passed over. */
  async #nextLive(): Promise<IteratorResult<T, undefined>> {
    for (;;) {
      const result = await this.#opt.live.next()
      if (result.done === true) return result
      const place = this.#opt.placeOf(result.value)
      if (place === null) return result
      if (place <= this.#known) continue
      this.#known = place
      return result
    }
  }
}
