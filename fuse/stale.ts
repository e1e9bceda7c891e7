import { LRUCache } from 'lru-cache'
import { freezeDeeply } from './freeze.ts'
import { openMarks } from './outdated.ts'

/**
 * The last good values of every backend of the process, bounded in bytes: what was not used for longest goes first.
 * Values are frozen when they are put, so nobody who is handed one can change it for others.
 */
export type StaleStore = {
  /**
   * Where one kind of one source's values stands. Whoever opens it again is handed the same one, as a fuse that takes another's place is;
   * it is cleared when all of them have closed it.
   */
  shelf<T>(source: string, kind: string): Shelf<T>
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
  /** To be called once. */
  close(): void
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
  const shelves = new Map<string, Shared>()
  return {
    shelf: <T>(source: string, kind: string) => share<T>(shelves, `${source}\n${kind}\n`, (prefix) => openShelf(lru, prefix)),
    get bytes() {
      return lru?.calculatedSize ?? 0
    },
    get entries() {
      return lru?.size ?? 0
    },
  }
}

type Shared = { readonly shelf: object; holders: number }

/** One shelf for all who open it; the last of them to close it clears it. */
const share = <T>(shelves: Map<string, Shared>, prefix: string, open: (prefix: string) => Shelf<T>): Shelf<T> => {
  const shared = shelves.get(prefix) ?? { shelf: open(prefix), holders: 0 }
  shelves.set(prefix, shared)
  shared.holders += 1
  // eslint-disable-next-line @typescript-eslint/consistent-type-assertions -- one kind of one source has one type: the same code reads it.
  const shelf = shared.shelf as Shelf<T>
  return {
    ...shelf,
    close: () => {
      shared.holders -= 1
      if (shared.holders > 0) return
      shelf.close()
      shelves.delete(prefix)
    },
  }
}

const openShelf = <T>(lru: Lru | null, prefix: string): Shelf<T> => {
  const entries = new Map<string, Entry<T>>()
  const marks = openMarks()
  const address = (key: string, reader: string) => `${prefix}${reader}\n${key}`
  return {
    get: (key, reader) => {
      const at = address(key, reader)
      const entry = entries.get(at)
      // That it was used is for the LRU to know.
      if (!entry || !lru?.get(at)) return undefined
      return { value: entry.value, fetchedAt: entry.fetchedAt, outdated: marks.isOutdated(key, entry.turn) }
    },
    turn: () => marks.turn(),
    put: (key, reader, value, { fetchedAt, turn }) => {
      if (lru) keep(lru, entries, address(key, reader), { value, fetchedAt, turn })
    },
    outdate: (key) => marks.outdate(key),
    close: () => {
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
