/**
 * What a subscription listens to. Whoever took it calls `return` when they are done, also while a `next` is pending, which then
 * resolves as done. `next` rejects where it has to end: with a GraphQLError that its listener is told of, or with `SourceLost`.
 */
export type EventSource<T extends object = object> = AsyncIterableIterator<T, undefined> & { return(): Promise<IteratorResult<T, undefined>> }

/**
 * What a source ends with whose subgraph was replaced, or can't be reached any more: there is nothing wrong with the listener, and
 * they come back. A subgraph that is closed ends its sources so.
 */
export class SourceLost extends Error {
  constructor(subgraph: string, opt: ErrorOptions = {}) {
    super(`${subgraph} was replaced, or was lost`, opt)
    this.name = 'SourceLost'
  }
}

/** How it is told of between the processes of a hub; no client reads it. */
export const sourceLostCode = 'FUSEBOARD_SOURCE_LOST'

/** The same source, each event as `change` makes it. */
export const mapSource = <T extends object, U extends object>(source: EventSource<T>, change: (event: T) => U): EventSource<U> =>
  new MappedSource(source, change)

/** There is one for each listener, so its methods are shared. */
class MappedSource<T extends object, U extends object> implements EventSource<U> {
  readonly #source: EventSource<T>
  readonly #change: (event: T) => U

  constructor(source: EventSource<T>, change: (event: T) => U) {
    this.#source = source
    this.#change = change
  }

  next(): Promise<IteratorResult<U, undefined>> {
    return this.#source.next().then((next) => (next.done === true ? next : { done: false, value: this.#change(next.value) }))
  }

  async return(): Promise<IteratorResult<U, undefined>> {
    await this.#source.return()
    return { done: true, value: undefined }
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}
