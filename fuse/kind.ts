import type { Reading, ReadOptions } from './call.ts'
import type { Clock } from './clock.ts'
import type { Figures } from './figures.ts'
import { afterFailure, beforeAsking, keptReading, liveReading, NotKept } from './freshness.ts'
import type { Shelf } from './stale.ts'

/** `reader`: part of the key where a backend answers differently by who reads. */
export type FusedReadOptions = ReadOptions & { readonly reader?: string }

/** What is kept of one kind of value, as those who read it see it. */
export type Kind<T> = {
  /** Without asking; a failure where the caller takes nothing else; null: the backend is to be asked. */
  lookUp(key: string, opt: FusedReadOptions): Reading<T> | NotKept | null
  /** To be taken before the backend is asked, and given to `got`: what is written meanwhile outdates the answer. */
  turn(): number
  /** Keeps a live value. */
  got(key: string, opt: FusedReadOptions, turn: number, value: T): Reading<T>
  /** The stale value that may stand in for a failure, or the failure. */
  lost(key: string, opt: FusedReadOptions, failure: Error): Reading<T> | Error
}

export type KindOptions = { readonly backend: string; readonly clock: Clock; readonly figures: Figures }

export const openKind = <T>({ backend, clock, figures }: KindOptions, shelf: Shelf<T>): Kind<T> => {
  const kept = (key: string, opt: FusedReadOptions) => shelf.get(key, opt.reader ?? '')
  return {
    lookUp: (key, opt) => {
      const found = kept(key, opt)
      const now = clock.now()
      const state = beforeAsking(found, opt.freshness, now)
      if (state === 'STALE') figures.servedStale()
      if (found && state) return keptReading(backend, found, state, now)
      return opt.freshness.onlyIfCached ? new NotKept(backend, 'nothing that the caller accepts is kept') : null
    },
    turn: () => shelf.turn(),
    got: (key, opt, turn, value) => {
      const fetchedAt = clock.now()
      shelf.put(key, opt.reader ?? '', value, { fetchedAt, turn })
      return liveReading(backend, value, fetchedAt)
    },
    lost: (key, opt, failure) => {
      const found = kept(key, opt)
      const now = clock.now()
      if (!found || !afterFailure(found, opt.freshness, failure, now)) return failure
      figures.servedStale()
      return keptReading(backend, found, 'STALE', now)
    },
  }
}
