import type { ApolloClient } from '@apollo/client'
import { useCallback } from 'react'
import { useConsole } from '../console.ts'
import { failuresOf } from '../graphql/failure.ts'
import type { Store } from '../store.ts'
import { withOutcome, withSending } from './attempt.ts'
import type { Attempt, Outcome } from './attempt.ts'
import type { Unsettled, UnsettledAttempt } from './unsettled.ts'

/** Sends what is wanted under its key. Throws, or gives an error, as the client does. */
export type Send<T> = (client: ApolloClient, wanted: T, key: string) => Promise<Outcome>

/** A hub that is reached over plain HTTP by a name is no secure context, and has no `randomUUID`. */
const makeKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const sameText = <T>(a: T, b: T) => JSON.stringify(a) === JSON.stringify(b)

/** Failures of a mutation that gave no payload. */
export const failedBy = (error: unknown): Outcome => ({ is: 'FAILED', code: failuresOf(error)[0]?.code ?? 'INTERNAL_SERVER_ERROR' })

export type AttemptOptions<T, F extends { readonly attempt: Attempt<T> }> = {
  /** What it is about: of that, one is under way at a time. */
  readonly about: string
  /** The state outlives the component, so that a form that was left is found as it was. */
  readonly store: Store<F>
  readonly put: (form: F, attempt: Attempt<T>) => F
  readonly send: Send<T>
  readonly onSettled: () => void
}

/** Sends once at a time, and tells when it is known what became of it; as long as it is not, the key is kept. */
export const useAttempt = <T, F extends { readonly attempt: Attempt<T> }>({ about, store, put, send, onSettled }: AttemptOptions<T, F>) => {
  const { client, unsettled } = useConsole()
  return useCallback(async (wanted: T): Promise<void> => {
    const sending = withSending(store.get().attempt, wanted, sameText, makeKey)
    if (!sending) return
    store.set((form) => put(form, sending))
    // Where the browser keeps nothing, it is sent all the same.
    await unsettled.keep(about, { key: sending.key, wanted: sending.wanted }).catch(() => {})
    const outcome = await send(client, sending.wanted, sending.key).catch(failedBy)
    store.set((form) => put(form, withOutcome(form.attempt, sending.key, outcome)))
    if (store.get().attempt.is !== 'UNSURE') unsettled.settle(about)
    if (outcome.is !== 'FAILED') onSettled()
  }, [client, unsettled, about, store, put, send, onSettled])
}

/** What was begun before a reload, in the form where it was begun; `read` gives that form, or null where it is none of its kind. */
export const restoreAttempt = <F>(all: Unsettled['all'], about: string, store: Store<F>, initial: F, read: (kept: UnsettledAttempt) => F | null): Store<F> => {
  const kept = all.get().get(about)
  if (kept && store.get() === initial) store.set((was) => read(kept) ?? was)
  return store
}
