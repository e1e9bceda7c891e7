import type { ApolloClient } from '@apollo/client'
import { FuseChangedDocument } from '../../gql/graphql.ts'
import type { FuseChangedSubscription } from '../../gql/graphql.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'

/** A fuse as it was last told; `receivedAt` is `performance.now()`, as the hub's clock is not this machine's. */
export type FuseNow = FuseChangedSubscription['fuseChanged'] & { readonly receivedAt: number }

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
        if (data) fuses.set((was) => new Map(was).set(data.fuseChanged.id, { ...data.fuseChanged, receivedAt: performance.now() }))
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

/** Ms until a fuse lets a call through again, counted from when it was told; null unless it is open. */
export const retryInMs = ({ retryAfterMs, receivedAt }: FuseNow, now: number): number | null =>
  retryAfterMs === null ? null : Math.max(0, retryAfterMs - (now - receivedAt))
