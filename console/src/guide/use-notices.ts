import { useCallback, useEffect, useMemo } from 'react'
import type { ApolloClient } from '@apollo/client'
import { useConsole } from '../console.ts'
import { openStore, useStore } from '../store.ts'
import type { Store } from '../store.ts'
import { openNotices } from './notices.ts'
import type { NoticeFeed } from './notices.ts'

type Shared = { readonly feed: Store<NoticeFeed | null>; users: number }

const shared = new WeakMap<ApolloClient, Shared>()
const sharedOf = (client: ApolloClient): Shared => {
  const found = shared.get(client) ?? { feed: openStore<NoticeFeed | null>(null), users: 0 }
  shared.set(client, found)
  return found
}

const none = openStore<NoticeFeed['notices'] extends Store<infer T> ? T : never>([])

/** Whoever looks shares one subscription; it ends when nobody looks. */
export const useNotices = (): Pick<NoticeFeed, 'dismiss' | 'settle'> & { readonly notices: ReturnType<NoticeFeed['notices']['get']> } => {
  const { client, connection, me } = useConsole()
  const mayListen = me.role === 'AGENT' || me.role === 'ADMIN'
  const one = useMemo(() => sharedOf(client), [client])
  useEffect(() => {
    if (!mayListen) return
    one.users += 1
    if (one.users === 1) one.feed.set(() => openNotices(client, connection))
    return () => {
      one.users -= 1
      if (one.users > 0) return
      one.feed.get()?.close()
      one.feed.set(() => null)
    }
  }, [one, client, connection, mayListen])
  const feed = useStore(one.feed, (open) => open)
  const notices = useStore(feed?.notices ?? none, (all) => all)
  const settle = useCallback<NoticeFeed['settle']>((cited) => feed?.settle(cited), [feed])
  return { notices, settle, dismiss: (id) => feed?.dismiss(id) ?? Promise.resolve(false) }
}
