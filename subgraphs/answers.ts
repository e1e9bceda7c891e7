import type { BackendFailure } from '../fuse/errors.ts'
import type { Stamp } from '../fuse/call.ts'

/**
 * A value that says how good it is. A resolver may return one in place of the value: `define.ts` unwraps it, and lists its
 * path in `extensions.degraded` where it is not live.
 */
export class Sourced<T> {
  readonly value: T
  readonly source: Stamp

  constructor(value: T, source: Stamp) {
    this.value = value
    this.source = source
  }

  map<U>(change: (value: T, source: Stamp) => U): Sourced<U> {
    return new Sourced(change(this.value, this.source), this.source)
  }
}

/** What may stand in a resolver's answer where the schema says T: a failure stands for itself, as a null with an error. */
export type Answer<T> = T | Promise<T> | BackendFailure

/** What the generated resolver types are made of. */
export type FieldResolver<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
) => TResult | Sourced<TResult> | Promise<TResult | Sourced<TResult>>

/** An entity by its key; `row` is there where whoever named it has read it already. */
export type Ref<T> = { readonly id: string; readonly row?: Sourced<T | null> }

type Load<T, C> = (ref: Ref<T>, context: C) => Sourced<T | null> | Promise<Sourced<T | null>>

/**
 * Makes the resolvers of an entity's fields: each reads the row through `load` (once a request, through a loader) and picks
 * its value; a row that is not there gives null. Nothing is read for an entity of which only the key is asked for.
 */
export const fieldsOf =
  <T, C>(load: Load<T, C>) =>
  <U>(pick: (row: T, source: Stamp) => U) =>
  (ref: Ref<T>, _args: unknown, context: C): Sourced<U | null> | Promise<Sourced<U | null>> => {
    const pickRow = (row: T | null, source: Stamp) => (row === null ? null : pick(row, source))
    const sourced = load(ref, context)
    return sourced instanceof Sourced ? sourced.map(pickRow) : sourced.then((late) => late.map(pickRow))
  }

/** The `SourceStamp` of the schema. */
export const describeSource = (source: Stamp) => ({
  backend: source.backend,
  state: source.state,
  fetchedAt: new Date(source.fetchedAt).toISOString(),
  ageMs: source.ageMs,
})
