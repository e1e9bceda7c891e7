import { useSyncExternalStore } from 'react'

/** A value that changes outside of React, and whoever wants to know when. */
export type Store<T> = {
  readonly get: () => T
  readonly set: (change: (was: T) => T) => void
  /** Gives back what ends it. */
  readonly subscribe: (listener: () => void) => () => void
}

export const openStore = <T>(initial: T): Store<T> => {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set: (change) => {
      const next = change(value)
      if (Object.is(next, value)) return
      value = next
      for (const listener of listeners) listener()
    },
    subscribe: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** `select` gives the same value for the same state, or a component renders for ever. */
export const useStore = <T, S>(store: Store<T>, select: (state: T) => S): S => useSyncExternalStore(store.subscribe, () => select(store.get()))
