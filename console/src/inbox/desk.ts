import type { ApolloClient } from '@apollo/client'
import { ConversationsDocument, InboxCountsDocument, InboxEventsDocument } from '../../gql/graphql.ts'
import { failuresOf } from '../graphql/failure.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import { emptyInbox, filterOf, offeredToMe, withFound, withInboxEvent, withOffered } from './inbox.ts'
import type { Inbox, InboxEvent, View, ViewName } from './inbox.ts'

/** How much of a list is here. */
export type Extent = { readonly isLoading: boolean; readonly isFailed: boolean; readonly cursor: string | null; readonly hasMore: boolean }

/** The list that is looked at, over a visit to the fuse board and back. */
export type Looking = View & { /** Somebody has chosen it. */ readonly isChosen: boolean }

export type InboxDesk = {
  readonly inbox: Store<Inbox>
  readonly view: Store<Looking>
  readonly show: (name: ViewName) => void
  readonly extents: Store<ReadonlyMap<string, Extent>>
  /** Fills a list from its beginning; what is loaded already is kept. */
  readonly open: (view: View) => void
  /** The next page of a list, where there is one and none is on its way. */
  readonly loadMore: (view: View) => void
  readonly close: () => void
}

export type InboxDeskOptions = { readonly client: ApolloClient; readonly me: string }

type Working = { readonly opt: InboxDeskOptions; readonly inbox: Store<Inbox>; readonly closed: AbortSignal }

const pageSize = 100
const countsMs = 300
const retryMs = 2_000
const untouched: Extent = { isLoading: false, isFailed: false, cursor: null, hasMore: true }

export const viewKey = ({ name, department }: View) => `${name}/${department ?? ''}`
export const extentOf = (extents: ReadonlyMap<string, Extent>, view: View): Extent => extents.get(viewKey(view)) ?? untouched

/** Who has waited longest comes last in what the hub tells, so a queue is read to its end. */
const isQueue = ({ name }: View) => name === 'waiting' || name === 'offered'

const openLists = ({ opt: { client }, inbox, closed }: Working) => {
  const extents = openStore<ReadonlyMap<string, Extent>>(new Map())
  const opened = new Map<string, View>()
  const setExtent = (view: View, change: Partial<Extent>) =>
    extents.set((was) => new Map(was).set(viewKey(view), { ...extentOf(was, view), ...change }))

  const loadMore = async (view: View): Promise<void> => {
    const { isLoading, hasMore, cursor } = extentOf(extents.get(), view)
    if (isLoading || !hasMore || closed.aborted) return
    setExtent(view, { isLoading: true, isFailed: false })
    const { data } = await client.query({ query: ConversationsDocument, variables: { filter: filterOf(view), first: pageSize, after: cursor }, fetchPolicy: 'no-cache' })
      .catch(() => ({ data: undefined }))
    const page = data?.conversations
    if (!page) return setExtent(view, { isLoading: false, isFailed: true })
    inbox.set((was) => withFound(was, page.nodes))
    setExtent(view, { isLoading: false, cursor: page.pageInfo.endCursor, hasMore: page.pageInfo.hasNextPage })
    if (isQueue(view)) await loadMore(view)
  }
  return {
    extents, loadMore,
    open: (view: View) => {
      opened.set(viewKey(view), view)
      if (extentOf(extents.get(), view).cursor === null) void loadMore(view)
    },
    readAnew: () => {
      inbox.set(({ counts }) => ({ ...emptyInbox, counts }))
      extents.set(() => new Map())
      for (const view of opened.values()) void loadMore(view)
    },
  }
}

/** How much there is, and what is offered to this agent; asked once for however many events of a moment. */
const openCounting = ({ opt: { client }, inbox, closed }: Working): (() => void) => {
  let counting: ReturnType<typeof setTimeout> | undefined
  const count = async () => {
    counting = undefined
    const [counted, offered] = await Promise.all([
      client.query({ query: InboxCountsDocument, fetchPolicy: 'no-cache' }).catch(() => ({ data: undefined })),
      client.query({ query: ConversationsDocument, variables: { filter: offeredToMe, first: pageSize }, fetchPolicy: 'no-cache' }).catch(() => ({ data: undefined })),
    ])
    if (closed.aborted) return
    const counts = counted.data?.inboxCounts
    const found = offered.data?.conversations?.nodes
    inbox.set((was) => ({ ...(found ? withOffered(was, found) : was), counts: counts ?? was.counts }))
  }
  closed.addEventListener('abort', () => clearTimeout(counting))
  return () => {
    counting ??= setTimeout(() => void count(), countsMs)
  }
}

type Heard = { readonly onEvent: (event: InboxEvent) => void; readonly onRefresh: () => void }

const listenFrom = ({ opt: { client }, inbox, closed }: Working, { onEvent, onRefresh }: Heard): void => {
  let stop = () => {}
  let retry: ReturnType<typeof setTimeout> | undefined
  const ended = (code: string | undefined) => {
    if (closed.aborted) return
    stop()
    if (code === 'FULL_REFRESH_REQUIRED') onRefresh()
    clearTimeout(retry)
    retry = setTimeout(listen, code === 'FULL_REFRESH_REQUIRED' ? 0 : retryMs)
  }
  const listen = () => {
    const subscription = client.subscribe({ query: InboxEventsDocument, fetchPolicy: 'no-cache', context: { after: () => inbox.get().cursor } }).subscribe({
      next: ({ data, error }) => {
        if (error) return ended(failuresOf(error)[0]?.code)
        if (data) onEvent(data.inboxEvents)
      },
      complete: () => ended(undefined),
    })
    stop = () => subscription.unsubscribe()
  }
  closed.addEventListener('abort', () => {
    clearTimeout(retry)
    stop()
  })
  listen()
}

/** The agent's inbox, listened to: while it is, the agent counts as present. */
export const openInboxDesk = (opt: InboxDeskOptions): InboxDesk => {
  const closing = new AbortController()
  const inbox = openStore(emptyInbox)
  const view = openStore<Looking>({ name: 'waiting', department: null, isChosen: false })
  const working = { opt, inbox, closed: closing.signal }
  const { extents, open, loadMore, readAnew } = openLists(working)
  const countSoon = openCounting(working)
  listenFrom(working, {
    onEvent: (event) => {
      inbox.set((was) => withInboxEvent(was, event, opt.me))
      countSoon()
    },
    onRefresh: readAnew,
  })
  for (const name of ['waiting', 'mine'] as const) open({ name, department: null })
  countSoon()
  return {
    inbox, view, extents, open,
    show: (name) => view.set(({ department }) => ({ name, department, isChosen: true })),
    loadMore: (list) => void loadMore(list),
    close: () => closing.abort(),
  }
}
