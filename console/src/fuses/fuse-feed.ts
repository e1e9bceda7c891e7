import type { ApolloClient } from '@apollo/client'
import { FuseChangedDocument } from '../../gql/graphql.ts'
import type { FuseChangedSubscription } from '../../gql/graphql.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import { toldOf } from './phases.ts'
import type { Phases } from './phases.ts'

type Told = FuseChangedSubscription['fuseChanged']

/** A fuse as it was last told; `receivedAt` is `performance.now()`, as the hub's clock is not this machine's. */
export type FuseNow = Told & Phases & { readonly receivedAt: number }

export type FuseFeed = {
  /** By the fuse's id. */
  readonly fuses: Store<ReadonlyMap<string, FuseNow>>
  close(): void
}

const retryMs = 2_000

/** Every fuse of the hub, and each change of one; all views look at the same. */
export const openFuseFeed = (client: ApolloClient): FuseFeed => {
  const fuses = openStore<ReadonlyMap<string, FuseNow>>(new Map())
  let stop = () => {}
  let retry: ReturnType<typeof setTimeout> | undefined
  const listen = () => {
    const subscription = client.subscribe({ query: FuseChangedDocument, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data }) => {
        if (data) fuses.set((was) => withTold(was, data.fuseChanged))
      },
      complete: () => {
        retry = setTimeout(listen, retryMs)
      },
    })
    stop = () => subscription.unsubscribe()
  }
  listen()
  return {
    fuses,
    close: () => {
      clearTimeout(retry)
      stop()
    },
  }
}

const withTold = (was: ReadonlyMap<string, FuseNow>, told: Told): ReadonlyMap<string, FuseNow> =>
  new Map(was).set(told.id, { ...told, ...toldOf(was.get(told.id), told), receivedAt: performance.now() })

/** Ms until a fuse lets a call through again, counted from when it was told; null unless it is open. */
export const retryInMs = ({ retryAfterMs, receivedAt }: Pick<FuseNow, 'retryAfterMs' | 'receivedAt'>, now: number): number | null =>
  retryAfterMs === null ? null : Math.max(0, retryAfterMs - (now - receivedAt))
