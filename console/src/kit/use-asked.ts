import type { ApolloClient } from '@apollo/client'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useConsole } from '../console.ts'
import type { Failure } from '../graphql/failure.ts'
import { useStore } from '../store.ts'
import type { Store } from '../store.ts'
import { backendOf, dueAt, glanceAt, withAsking, withoutAsking, withReading } from './freshness-words.ts'
import type { Asked, FuseGlance, Reading } from './freshness-words.ts'
import type { Kept } from './kept.ts'

/** How an ask is sent: it ends with its signal, and says what age it accepts. */
export type AskContext = { readonly fetchOptions: { readonly signal: AbortSignal }; readonly headers: Readonly<Record<string, string>>; readonly queryDeduplication: false }

/** Never rejects. */
export type Ask<T> = (client: ApolloClient, context: AskContext) => Promise<{ readonly reading: Reading<T>; readonly failures: readonly Failure[] }>

/** Within this age nobody is asked again for opening a panel. */
const freshMs = 15_000
const staleSeconds = 600
const headersOf = (live: boolean) => ({ 'cache-control': live ? `no-cache, stale-if-error=${staleSeconds}` : `max-age=${freshMs / 1_000}, stale-if-error=${staleSeconds}` })

/** All consoles hear of a closing fuse at once; they need not all ask at once. */
const spreadMs = 300

export type Asking<T> = {
  readonly asked: Asked<T>
  readonly backend: string
  readonly fuse: FuseGlance | null
  /** Asks now, for nothing kept. */
  readonly refresh: () => void
}

export type AskedOptions<T> = {
  /** What this kind of block has been told, by customer, order or conversation: whoever comes back sees it at once. */
  readonly kept: Kept<Asked<T>>
  readonly key: string
  /** Made anew only when what it asks for changes. */
  readonly ask: Ask<T>
  /** Whose block it is, where no answer has told. */
  readonly backend: string
}

/** A block that asks for itself, and again when it is worth while. */
export const useAsked = <T>({ kept, key, ask, backend: usual }: AskedOptions<T>): Asking<T> => {
  const { client, fuses, connection } = useConsole()
  const store = useMemo(() => kept.find(client, key), [kept, client, key])
  const asked = useStore(store, (one) => one)
  const running = useRef<AbortController | null>(null)

  const run = useCallback((live: boolean) => {
    running.current?.abort()
    const abort = new AbortController()
    running.current = abort
    store.set((was) => withAsking(was, performance.now()))
    void ask(client, { fetchOptions: { signal: abort.signal }, headers: headersOf(live), queryDeduplication: false }).then(({ reading, failures }) => {
      if (!abort.signal.aborted) store.set((was) => withReading(was, reading, failures, performance.now()))
    })
  }, [ask, client, store])

  const backend = backendOf(asked, usual)
  const all = useStore(fuses, (one) => one)
  const fuse = useMemo(() => glanceAt(all.values(), backend), [all, backend])

  useFirstAsk(store, run, running)
  useNextAsk(dueAt(asked, fuse), run)
  useOnReturn(fuse?.state ?? null, 'CLOSED', run)
  useOnReturn(useStore(connection, (one) => one), 'ONLINE', run)
  return { asked, backend, fuse, refresh: useCallback(() => run(true), [run]) }
}

/** On the way in, unless what is kept is fresh; on the way out, what is under way is given up. */
const useFirstAsk = <T>(store: Store<Asked<T>>, run: (live: boolean) => void, running: { readonly current: AbortController | null }) => {
  useEffect(() => {
    const { answer, silent } = store.get()
    if (silent || answer === null || performance.now() - answer.at > freshMs) run(false)
    return () => {
      running.current?.abort()
      store.set(withoutAsking)
    }
  }, [store, run, running])
}

const useNextAsk = (due: number | null, run: (live: boolean) => void) => {
  useEffect(() => {
    if (due === null) return
    const timer = setTimeout(() => run(true), Math.max(0, due - performance.now()))
    return () => clearTimeout(timer)
  }, [due, run])
}

/** What was out of order is back. */
const useOnReturn = (state: string | null, good: string, run: (live: boolean) => void) => {
  const before = useRef(state)
  useEffect(() => {
    const was = before.current
    before.current = state
    if (state !== good || was === null || was === good || was === 'CONNECTING') return
    const timer = setTimeout(() => run(true), Math.random() * spreadMs)
    return () => clearTimeout(timer)
  }, [state, good, run])
}
