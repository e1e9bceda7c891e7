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
  loadEarlier(): Promise<void>
  setTyping(typing: boolean): void
  markRead(position: number): void
  close(): void
}

export type TalkOptions = {
  readonly client: ApolloClient
  readonly id: string
  readonly onEvent: (event: ConversationEvent) => void
}

const pageSize = 50
const silenceMs = 1_000
const viewersMs = 10_000
const retryMs = 2_000
/** Said again while somebody types, as those who listen forget it. */
const typingAgainMs = 3_000

export const openTalk = ({ client, id, onEvent }: TalkOptions): Talk => {
  const transcript = openStore(emptyTranscript)
  const state = openStore<TalkState>({ is: 'LOADING' })
  const viewers = openStore<readonly PersonFragment[]>([])
  const ends: (() => void)[] = []
  let isOpen = true
  let stopListening = () => {}
  let loading: Promise<void> | null = null
  let read = 0
  let typedAt = -Infinity

  const later = (ms: number, run: () => void) => {
    const timer = setTimeout(run, ms)
    ends.push(() => clearTimeout(timer))
  }

  const listen = () => {
    const subscription = client.subscribe({
      query: ConversationEventsDocument,
      variables: { conversationId: id, after: transcript.get().cursor },
      fetchPolicy: 'no-cache',
      context: { after: () => transcript.get().cursor },
    }).subscribe({
      next: ({ data, error }) => {
        if (error) return ended(failuresOf(error)[0])
        if (!data) return
        transcript.set((was) => withEvent(was, data.conversationEvents, Date.now()))
        onEvent(data.conversationEvents)
      },
      complete: () => ended(undefined),
    })
    stopListening = () => subscription.unsubscribe()
  }

  /** The hub ended it: for good where the conversation is out of sight, else it is read anew. */
  const ended = (failure: Failure | undefined) => {
    if (!isOpen) return
    if (failure?.code === 'FORBIDDEN') return state.set(() => ({ is: 'MISSING' }))
    if (failure?.code === 'FULL_REFRESH_REQUIRED') transcript.set(() => emptyTranscript)
    later(failure?.code === 'FULL_REFRESH_REQUIRED' ? 0 : retryMs, () => void load())
  }

  const load = async (): Promise<void> => {
    stopListening()
    const { data, error } = await client.query({ query: ConversationDocument, variables: { id, last: pageSize }, fetchPolicy: 'no-cache' })
      .catch((reason: unknown) => ({ data: undefined, error: reason }))
    if (!isOpen) return
    const { conversation } = data ?? {}
    if (conversation?.messages) {
      viewers.set(() => conversation.viewers ?? [])
      transcript.set((was) => withSnapshot(was, conversation))
      state.set(() => ({ is: 'LIVE' }))
      return listen()
    }
    const [failure] = failuresOf(error)
    if (!failure) return state.set(() => ({ is: 'MISSING' }))
    state.set(() => ({ is: 'FAILED', failure }))
    later(retryMs, () => void load())
  }

  const askViewers = async () => {
    const { data } = await client.query({ query: ViewersDocument, variables: { id }, fetchPolicy: 'no-cache' }).catch(() => ({ data: undefined }))
    if (isOpen && data?.conversation) viewers.set(() => data.conversation?.viewers ?? [])
  }

  const loadPage = async (before: string) => {
    const { data } = await client.query({ query: ConversationDocument, variables: { id, last: pageSize, before }, fetchPolicy: 'no-cache' })
      .catch(() => ({ data: undefined }))
    const page = data?.conversation?.messages
    if (isOpen && page) transcript.set((was) => withEarlier(was, page))
  }

  const every = (ms: number, run: () => void) => {
    const timer = setInterval(run, ms)
    ends.push(() => clearInterval(timer))
  }
  every(silenceMs, () => transcript.set((was) => withoutSilent(was, Date.now())))
  every(viewersMs, () => void askViewers())
  void load()

  return {
    id, transcript, state, viewers,
    loadEarlier: () => {
      const before = transcript.get().earlier
      if (before === null) return Promise.resolve()
      loading ??= loadPage(before).finally(() => {
        loading = null
      })
      return loading
    },
    setTyping: (typing) => {
      const now = performance.now()
      if (typing ? now - typedAt < typingAgainMs : typedAt === -Infinity) return
      typedAt = typing ? now : -Infinity
      // Nobody waits for it, and nothing is lost with it.
      client.mutate({ mutation: SetTypingDocument, variables: { conversationId: id, typing } }).catch(() => {})
    },
    markRead: (position) => {
      if (position <= read) return
      const was = read
      read = position
      client.mutate({ mutation: MarkReadDocument, variables: { conversationId: id, position } }).catch(() => {
        read = was
      })
    },
    close: () => {
      isOpen = false
      stopListening()
      for (const end of ends) end()
    },
  }
}
