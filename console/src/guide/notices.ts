import type { ApolloClient } from '@apollo/client'
import { CitationNoticedDocument, DismissCitationNoticeDocument } from '../../gql/graphql.ts'
import type { CitedFragment } from '../../gql/graphql.ts'
import type { Connection } from '../graphql/connection.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'

export type Notice = CitedFragment

/** What the caller has cited and says something else by now. */
export type NoticeFeed = {
  /** The newest told first. */
  readonly notices: Store<readonly Notice[]>
  /** What has been cited anew: whatever was told of it before is over. */
  settle(cited: Notice): void
  /** Seen. False where the hub could not be told; then the notice is there again. */
  dismiss(id: string): Promise<boolean>
  close(): void
}

const retryMs = 2_000
const mostNotices = 1_000

/** One citation is told of once: the newest takes the place of what was told before. */
export const withNotice = (was: readonly Notice[], told: Notice): readonly Notice[] => {
  const others = was.filter(({ id }) => id !== told.id)
  return told.state === 'CURRENT' ? others : [told, ...others].slice(0, mostNotices)
}

/** The subscription has no cursor: it begins anew with all that there is, so what is kept is let go whenever it begins. */
export const openNotices = (client: ApolloClient, connection: Store<Connection>): NoticeFeed => {
  const notices = openStore<readonly Notice[]>([])
  let stop = () => {}
  let retry: ReturnType<typeof setTimeout> | undefined

  const listen = () => {
    notices.set(() => [])
    const subscription = client.subscribe({ query: CitationNoticedDocument, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data }) => {
        if (data) notices.set((was) => withNotice(was, data.citationNoticed))
      },
      complete: () => {
        retry = setTimeout(listen, retryMs)
      },
    })
    stop = () => subscription.unsubscribe()
  }

  let before = connection.get()
  const unsubscribe = connection.subscribe(() => {
    const now = connection.get()
    if (now === 'ONLINE' && before === 'OFFLINE') notices.set(() => [])
    before = now
  })
  listen()

  return {
    notices,
    settle: (cited) => notices.set((was) => withNotice(was, cited)),
    dismiss: async (id) => {
      const dismissed = notices.get().find((one) => one.id === id)
      notices.set((was) => was.filter((one) => one.id !== id))
      const { data } = await client.mutate({ mutation: DismissCitationNoticeDocument, variables: { id }, fetchPolicy: 'no-cache', errorPolicy: 'all' }).catch(() => ({ data: undefined }))
      const isDone = data?.dismissCitationNotice?.userErrors.length === 0
      if (!isDone && dismissed) notices.set((was) => (was.some((one) => one.id === id) ? was : [dismissed, ...was]))
      return isDone
    },
    close: () => {
      clearTimeout(retry)
      unsubscribe()
      stop()
    },
  }
}
