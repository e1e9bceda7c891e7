import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import type { Outgoing, OutboxShelf } from './outbox.ts'

/** What an agent has begun to write in one conversation. */
export type Draft = { readonly kind: 'TEXT' | 'NOTE'; readonly text: string; readonly caret: number }

export type DraftShelf = {
  list(): Promise<ReadonlyMap<string, Draft>>
  /** An empty one is removed. */
  put(conversationId: string, draft: Draft): Promise<void>
}

type Owned<T> = T & { readonly owner: string }

interface Schema extends DBSchema {
  outbox: { key: string; value: Owned<Outgoing>; indexes: { owner: string } }
  drafts: { key: [string, string]; value: Owned<Draft> & { readonly conversationId: string }; indexes: { owner: string } }
}

/** What has to outlast a reload, in this browser; each agent sees their own. */
export type Shelf = { readonly outbox: OutboxShelf; readonly drafts: DraftShelf; close(): void }

const outboxOf = (db: IDBPDatabase<Schema>, owner: string): OutboxShelf => ({
  list: async () => {
    const rows = await db.getAllFromIndex('outbox', 'owner', owner)
    return rows.toSorted((a, b) => a.writtenAt - b.writtenAt)
  },
  put: async (outgoing) => {
    await db.put('outbox', { ...outgoing, owner })
  },
  remove: (clientMessageId) => db.delete('outbox', clientMessageId),
})

const draftsOf = (db: IDBPDatabase<Schema>, owner: string): DraftShelf => ({
  list: async () => {
    const rows = await db.getAllFromIndex('drafts', 'owner', owner)
    return new Map(rows.map(({ conversationId, kind, text, caret }) => [conversationId, { kind, text, caret }]))
  },
  put: async (conversationId, draft) => {
    if (draft.text === '') return db.delete('drafts', [owner, conversationId])
    await db.put('drafts', { ...draft, conversationId, owner })
  },
})

export const openShelf = async (owner: string): Promise<Shelf> => {
  const db = await openDB<Schema>('fuseboard', 1, {
    upgrade: (opened) => {
      opened.createObjectStore('outbox', { keyPath: 'clientMessageId' }).createIndex('owner', 'owner')
      opened.createObjectStore('drafts', { keyPath: ['owner', 'conversationId'] }).createIndex('owner', 'owner')
    },
  })
  return { outbox: outboxOf(db, owner), drafts: draftsOf(db, owner), close: () => db.close() }
}
