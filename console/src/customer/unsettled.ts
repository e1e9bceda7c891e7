import { openStore } from '../store.ts'
import type { Store } from '../store.ts'

/** What was sent and may have been done, in the words of who sent it; and the key under which it is done once. */
export type UnsettledAttempt = { readonly key: string; readonly wanted: unknown }

/** Of one agent, by what it is about. */
export type UnsettledShelf = {
  list(): Promise<ReadonlyMap<string, UnsettledAttempt>>
  put(about: string, attempt: UnsettledAttempt): Promise<void>
  remove(about: string): Promise<void>
}

/** What it is not known of whether it was done, over a reload too. */
export type Unsettled = {
  readonly all: Store<ReadonlyMap<string, UnsettledAttempt>>
  /** Resolves once it is kept: it may be sent then. */
  keep(about: string, attempt: UnsettledAttempt): Promise<void>
  settle(about: string): void
}

export const openUnsettled = async (shelf: UnsettledShelf): Promise<Unsettled> => {
  const all = openStore(await shelf.list())
  return {
    all,
    keep: (about, attempt) => {
      all.set((was) => new Map(was).set(about, attempt))
      return shelf.put(about, attempt)
    },
    settle: (about) => {
      all.set((was) => new Map([...was].filter(([one]) => one !== about)))
      void shelf.remove(about)
    },
  }
}
