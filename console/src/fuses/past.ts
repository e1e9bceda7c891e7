import type { ApolloClient } from '@apollo/client'
import { FuseBoardDocument, FuseSecondsDocument, FuseTripsDocument } from '../../gql/graphql.ts'
import type { FuseBoardQuery, FuseSecondsSubscription, FuseTripsQuery } from '../../gql/graphql.ts'
import type { Connection } from '../graphql/connection.ts'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import type { FuseFeed } from './fuse-feed.ts'
import { merged, nearerOffset, toSecond } from './seconds.ts'
import type { Second } from './seconds.ts'
import { toTrips } from './trips.ts'
import type { Trip } from './trips.ts'

/** What was, by the fuse's id. */
export type Past = {
  readonly seconds: ReadonlyMap<string, readonly Second[]>
  readonly trips: ReadonlyMap<string, readonly Trip[]>
  readonly timeouts: ReadonlyMap<string, number>
  /** As the hub lists them. */
  readonly listed: readonly string[]
  /** From `performance.now()` to the hub's clock; null before it was heard of. */
  readonly offset: number | null
  readonly state: 'ASKING' | 'KNOWN' | 'FAILED'
}

export const nothingKnown: Past = { seconds: new Map(), trips: new Map(), timeouts: new Map(), listed: [], offset: null, state: 'ASKING' }

/** Of an answer that came at `receivedAt`. */
const withBoard = (was: Past, { fuses }: FuseBoardQuery, receivedAt: number): Past => {
  if (!fuses) return { ...was, state: 'FAILED' }
  const seconds = new Map(fuses.map(({ id, samples }) => [id, merged(was.seconds.get(id) ?? [], samples.map(toSecond))]))
  const newest = Math.max(...fuses.flatMap(({ samples }) => samples.slice(-1).map(({ at }) => Date.parse(at))))
  return {
    seconds,
    trips: new Map(fuses.map(({ id, trips }) => [id, toTrips(trips)])),
    timeouts: new Map(fuses.map(({ id, timeoutMs }) => [id, timeoutMs])),
    listed: fuses.map(({ id }) => id),
    offset: nearerOffset(was.offset, newest, receivedAt),
    state: 'KNOWN',
  }
}

const withTrips = (was: Past, { fuses }: FuseTripsQuery): Past =>
  fuses ? { ...was, trips: new Map(fuses.map(({ id, trips }) => [id, toTrips(trips)])), state: 'KNOWN' } : was

const withSeconds = (was: Past, { id, samples }: FuseSecondsSubscription['fuseChanged'], receivedAt: number): Past => {
  const more = samples.map(toSecond)
  const newest = Math.max(...more.map(({ at }) => at))
  return { ...was, seconds: new Map(was.seconds).set(id, merged(was.seconds.get(id) ?? [], more)), offset: nearerOffset(was.offset, newest, receivedAt) }
}

const leastMs = 1_000
/** What an outage costs grows while it lasts. */
const duringOutageMs = 5_000
const afterFailureMs = 5_000

type Wanted = 'BOARD' | 'TRIPS'

/**
 * Asks one thing at a time and at most once a second; what is wanted meanwhile is asked once. `ask` gives whether it was answered: what
 * was not is wanted again later.
 */
const openAsker = (ask: (wanted: Wanted) => Promise<boolean>) => {
  let next: Wanted | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let busy = false
  let readyAt = 0
  let closed = false
  const run = async () => {
    const wanted = next
    if (!wanted || closed) return
    next = null
    busy = true
    readyAt = performance.now() + leastMs
    const isAnswered = await ask(wanted)
    busy = false
    if (!isAnswered) {
      readyAt = performance.now() + afterFailureMs
      next = wanted
    }
    schedule()
  }
  const schedule = () => {
    clearTimeout(timer)
    if (next && !busy && !closed) timer = setTimeout(() => void run(), Math.max(0, readyAt - performance.now()))
  }
  return {
    want: (wanted: Wanted) => {
      next = next === 'BOARD' ? next : wanted
      schedule()
    },
    close: () => {
      closed = true
      clearTimeout(timer)
    },
  }
}

const openQuestions = (client: ApolloClient, past: Store<Past>) => openAsker(async (wanted) => {
  try {
    if (wanted === 'TRIPS') {
      const { data } = await client.query({ query: FuseTripsDocument, fetchPolicy: 'no-cache' })
      if (data) past.set((was) => withTrips(was, data))
      return Boolean(data?.fuses)
    }
    const { data } = await client.query({ query: FuseBoardDocument, fetchPolicy: 'no-cache' })
    past.set((was) => (data ? withBoard(was, data, performance.now()) : { ...was, state: 'FAILED' }))
    return Boolean(data?.fuses)
  } catch {
    past.set((was) => ({ ...was, state: 'FAILED' }))
    return false
  }
})

const isVisible = () => document.visibilityState === 'visible'

const listenAgainMs = 2_000

/** Each second that comes in, while somebody looks: pushed, so that a board costs no request for them. */
const listenToSeconds = (client: ApolloClient, past: Store<Past>): (() => void) => {
  let stop = () => {}
  let again: ReturnType<typeof setTimeout> | undefined
  const listen = () => {
    const subscription = client.subscribe({ query: FuseSecondsDocument, fetchPolicy: 'no-cache' }).subscribe({
      next: ({ data }) => {
        if (data) past.set((was) => withSeconds(was, data.fuseChanged, performance.now()))
      },
      complete: () => {
        again = setTimeout(listen, listenAgainMs)
      },
    })
    stop = () => subscription.unsubscribe()
  }
  listen()
  return () => {
    clearTimeout(again)
    stop()
  }
}

const phasesOf = (fuses: FuseFeed['fuses']) => [...fuses.get().values()].map(({ id, state, since }) => `${id} ${state} ${since}`).join('\n')

/** Whoever is told of a change of state of any fuse. */
const onChangedState = (fuses: FuseFeed['fuses'], tell: () => void): (() => void) => {
  let known = phasesOf(fuses)
  return fuses.subscribe(() => {
    const now = phasesOf(fuses)
    if (now === known) return
    known = now
    tell()
  })
}

export type PastOptions = { readonly client: ApolloClient; readonly fuses: FuseFeed['fuses']; readonly connection: Store<Connection> }

/** The two minutes and the hour that a board shows, kept fresh while it is open and the page is looked at. */
export const openPast = ({ client, fuses, connection }: PastOptions): { readonly past: Store<Past>; close(): void } => {
  const past = openStore(nothingKnown)
  const { want, close } = openQuestions(client, past)
  let stop: (() => void) | null = null
  const look = () => {
    if (isVisible() && !stop) {
      want('BOARD')
      stop = listenToSeconds(client, past)
    } else if (!isVisible()) {
      stop?.()
      stop = null
    }
  }
  const endings = [
    onChangedState(fuses, () => isVisible() && want('TRIPS')),
    connection.subscribe(() => connection.get() === 'ONLINE' && isVisible() && want('BOARD')),
  ]
  const timer = setInterval(() => {
    if (isVisible() && [...fuses.get().values()].some(({ state }) => state !== 'CLOSED')) want('TRIPS')
  }, duringOutageMs)
  document.addEventListener('visibilitychange', look)
  look()
  return {
    past,
    close: () => {
      document.removeEventListener('visibilitychange', look)
      clearInterval(timer)
      for (const end of endings) end()
      close()
      stop?.()
    },
  }
}
