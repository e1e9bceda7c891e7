import type { ApolloClient } from '@apollo/client'
import { createContext, useContext } from 'react'
import { MeDocument, SendMessageDocument } from '../gql/graphql.ts'
import type { MeQuery } from '../gql/graphql.ts'
import { openDrafts } from './conversation/drafts.ts'
import type { Drafts } from './conversation/drafts.ts'
import { openOutbox } from './conversation/outbox.ts'
import type { Delivery, Outbox, Outgoing } from './conversation/outbox.ts'
import { openShelf } from './conversation/shelf.ts'
import { openTalks } from './conversation/talks.ts'
import type { Talks } from './conversation/talks.ts'
import { withSent } from './conversation/transcript.ts'
import { openUnsettled } from './customer/unsettled.ts'
import type { Unsettled } from './customer/unsettled.ts'
import { openFuseFeed } from './fuses/fuse-feed.ts'
import type { FuseFeed } from './fuses/fuse-feed.ts'
import { openClient } from './graphql/client.ts'
import { failuresOf } from './graphql/failure.ts'
import { openSocket } from './graphql/socket.ts'
import type { Connection } from './graphql/connection.ts'
import type { Socket } from './graphql/socket.ts'
import { openInboxDesk } from './inbox/desk.ts'
import type { InboxDesk } from './inbox/desk.ts'
import { withAnswer, withRead } from './inbox/inbox.ts'
import { openStore } from './store.ts'
import type { Store } from './store.ts'

export type Me = NonNullable<MeQuery['me']>

/** All that the views stand on, for one who is signed in. */
export type Console = {
  readonly me: Me
  readonly client: ApolloClient
  readonly connection: Store<Connection>
  /** Null for who has no inbox: an analyst. */
  readonly desk: InboxDesk | null
  readonly fuses: FuseFeed['fuses']
  readonly talks: Talks
  readonly outbox: Outbox
  readonly drafts: Drafts
  readonly unsettled: Unsettled
  /** Takes back what was done last, while that can be. */
  readonly undo: Store<(() => void) | null>
  readonly close: () => void
}

/** The token is no good any more. */
export class SessionLost extends Error {}

const socketUrl = () => `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/graphql`

const retryMs = (attempt: number) => Math.min(500 * 2 ** attempt, 10_000)

/** What a hub says that is no use repeating. */
const finalCodes = new Set(['FORBIDDEN', 'BAD_USER_INPUT', 'GRAPHQL_VALIDATION_FAILED', 'PERSISTED_QUERY_NOT_IN_LIST', 'BAD_REQUEST'])

const deliverBy = (client: ApolloClient) => async ({ conversationId, clientMessageId, body, kind }: Outgoing): Promise<Delivery> => {
  try {
    const { data } = await client.mutate({ mutation: SendMessageDocument, variables: { input: { conversationId, clientMessageId, body, kind } }, fetchPolicy: 'no-cache' })
    const { message, userErrors } = data.sendMessage ?? {}
    if (message) return { is: 'TAKEN', message }
    const refusal = userErrors?.[0]
    return refusal ? { is: 'REFUSED', reason: refusal.code } : { is: 'UNREACHED' }
  } catch (error) {
    const code = failuresOf(error)[0]?.code ?? ''
    return finalCodes.has(code) ? { is: 'REFUSED', reason: code } : { is: 'UNREACHED' }
  }
}

/** Until the hub is back, or a while has passed. */
const untilWorthwhile = (connection: Store<Connection>) => (attempt: number) => new Promise<void>((resolve) => {
  const wasOnline = connection.get() === 'ONLINE'
  const end = () => {
    clearTimeout(timer)
    unsubscribe()
    resolve()
  }
  const timer = setTimeout(end, retryMs(attempt))
  const unsubscribe = connection.subscribe(() => {
    if (connection.get() === 'ONLINE' && !wasOnline) end()
  })
})

/** Where the page is no secure context there are no locks; the hub keeps a message once all the same. */
const withLock = (owner: string) => async (conversationId: string, send: () => Promise<void>): Promise<void> => {
  if (!('locks' in navigator)) return send()
  await navigator.locks.request(`fuseboard/outbox/${owner}/${conversationId}`, send)
}

/** Throws `SessionLost`, or what keeps the hub from being reached. */
export const openConsole = async (token: string, onLost: () => void): Promise<Console> => {
  const socket = openSocket(socketUrl(), { token: () => token, onForbidden: onLost })
  const client = openClient({ socket: socket.client, token: () => token, onUnauthenticated: onLost })
  try {
    return await openFor(await askWho(client), client, socket)
  } catch (error) {
    socket.close()
    client.stop()
    throw failuresOf(error)[0]?.code === 'UNAUTHENTICATED' ? new SessionLost('the token is not valid', { cause: error }) : error
  }
}

const askWho = async (client: ApolloClient): Promise<Me> => {
  // Whoever asks is known without the chat's database: what it can't say of them is missing, and they are in.
  const { data, error } = await client.query({ query: MeDocument, fetchPolicy: 'no-cache' })
  if (data?.me) return data.me
  throw error instanceof Error ? error : new SessionLost('the hub knows no such caller')
}

const openFor = async (me: Me, client: ApolloClient, socket: Socket): Promise<Console> => {
  const { connection } = socket
  const shelf = await openShelf(me.id)
  const isAgent = me.role === 'AGENT' || me.role === 'ADMIN'
  const desk = isAgent ? openInboxDesk({ client, me: me.id }) : null
  const feed = openFuseFeed(client)
  const talks = openTalks({
    client,
    onEvent: (event) => {
      if (event.__typename === 'ConversationChanged') desk?.inbox.set((was) => withAnswer(was, event.conversation))
    },
    onRead: (id) => desk?.inbox.set((was) => withRead(was, id)),
  })
  const outbox = await openOutbox({
    shelf: shelf.outbox,
    deliver: deliverBy(client),
    onTaken: (message, { conversationId }) => talks.find(conversationId)?.transcript.set((was) => withSent(was, message)),
    beforeRetry: untilWorthwhile(connection),
    alone: withLock(me.id),
  })
  const drafts = await openDrafts(shelf.drafts)
  const unsettled = await openUnsettled(shelf.unsettled)
  return {
    me, client, connection, desk, fuses: feed.fuses, talks, outbox, drafts, unsettled, undo: openStore<(() => void) | null>(null),
    close: () => {
      outbox.close()
      talks.close()
      feed.close()
      desk?.close()
      client.stop()
      socket.close()
      shelf.close()
    },
  }
}

const ConsoleContext = createContext<Console | null>(null)
export const ConsoleProvider = ConsoleContext.Provider

export const useConsole = (): Console => {
  const found = useContext(ConsoleContext)
  if (!found) throw new Error('a view is outside of the console')
  return found
}
