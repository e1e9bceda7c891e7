import type { ApolloClient } from '@apollo/client'
import { useCallback } from 'react'
import { useConsole } from '../console.ts'
import { failuresOf } from '../graphql/failure.ts'
import type { Store } from '../store.ts'
import { withOutcome, withSending } from './attempt.ts'
import type { Attempt, Outcome } from './attempt.ts'

/** Sends what is wanted under its key. Throws, or gives an error, as the client does. */
export type Send<T> = (client: ApolloClient, wanted: T, key: string) => Promise<Outcome>

/** A hub that is reached over plain HTTP by a name is no secure context, and has no `randomUUID`. */
const makeKey = (): string => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')

const sameText = <T>(a: T, b: T) => JSON.stringify(a) === JSON.stringify(b)

/** Failures of a mutation that gave no payload. */
export const failedBy = (error: unknown): Outcome => ({ is: 'FAILED', code: failuresOf(error)[0]?.code ?? 'INTERNAL_SERVER_ERROR' })

/** Sends once at a time, and tells when it is known what became of it; the state outlives the component, so that a form that was left is found as it was. */
export const useAttempt = <T, F extends { readonly attempt: Attempt<T> }>(store: Store<F>, put: (form: F, attempt: Attempt<T>) => F, send: Send<T>, onSettled: () => void) => {
  const { client } = useConsole()
  return useCallback(async (wanted: T): Promise<void> => {
    const sending = withSending(store.get().attempt, wanted, sameText, makeKey)
    if (!sending) return
    store.set((form) => put(form, sending))
    const outcome = await send(client, sending.wanted, sending.key).catch(failedBy)
    store.set((form) => put(form, withOutcome(form.attempt, sending.key, outcome)))
    if (outcome.is !== 'FAILED') onSettled()
  }, [client, store, put, send, onSettled])
}
