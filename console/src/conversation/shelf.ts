import { openDB } from 'idb'
import type { DBSchema, IDBPDatabase } from 'idb'
import type { UnsettledAttempt, UnsettledShelf } from '../customer/unsettled.ts'
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
  unsettled: { key: [string, string]; value: Owned<UnsettledAttempt> & { readonly about: string }; indexes: { owner: string } }
}

/** What has to outlast a reload, in this browser; each agent sees their own. */
export type Shelf = { readonly outbox: OutboxShelf; readonly drafts: DraftShelf; readonly unsettled: UnsettledShelf; close(): void }

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

const unsettledOf = (db: IDBPDatabase<Schema>, owner: string): UnsettledShelf => ({
  list: async () => {
    const rows = await db.getAllFromIndex('unsettled', 'owner', owner)
    return new Map(rows.map(({ about, key, wanted }) => [about, { key, wanted }]))
  },
  put: async (about, attempt) => {
    await db.put('unsettled', { ...attempt, about, owner })
  },
  remove: (about) => db.delete('unsettled', [owner, about]),
})

export const openShelf = async (owner: string): Promise<Shelf> => {
  const db = await openDB<Schema>('fuseboard', 2, {
    upgrade: (opened, before) => {
      if (before < 1) {
        opened.createObjectStore('outbox', { keyPath: 'clientMessageId' }).createIndex('owner', 'owner')
        opened.createObjectStore('drafts', { keyPath: ['owner', 'conversationId'] }).createIndex('owner', 'owner')
      }
      opened.createObjectStore('unsettled', { keyPath: ['owner', 'about'] }).createIndex('owner', 'owner')
    },
    // Another page of this browser has come with a newer console: this one may not keep it waiting.
    blocking: () => db.close(),
  })
  return { outbox: outboxOf(db, owner), drafts: draftsOf(db, owner), unsettled: unsettledOf(db, owner), close: () => db.close() }
}
