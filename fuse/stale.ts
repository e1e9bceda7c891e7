import { LRUCache } from 'lru-cache'
import { freezeDeeply } from './freeze.ts'
import { openMarks } from './outdated.ts'

/**
 * The last good values of every backend of the process, bounded in bytes: what was not used for longest goes first.
 * Values are frozen when they are put, so nobody who is handed one can change it for others.
 */
export type StaleStore = {
  /** Where one kind of one backend's values stands. Each kind is to be opened once. */
  shelf<T>(backend: string, kind: string): Shelf<T>
  /** An estimate. */
  readonly bytes: number
  readonly entries: number
}

/** A value that was kept. `outdated`: something wrote since it was asked for. `fetchedAt` is in Unix milliseconds. */
export type Kept<T> = { readonly value: T; readonly fetchedAt: number; readonly outdated: boolean }

export type Shelf<T> = {
  get(key: string, reader: string): Kept<T> | undefined
  /** To be taken before a call and given to `put` after it: a write in between outdates what the call brought. */
  turn(): number
  put(key: string, reader: string, value: T, got: { readonly fetchedAt: number; readonly turn: number }): void
  /** For every reader; without a key, every key. */
  outdate(key?: string): void
  clear(): void
}

type Entry<T> = { readonly value: T; readonly fetchedAt: number; readonly turn: number }

/** What the store knows of a shelf: enough to take an entry away. */
type Owner = { delete(address: string): boolean }

type Lru = LRUCache<string, Owner>

const bytesOfEntry = 200

/** `maxBytes` 0 keeps nothing. */
export const openStaleStore = (maxBytes: number): StaleStore => {
  const lru: Lru | null =
    maxBytes > 0
      ? new LRUCache<string, Owner>({ maxSize: maxBytes, noDisposeOnSet: true, dispose: (owner, address) => void owner.delete(address) })
      : null
  return {
    shelf: (backend, kind) => openShelf(lru, `${backend}\n${kind}\n`),
    get bytes() {
      return lru?.calculatedSize ?? 0
    },
    get entries() {
      return lru?.size ?? 0
    },
  }
}

const openShelf = <T>(lru: Lru | null, prefix: string): Shelf<T> => {
  const entries = new Map<string, Entry<T>>()
  const marks = openMarks()
  const address = (key: string, reader: string) => `${prefix}${reader}\n${key}`
  return {
    get: (key, reader) => {
      if (!lru?.get(address(key, reader))) return undefined
      const entry = entries.get(address(key, reader))
      return entry && { value: entry.value, fetchedAt: entry.fetchedAt, outdated: marks.isOutdated(key, entry.turn) }
    },
    turn: () => marks.turn(),
    put: (key, reader, value, { fetchedAt, turn }) => {
      if (lru) keep(lru, entries, address(key, reader), { value, fetchedAt, turn })
    },
    outdate: (key) => marks.outdate(key),
    clear: () => {
      for (const one of [...entries.keys()]) lru?.delete(one)
    },
  }
}

/** The LRU refuses what is larger than the whole store, and has then forgotten the older value too. */
const keep = <T>(lru: Lru, entries: Map<string, Entry<T>>, address: string, entry: Entry<T>): void => {
  const size = bytesOfEntry + 2 * address.length + freezeDeeply(entry.value)
  entries.set(address, entry)
  lru.set(address, entries, { size })
  if (!lru.has(address)) entries.delete(address)
}
