import type { Store } from '../store.ts'
import { openStore } from '../store.ts'
import type { MessageRowFragment } from '../../gql/graphql.ts'

/** What somebody wrote, until the hub has it. */
export type Outgoing = {
  /** Chosen here: the hub keeps a message with it once, however often it is sent. */
  readonly clientMessageId: string
  readonly conversationId: string
  readonly kind: 'TEXT' | 'NOTE'
  readonly body: string
  /** ms since the epoch, here. */
  readonly writtenAt: number
  readonly state: { readonly is: 'QUEUED' } | { readonly is: 'SENDING' } | { readonly is: 'FAILED'; readonly reason: string }
}

/** What a hub makes of a message: it has it, refuses it for good, or was not reached. */
export type Delivery =
  | { readonly is: 'TAKEN'; readonly message: MessageRowFragment }
  | { readonly is: 'REFUSED'; readonly reason: string }
  | { readonly is: 'UNREACHED' }

/** Keeps what is unsent over a reload; of one agent. */
export type OutboxShelf = {
  list(): Promise<readonly Outgoing[]>
  put(outgoing: Outgoing): Promise<void>
  remove(clientMessageId: string): Promise<void>
}

export type OutboxOptions = {
  readonly shelf: OutboxShelf
  readonly deliver: (outgoing: Outgoing) => Promise<Delivery>
  readonly onTaken: (message: MessageRowFragment, outgoing: Outgoing) => void
  /** Resolves when it is worth trying again: after a while, or as soon as the hub is back. */
  readonly beforeRetry: (attempt: number) => Promise<void>
  /** Runs `send` while no other page of this agent sends in that conversation. */
  readonly alone: (conversationId: string, send: () => Promise<void>) => Promise<void>
}

export type Outbox = {
  readonly pending: Store<readonly Outgoing[]>
  /** Resolves once it is kept here: from then on it is neither lost nor sent twice. */
  readonly add: (outgoing: Omit<Outgoing, 'state'>) => Promise<void>
  /** Tries one that was refused once more. */
  readonly retry: (clientMessageId: string) => void
  readonly discard: (clientMessageId: string) => void
  /** Nothing is sent any more; what is unsent stays on the shelf. */
  readonly close: () => void
}

type Pending = {
  readonly all: Store<readonly Outgoing[]>
  readonly change: (id: string, state: Outgoing['state']) => void
  readonly drop: (id: string) => void
}

const openPending = async (shelf: OutboxShelf): Promise<Pending> => {
  const kept = await shelf.list()
  const all = openStore<readonly Outgoing[]>(kept.map((one) => (one.state.is === 'SENDING' ? { ...one, state: { is: 'QUEUED' } } : one)))
  return {
    all,
    change: (id, state) => all.set((was) => was.map((one) => (one.clientMessageId === id ? { ...one, state } : one))),
    drop: (id) => {
      all.set((was) => was.filter(({ clientMessageId }) => clientMessageId !== id))
      void shelf.remove(id)
    },
  }
}

/** Sends what is queued in a conversation, and goes on until nothing is; once at a time. */
const openSending = ({ shelf, deliver, onTaken, beforeRetry, alone }: OutboxOptions, { all, change, drop }: Pending, closed: AbortSignal) => {
  const busy = new Set<string>()
  const next = (conversationId: string) => all.get().find((one) => one.conversationId === conversationId && one.state.is === 'QUEUED')
  const sendOne = async (outgoing: Outgoing): Promise<void> => {
    change(outgoing.clientMessageId, { is: 'SENDING' })
    for (let attempt = 0; !closed.aborted; attempt += 1) {
      const delivery = await deliver(outgoing)
      if (delivery.is === 'TAKEN') {
        onTaken(delivery.message, outgoing)
        return drop(outgoing.clientMessageId)
      }
      if (delivery.is === 'REFUSED') {
        const state = { is: 'FAILED', reason: delivery.reason } as const
        change(outgoing.clientMessageId, state)
        return shelf.put({ ...outgoing, state })
      }
      await beforeRetry(attempt)
    }
  }
  return async (conversationId: string): Promise<void> => {
    if (busy.has(conversationId)) return
    busy.add(conversationId)
    try {
      await alone(conversationId, async () => {
        for (let one = next(conversationId); one && !closed.aborted; one = next(conversationId)) await sendOne(one)
      })
    } finally {
      busy.delete(conversationId)
    }
  }
}

/** In each conversation, one after the other in the order of writing; one that was refused holds up none behind it. */
export const openOutbox = async (opt: OutboxOptions): Promise<Outbox> => {
  const closing = new AbortController()
  const pending = await openPending(opt.shelf)
  const { all, change, drop } = pending
  const send = openSending(opt, pending, closing.signal)
  for (const conversationId of new Set(all.get().map((one) => one.conversationId))) void send(conversationId)
  return {
    pending: all,
    add: async (written) => {
      const outgoing: Outgoing = { ...written, state: { is: 'QUEUED' } }
      all.set((was) => [...was, outgoing])
      await opt.shelf.put(outgoing)
      void send(outgoing.conversationId)
    },
    retry: (id) => {
      change(id, { is: 'QUEUED' })
      const one = all.get().find(({ clientMessageId }) => clientMessageId === id)
      if (one) void send(one.conversationId)
    },
    discard: drop,
    close: () => closing.abort(),
  }
}
