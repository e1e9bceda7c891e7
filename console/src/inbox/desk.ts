import type { ApolloClient } from '@apollo/client'
import { ConversationsDocument, InboxCountsDocument, InboxEventsDocument } from '../../gql/graphql.ts'
import { failuresOf } from '../graphql/failure.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import { emptyInbox, filterOf, withFound, withInboxEvent } from './inbox.ts'
import type { Inbox, InboxEvent, View } from './inbox.ts'

/** How much of a list is here. */
export type Extent = { readonly isLoading: boolean; readonly isFailed: boolean; readonly cursor: string | null; readonly hasMore: boolean }

export type InboxDesk = {
  readonly inbox: Store<Inbox>
  readonly extents: Store<ReadonlyMap<string, Extent>>
  /** Fills a list from its beginning; what is loaded already is kept. */
  open(view: View): void
  /** The next page of a list, where there is one and none is on its way. */
  loadMore(view: View): void
  close(): void
}

export type InboxDeskOptions = {
  readonly client: ApolloClient
  readonly me: string
  readonly onEvent: (event: InboxEvent) => void
}

const pageSize = 100
const countsMs = 300
const retryMs = 2_000
const untouched: Extent = { isLoading: false, isFailed: false, cursor: null, hasMore: true }

export const viewKey = ({ name, department }: View) => `${name}/${department ?? ''}`
export const extentOf = (extents: ReadonlyMap<string, Extent>, view: View): Extent => extents.get(viewKey(view)) ?? untouched

/** The agent's inbox, listened to: while it is, the agent counts as present. */
export const openInboxDesk = ({ client, me, onEvent }: InboxDeskOptions): InboxDesk => {
  const inbox = openStore(emptyInbox)
  const extents = openStore<ReadonlyMap<string, Extent>>(new Map())
  const opened = new Map<string, View>()
  let isOpen = true
  let stopListening = () => {}
  let counting: ReturnType<typeof setTimeout> | undefined
  let retrying: ReturnType<typeof setTimeout> | undefined

  const setExtent = (view: View, change: Partial<Extent>) =>
    extents.set((was) => new Map(was).set(viewKey(view), { ...extentOf(was, view), ...change }))

  const loadMore = async (view: View): Promise<void> => {
    const { isLoading, hasMore, cursor } = extentOf(extents.get(), view)
    if (isLoading || !hasMore || !isOpen) return
    setExtent(view, { isLoading: true, isFailed: false })
    const { data } = await client.query({ query: ConversationsDocument, variables: { filter: filterOf(view), first: pageSize, after: cursor }, fetchPolicy: 'no-cache' })
      .catch(() => ({ data: undefined }))
    const page = data?.conversations
    if (!page) return setExtent(view, { isLoading: false, isFailed: true })
    inbox.set((was) => withFound(was, page.nodes))
    setExtent(view, { isLoading: false, cursor: page.pageInfo.endCursor ?? null, hasMore: page.pageInfo.hasNextPage })
    // Who has waited longest comes last in what the hub tells: a queue is read to its end.
    if (view.name === 'waiting' || view.name === 'offered') await loadMore(view)
  }

  const countSoon = () => {
    counting ??= setTimeout(() => void count(), countsMs)
  }
  const count = async () => {
    counting = undefined
    const { data } = await client.query({ query: InboxCountsDocument, fetchPolicy: 'no-cache' }).catch(() => ({ data: undefined }))
    const counts = data?.inboxCounts
    if (counts && isOpen) inbox.set((was) => ({ ...was, counts }))
  }

  const readAnew = () => {
    inbox.set(() => emptyInbox)
    extents.set(() => new Map())
    for (const view of opened.values()) void loadMore(view)
  }

  const listen = () => {
    const subscription = client.subscribe({
      query: InboxEventsDocument, fetchPolicy: 'no-cache', context: { after: () => inbox.get().cursor },
    }).subscribe({
      next: ({ data, error }) => {
        if (error) return ended(failuresOf(error)[0]?.code)
        if (!data) return
        inbox.set((was) => withInboxEvent(was, data.inboxEvents, me))
        onEvent(data.inboxEvents)
        countSoon()
      },
      complete: () => ended(undefined),
    })
    stopListening = () => subscription.unsubscribe()
  }
  const ended = (code: string | undefined) => {
    if (!isOpen) return
    stopListening()
    if (code === 'FULL_REFRESH_REQUIRED') readAnew()
    clearTimeout(retrying)
    retrying = setTimeout(listen, code === 'FULL_REFRESH_REQUIRED' ? 0 : retryMs)
  }

  listen()
  countSoon()
  return {
    inbox, extents,
    open: (view) => {
      opened.set(viewKey(view), view)
      if (extentOf(extents.get(), view).cursor === null) void loadMore(view)
    },
    loadMore: (view) => void loadMore(view),
    close: () => {
      isOpen = false
      clearTimeout(counting)
      clearTimeout(retrying)
      stopListening()
    },
  }
}
