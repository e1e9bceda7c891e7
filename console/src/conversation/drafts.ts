import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import type { Draft, DraftShelf } from './shelf.ts'

/** What has been begun, by conversation: it is there again after a switch and after a reload. */
export type Drafts = {
  readonly all: Store<ReadonlyMap<string, Draft>>
  set(conversationId: string, draft: Draft): void
}

export const noDraft: Draft = { kind: 'TEXT', text: '', caret: 0 }

const keepMs = 300

export const openDrafts = async (shelf: DraftShelf): Promise<Drafts> => {
  const all = openStore(await shelf.list())
  const timers = new Map<string, ReturnType<typeof setTimeout>>()
  const keepSoon = (conversationId: string) => {
    clearTimeout(timers.get(conversationId))
    timers.set(conversationId, setTimeout(() => void shelf.put(conversationId, all.get().get(conversationId) ?? noDraft), keepMs))
  }
  return {
    all,
    set: (conversationId, draft) => {
      all.set((was) => new Map(was).set(conversationId, draft))
      if (draft.text === '') {
        clearTimeout(timers.get(conversationId))
        void shelf.put(conversationId, draft)
      } else keepSoon(conversationId)
    },
  }
}
