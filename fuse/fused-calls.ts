import { toError } from './attempt.ts'
import { beginCall, endRead } from './call-span.ts'
import type { FuseTrace } from './call-span.ts'
import type { CallOptions, Reading, Row } from './call.ts'
import { canonicalJson } from './canonical-json.ts'
import { Malformed } from './errors.ts'
import type { Guard } from './guard.ts'
import { openKind } from './kind.ts'
import type { FusedReadOptions, Kind, KindOptions } from './kind.ts'
import type { Span } from './span.ts'
import type { Shelf, StaleStore } from './stale.ts'

/** What a write may have changed. Without a key, everything of that kind. The key of a `read` is `canonicalJson(args)`. */
export type Outdated = { readonly kind: string; readonly key?: string }

type AskBatch<K, T> = (keys: readonly K[], opt: CallOptions) => Promise<readonly Row<T>[]>
type Ask<A, T> = (args: A, opt: CallOptions) => Promise<T>

/**
 * Makes a backend's calls into fused ones. `kind` names what is read; a fuse has each kind once, and a second one throws.
 *
 * What a fused call rejects with (for a batch: gives at a key's place): a BackendFailure, Cancelled where the caller hung up, or
 * whatever else the call threw, which is a defect. Values are frozen, as they are handed to others too.
 */
export type FusedCalls = {
  /**
   * A batch-shaped read: values are kept by key; keys whose kept value the caller accepts are not asked for again, and the rest
   * travel as one call that counts once. Where it fails, each key falls back to its own stale value. Never rejects.
   */
  batch<K extends string, T>(
    kind: string,
    call: AskBatch<K, T>,
  ): (keys: readonly K[], opt: FusedReadOptions) => Promise<readonly (Reading<T | null> | Error)[]>
  /** Any other read; its value is kept by `canonicalJson(args)`. */
  read<A, T>(kind: string, call: Ask<A, T>): (args: A, opt: FusedReadOptions) => Promise<Reading<T>>
  /** A read of what is worth nothing later: it is asked for each time, with the retries of a read, and its value is not kept. */
  live<A, T>(kind: string, call: Ask<A, T>): (args: A, opt: CallOptions) => Promise<T>
  /**
   * A write is never retried and never answered from what is kept. What it `outdates` is from then on at best STALE, also where it
   * failed, as it may have reached the backend. A kind that is not read throws.
   */
  write<A, R>(call: Ask<A, R>, outdates: (args: A) => readonly Outdated[]): (args: A, opt: CallOptions) => Promise<R>
}

export type FusedCallsOptions = KindOptions & {
  readonly guard: Guard
  readonly stale: StaleStore
  readonly source: string
  readonly trace: FuseTrace
}

type Shelves = Map<string, Pick<Shelf<unknown>, 'outdate' | 'close'>>

/** `close` takes away what the fuse has kept, unless another fuse has it in hand as well. */
export const openFusedCalls = (opt: FusedCallsOptions): { readonly calls: FusedCalls; readonly close: () => void } => {
  const shelves: Shelves = new Map()
  const open = <T>(kind: string): Kind<T> => {
    if (shelves.has(kind)) throw new Error(`the fuse of ${opt.backend} reads the kind "${kind}" already`)
    const shelf = opt.stale.shelf<T>(opt.source, kind)
    shelves.set(kind, shelf)
    return openKind(opt, shelf)
  }
  return {
    calls: {
      batch: (kind, call) => fuseBatch(opt, kind, open(kind), call),
      read: (kind, call) => fuseRead(opt, kind, open(kind), call),
      live: (kind, call) => fuseLive(opt, kind, call),
      write: (call, outdates) => fuseWrite(opt, shelves, call, outdates),
    },
    close: () => shelves.forEach((shelf) => shelf.close()),
  }
}

/** What of a caller's options the backend's call is given. */
const callOptions = ({ signal, traceparent }: CallOptions, span: Span | undefined): CallOptions => {
  if (span) return { signal, traceparent: span.traceparent, span }
  return traceparent === undefined ? { signal } : { signal, traceparent }
}

const fuseBatch =
  <K extends string, T>({ backend, guard, trace }: FusedCallsOptions, name: string, kind: Kind<T | null>, call: AskBatch<K, T>) =>
  async (keys: readonly K[], opt: FusedReadOptions): Promise<readonly (Reading<T | null> | Error)[]> => {
    const span = beginCall(trace, opt, name, keys.length)
    const found = new Map<K, Reading<T | null> | Error | null>(keys.map((key) => [key, kind.lookUp(key, opt)]))
    const missing = [...found].filter(([, reading]) => reading === null).map(([key]) => key)
    if (missing.length > 0) {
      const turn = kind.turn()
      const rows = await guard.ask('read', wholeBatch(backend, missing, call), callOptions(opt, span)).catch(toError)
      missing.forEach((key, index) => {
        const row = rows instanceof Error ? rows : rows[index]
        found.set(key, row instanceof Error ? kind.lost(key, opt, row) : kind.got(key, opt, turn, row ?? null))
      })
    }
    const readings = keys.map((key) => found.get(key) ?? new Malformed(backend, 'no row for a key'))
    if (span) endRead(span, readings, missing.length > 0)
    return readings
  }

/** Fewer or more rows than keys can't be told apart: the answer as a whole is malformed, and counts. */
const wholeBatch =
  <K, T>(backend: string, keys: readonly K[], call: AskBatch<K, T>) =>
  async (opt: CallOptions): Promise<readonly Row<T>[]> => {
    const rows = await call(keys, opt)
    if (rows.length === keys.length) return rows
    throw new Malformed(backend, `${rows.length} rows for ${keys.length} keys`)
  }

const fuseRead =
  <A, T>({ guard, trace }: FusedCallsOptions, name: string, kind: Kind<T>, call: Ask<A, T>) =>
  async (args: A, opt: FusedReadOptions): Promise<Reading<T>> => {
    const key = canonicalJson(args)
    const span = beginCall(trace, opt, name)
    const ask = async () => {
      const turn = kind.turn()
      return guard.ask('read', (given) => call(args, given), callOptions(opt, span)).then(
        (value) => kind.got(key, opt, turn, value),
        (failure: unknown) => kind.lost(key, opt, toError(failure)),
      )
    }
    const known = kind.lookUp(key, opt)
    const reading = known ?? (await ask())
    if (span) endRead(span, [reading], known === null)
    if (reading instanceof Error) throw reading
    return reading
  }

const fuseLive =
  <A, T>({ guard, trace }: FusedCallsOptions, name: string, call: Ask<A, T>) =>
  async (args: A, opt: CallOptions): Promise<T> => {
    const span = beginCall(trace, opt, name)
    try {
      const value = await guard.ask('read', (given) => call(args, given), callOptions(opt, span))
      span?.end()
      return value
    } catch (failure) {
      span?.end(failure)
      throw failure
    }
  }

const fuseWrite = <A, R>(
  { backend, guard, trace }: FusedCallsOptions,
  shelves: Shelves,
  call: Ask<A, R>,
  outdates: (args: A) => readonly Outdated[],
) => {
  const outdate = ({ kind, key }: Outdated) => {
    const shelf = shelves.get(kind)
    if (!shelf) throw new Error(`a write to ${backend} outdates the kind "${kind}", which its fuse does not read`)
    shelf.outdate(key)
  }
  return async (args: A, opt: CallOptions): Promise<R> => {
    const touched = outdates(args)
    touched.forEach(outdate)
    const span = beginCall(trace, opt, 'write')
    try {
      const answer = await guard.ask('write', (given) => call(args, given), callOptions(opt, span))
      span?.end()
      return answer
    } catch (failure) {
      span?.end(failure)
      throw failure
    } finally {
      // Again: what was read while the write was on its way may be from before it.
      touched.forEach(outdate)
    }
  }
}
