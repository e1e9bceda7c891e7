import type { ApolloClient } from '@apollo/client'
import { ConversationDocument, ConversationEventsDocument, MarkReadDocument, SetTypingDocument, ViewersDocument } from '../../gql/graphql.ts'
import type { PersonFragment } from '../../gql/graphql.ts'
import { failuresOf } from '../graphql/failure.ts'
import type { Failure } from '../graphql/failure.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import { emptyTranscript, withEarlier, withEvent, withSnapshot, withoutSilent } from './transcript.ts'
import type { ConversationEvent, Transcript } from './transcript.ts'

export type TalkState =
  | { readonly is: 'LOADING' }
  | { readonly is: 'LIVE' }
  /** No such conversation, or none that the caller may see. */
  | { readonly is: 'MISSING' }
  | { readonly is: 'FAILED'; readonly failure: Failure }

/** One conversation that is open here, and listened to. */
export type Talk = {
  readonly id: string
  readonly transcript: Store<Transcript>
  readonly state: Store<TalkState>
  /** Agents who have it open now. */
  readonly viewers: Store<readonly PersonFragment[]>
  /** Resolves when the page before the earliest is here, or could not be had. */
  readonly loadEarlier: () => Promise<void>
  readonly setTyping: (typing: boolean) => void
  readonly markRead: (position: number) => void
  readonly close: () => void
}

export type TalkOptions = {
  readonly client: ApolloClient
  readonly id: string
  readonly onEvent: (event: ConversationEvent) => void
}

type Stores = Pick<Talk, 'transcript' | 'state' | 'viewers'>
type Following = { readonly opt: TalkOptions; readonly stores: Stores; readonly closed: AbortSignal }

const pageSize = 50
const silenceMs = 1_000
const viewersMs = 10_000
const retryMs = 2_000
/** Said again while somebody types, as those who listen forget it. */
const typingAgainMs = 3_000

const readNewest = (client: ApolloClient, id: string) =>
  client.query({ query: ConversationDocument, variables: { id, last: pageSize }, fetchPolicy: 'no-cache' }).catch((reason: unknown) => ({ data: undefined, error: reason }))

/** Reads the newest page and listens from there on; what ends is begun again, until `closed`. */
const follow = ({ opt: { client, id, onEvent }, stores: { transcript, state, viewers }, closed }: Following): void => {
  let stop = () => {}
  let retry: ReturnType<typeof setTimeout> | undefined
  const again = (ms: number) => {
    clearTimeout(retry)
    retry = setTimeout(() => void load(), ms)
  }

  /** The hub ended it: for good where the conversation is out of sight, else it is read anew. */
  const ended = (failure: Failure | undefined) => {
    if (closed.aborted) return
    if (failure?.code === 'FORBIDDEN') return state.set(() => ({ is: 'MISSING' }))
    if (failure?.code !== 'FULL_REFRESH_REQUIRED') return again(retryMs)
    transcript.set(() => emptyTranscript)
    again(0)
  }

  const listen = () => {
    const subscription = client.subscribe({
      query: ConversationEventsDocument,
      variables: { conversationId: id }, fetchPolicy: 'no-cache', context: { after: () => transcript.get().cursor },
    }).subscribe({
      next: ({ data, error }) => {
        if (error) return ended(failuresOf(error)[0])
        if (!data) return
        transcript.set((was) => withEvent(was, data.conversationEvents, Date.now()))
        onEvent(data.conversationEvents)
      },
      complete: () => ended(undefined),
    })
    stop = () => subscription.unsubscribe()
  }

  const load = async (): Promise<void> => {
    stop()
    const { data, error } = await readNewest(client, id)
    if (closed.aborted) return
    const conversation = data?.conversation
    if (conversation?.messages) {
      viewers.set(() => conversation.viewers ?? [])
      transcript.set((was) => withSnapshot(was, conversation))
      state.set(() => ({ is: 'LIVE' }))
      return listen()
    }
    const [failure] = failuresOf(error)
    state.set(() => (failure ? { is: 'FAILED', failure } : { is: 'MISSING' }))
    if (failure) again(retryMs)
  }

  closed.addEventListener('abort', () => {
    clearTimeout(retry)
    stop()
  })
  void load()
}

const every = (ms: number, closed: AbortSignal, run: () => void) => {
  const timer = setInterval(run, ms)
  closed.addEventListener('abort', () => clearInterval(timer))
}

/** One page at a time, however often it is asked for. */
const openPaging = ({ opt: { client, id }, stores: { transcript }, closed }: Following): (() => Promise<void>) => {
  let loading: Promise<void> | null = null
  const load = async (before: string) => {
    const { data } = await client.query({ query: ConversationDocument, variables: { id, last: pageSize, before }, fetchPolicy: 'no-cache' })
      .catch(() => ({ data: undefined }))
    const page = data?.conversation?.messages
    if (page && !closed.aborted) transcript.set((was) => withEarlier(was, page))
  }
  return () => {
    const before = transcript.get().earlier
    if (before === null) return Promise.resolve()
    loading ??= load(before).finally(() => {
      loading = null
    })
    return loading
  }
}

/** Nobody waits for it, and nothing is lost with it. */
const openTyping = ({ client, id }: TalkOptions) => {
  let typedAt = -Infinity
  return (typing: boolean) => {
    const now = performance.now()
    if (typing ? now - typedAt < typingAgainMs : typedAt === -Infinity) return
    typedAt = typing ? now : -Infinity
    client.mutate({ mutation: SetTypingDocument, variables: { conversationId: id, typing } }).catch(() => {})
  }
}

/** One that could not be told is told with the next. */
const openReading = ({ client, id }: TalkOptions) => {
  let read = 0
  return (position: number) => {
    if (position <= read) return
    const was = read
    read = position
    client.mutate({ mutation: MarkReadDocument, variables: { conversationId: id, position } }).catch(() => {
      read = was
    })
  }
}

export const openTalk = (opt: TalkOptions): Talk => {
  const closing = new AbortController()
  const closed = closing.signal
  const stores: Stores = { transcript: openStore(emptyTranscript), state: openStore<TalkState>({ is: 'LOADING' }), viewers: openStore<readonly PersonFragment[]>([]) }
  const following = { opt, stores, closed }
  const askViewers = async () => {
    const { data } = await opt.client.query({ query: ViewersDocument, variables: { id: opt.id }, fetchPolicy: 'no-cache' }).catch(() => ({ data: undefined }))
    const viewers = data?.conversation?.viewers
    if (viewers && !closed.aborted) stores.viewers.set(() => viewers)
  }
  every(silenceMs, closed, () => stores.transcript.set((was) => withoutSilent(was, Date.now())))
  every(viewersMs, closed, () => void askViewers())
  follow(following)
  return { id: opt.id, ...stores, loadEarlier: openPaging(following), setTyping: openTyping(opt), markRead: openReading(opt), close: () => closing.abort() }
}
