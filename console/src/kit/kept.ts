import type { ApolloClient } from '@apollo/client'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'

/** What parts of the page keep for whoever comes back, by key, for as long as somebody is signed in. */
export type Kept<T> = { find(client: ApolloClient, key: string): Store<T> }

/** The one that was looked at the longest ago is let go for another. */
export const openKept = <T>(initial: T, most = 60): Kept<T> => {
  const byClient = new WeakMap<ApolloClient, Map<string, Store<T>>>()
  return {
    find: (client, key) => {
      const stores = byClient.get(client) ?? new Map<string, Store<T>>()
      byClient.set(client, stores)
      const store = stores.get(key) ?? openStore(initial)
      stores.delete(key)
      stores.set(key, store)
      const [oldest] = stores.keys()
      if (stores.size > most && oldest !== undefined) stores.delete(oldest)
      return store
    },
  }
}
