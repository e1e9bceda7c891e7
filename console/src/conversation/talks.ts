import type { ApolloClient } from '@apollo/client'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import { openTalk } from './talk.ts'
import type { Talk } from './talk.ts'
import type { ConversationEvent } from './transcript.ts'

/** The conversations that are open here, in the order of opening. */
export type Talks = {
  readonly open: Store<readonly Talk[]>
  find(id: string): Talk | undefined
  /** Opens it, or finds it open. */
  enter(id: string): Talk
  leave(id: string): void
  /** It has been read as far as it is here. */
  markRead(id: string, position: number): void
  close(): void
}

export type TalksOptions = {
  readonly client: ApolloClient
  readonly onEvent: (event: ConversationEvent) => void
  readonly onRead: (id: string) => void
}

/** The one that was opened first is closed for another: each is listened to. */
const mostOpen = 12

export const openTalks = ({ client, onEvent, onRead }: TalksOptions): Talks => {
  const open = openStore<readonly Talk[]>([])
  const find = (id: string) => open.get().find((talk) => talk.id === id)
  const leave = (id: string) => {
    find(id)?.close()
    open.set((all) => all.filter((talk) => talk.id !== id))
  }
  return {
    open, find, leave,
    enter: (id) => {
      const known = find(id)
      if (known) return known
      const [first] = open.get()
      if (first && open.get().length >= mostOpen) leave(first.id)
      const talk = openTalk({ client, id, onEvent })
      open.set((all) => [...all, talk])
      return talk
    },
    markRead: (id, position) => {
      find(id)?.markRead(position)
      onRead(id)
    },
    close: () => {
      for (const talk of open.get()) talk.close()
    },
  }
}
