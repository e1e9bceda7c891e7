import type { CallOptions, Page, Row, Window } from '../../fuse/call.ts'

/** The CRM, in business words. Times are ISO 8601 in UTC. */
export type CrmBackend = {
  /** One row per id, in the order of `ids`. */
  findCustomers(ids: readonly string[], opt: CallOptions): Promise<readonly Row<Customer>[]>
  /** Searches name, email and phone; by id, ascending. */
  searchCustomers(query: CustomerSearch, opt: CallOptions): Promise<Page<Customer>>
  /** The same `idempotencyKey` never writes twice and gets the first outcome again. */
  addNote(note: NewNote, opt: CallOptions): Promise<NoteOutcome>
}

export type CustomerTier = 'STANDARD' | 'SILVER' | 'GOLD' | 'PLATINUM' | 'UNKNOWN'

export type Customer = {
  readonly id: string
  readonly name: string
  readonly email: string | null
  readonly phone: string | null
  readonly tier: CustomerTier
  /** The CRM's own word. */
  readonly tierText: string | null
  readonly registeredAt: string | null
  /** Oldest first. */
  readonly notes: readonly CustomerNote[]
}

export type CustomerNote = { readonly text: string; readonly author: string; readonly writtenAt: string }

export type CustomerSearch = Window & { readonly text: string }

export type NewNote = {
  readonly customerId: string
  readonly text: string
  /** Who writes, as the CRM is to show it. */
  readonly author: string
  readonly idempotencyKey: string
}

export type NoteOutcome =
  | { readonly kind: 'written' }
  | { readonly kind: 'refused'; readonly code: NoteRefusal; readonly message: string; readonly field: 'customerId' | 'text' | 'idempotencyKey' }

/** IDEMPOTENCY_CONFLICT: the same key with another customer, text or author. */
export type NoteRefusal = 'NOT_FOUND' | 'INVALID' | 'IDEMPOTENCY_CONFLICT'
