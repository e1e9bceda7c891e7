import { setTimeout as sleep } from 'node:timers/promises'
import type { Address } from '../sockets/connection.ts'
import { openGraphqlClient, SocketClosed } from '../sockets/graphql-client.ts'
import type { GraphqlClient } from '../sockets/graphql-client.ts'
import type { Answer } from '../sockets/messages.ts'
import { dig, textAt } from './operations.ts'

/*
 * Somebody's line to the hub, as a good client keeps one: it comes back after a cut, resumes each subscription after the last cursor that
 * it had, and asks again what was not answered. It drops nothing of what it receives.
 */

export type Listening = {
  readonly query: string
  /** The root field. */
  readonly field: string
  readonly variables: Readonly<Record<string, unknown>>
  /** Resume after this cursor; null: from now on. */
  after: string | null
  readonly next: (event: unknown) => void
}

export type Line = {
  /** Asked again until it is answered, so only what may be asked twice. Rejects after 60 attempts, or where the line is closed. */
  ask(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer>
  listen(listening: Listening): void
  readonly connected: boolean
  /** Cuts the wire under it. False where there was none. */
  cut(): boolean
  close(): void
}

/** What happened to all lines together. */
export type LineCounts = { reconnected: number; resumed: number; askedAgain: number; readonly troubles: Map<string, number> }

export const openLineCounts = (): LineCounts => ({ reconnected: 0, resumed: 0, askedAgain: 0, troubles: new Map() })

export type LineOptions = { readonly address: () => Address; readonly token: string; readonly counts: LineCounts }

const [leastBackoffMs, mostBackoffMs] = [50, 1_000]
const mostAttempts = 60
const connectMs = 10_000

const addTrouble = ({ troubles }: LineCounts, what: string, why: string): void => {
  const word = `${what}: ${why}`
  troubles.set(word, (troubles.get(word) ?? 0) + 1)
}

/** Doubles with each attempt; random, so that thousands don't come back at once. */
const backoffMs = (attempt: number): number => Math.random() * Math.min(mostBackoffMs, leastBackoffMs * 2 ** Math.min(attempt, 10))

/** A client that the hub has acknowledged. Rejects where it did not within its time. */
const connectOnce = async ({ address, token }: LineOptions, closed: (closing: SocketClosed) => void): Promise<GraphqlClient> => {
  const client = openGraphqlClient({ address: address(), token, closed })
  const giveUp = setTimeout(() => client.cut(), connectMs)
  try {
    await client.ready
    return client
  } finally {
    clearTimeout(giveUp)
  }
}

const subscribeTo = (client: GraphqlClient, listening: Listening, counts: LineCounts, again: () => void): void => {
  const { query, field, variables, next } = listening
  client.subscribe(query, { ...variables, after: listening.after }, {
    next: ({ data, errors }) => {
      if (errors[0]) addTrouble(counts, field, `${errors[0].code} ${errors[0].message}`)
      const event = dig(data, field)
      listening.after = textAt(event, 'cursor') ?? listening.after
      if (event !== undefined && event !== null) next(event)
    },
    ended: ([error]) => {
      addTrouble(counts, field, error ? `${error.code} ${error.message}` : 'ended by the hub')
      again()
    },
  })
}

export const openLine = (opt: LineOptions): Line => {
  const { counts } = opt
  const listenings = new Set<Listening>()
  let client: GraphqlClient | null = null
  let waiting = Promise.withResolvers<GraphqlClient | null>()
  let over = false
  const isOver = () => over

  const resume = (listening: Listening, attempt = 0): void => {
    if (client === null) return
    const here = client
    const again = async () => {
      await sleep(200 + backoffMs(attempt))
      if (client === here) resume(listening, attempt + 1)
    }
    subscribeTo(here, listening, counts, () => void again())
  }
  const connect = async (): Promise<void> => {
    for (let attempt = 0; !over; attempt += 1) {
      const found = await connectOnce(opt, lost).catch(() => null)
      if (found?.open === true && !isOver()) {
        client = found
        for (const listening of listenings) resume(listening)
        return waiting.resolve(found)
      }
      found?.close()
      await sleep(backoffMs(attempt))
    }
  }
  // A client that was never acknowledged is tried again by `connect` itself.
  const lost = (): void => {
    if (client === null || over) return
    client = null
    waiting = Promise.withResolvers()
    counts.reconnected += 1
    counts.resumed += listenings.size
    void connect()
  }
  const tryOnce = async (query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer | null> => {
    const present = await waiting.promise
    if (present === null) throw new Error('the line was closed')
    try {
      const answer = await present.ask(query, variables)
      const [error] = answer.errors
      if (error === undefined) return answer
      addTrouble(counts, 'an answer', `${error.code} ${error.message}`)
    } catch (error) {
      if (!(error instanceof SocketClosed)) addTrouble(counts, 'no answer', String(error))
    }
    return null
  }
  void connect()
  return {
    ask: async (query, variables) => {
      for (let attempt = 0; attempt < mostAttempts && !isOver(); attempt += 1) {
        const answer = await tryOnce(query, variables)
        if (answer !== null) return answer
        counts.askedAgain += 1
        await sleep(backoffMs(attempt))
      }
      throw new Error(isOver() ? 'the line was closed' : `not answered after ${mostAttempts} attempts: ${[...counts.troubles.keys()].slice(-3).join('; ')}`)
    },
    listen: (listening) => {
      listenings.add(listening)
      resume(listening)
    },
    get connected() {
      return client !== null
    },
    cut: () => {
      const present = client
      present?.cut()
      lost()
      return present !== null
    },
    close: () => {
      over = true
      client?.close()
      waiting.resolve(null)
    },
  }
}
