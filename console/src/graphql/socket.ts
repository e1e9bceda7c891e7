import { createClient } from 'graphql-ws'
import type { Client } from 'graphql-ws'
import { openStore } from '../store.ts'
import type { Store } from '../store.ts'
import type { Connection } from './connection.ts'

export type Socket = {
  readonly client: Client
  readonly connection: Store<Connection>
  close(): void
}

export type SocketOptions = {
  /** Asked at each connection. */
  readonly token: () => string
  /** The hub says that the token is not valid, or no longer. */
  readonly onForbidden: () => void
}

const forbiddenCode = 4403
const pingMs = 10_000
const pongMs = 5_000

/** Doubles from 250 ms to 15 s, and is spread, as a restarted hub is asked by everybody at once. */
const backoffMs = (retries: number) => Math.min(250 * 2 ** retries, 15_000) * (0.5 + Math.random() / 2)

const codeOf = (event: unknown): number | null =>
  typeof event === 'object' && event !== null && 'code' in event && typeof event.code === 'number' ? event.code : null

/** The socket to `url`: it comes back for ever, at once when the machine wakes up, and notices a peer that says nothing any more. */
export const openSocket = (url: string, { token, onForbidden }: SocketOptions): Socket => {
  const connection = openStore<Connection>('CONNECTING')
  let wake = () => {}
  let pong: ReturnType<typeof setTimeout> | undefined
  const client = createClient({
    url,
    lazy: false,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    connectionParams: () => ({ authorization: `Bearer ${token()}` }),
    keepAlive: pingMs,
    retryWait: (retries) => new Promise((resolve) => {
      const timer = setTimeout(resolve, backoffMs(retries))
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    }),
    on: {
      connected: () => connection.set(() => 'ONLINE'),
      ping: (received) => {
        if (!received) pong = setTimeout(() => client.terminate(), pongMs)
      },
      pong: (received) => {
        if (received) clearTimeout(pong)
      },
      closed: (event) => {
        clearTimeout(pong)
        connection.set(() => 'OFFLINE')
        if (codeOf(event) === forbiddenCode) onForbidden()
      },
    },
    onNonLazyError: () => connection.set(() => 'OFFLINE'),
  })
  const woken = () => {
    if (document.visibilityState === 'visible') wake()
  }
  window.addEventListener('online', woken)
  document.addEventListener('visibilitychange', woken)
  return {
    client,
    connection,
    close: () => {
      window.removeEventListener('online', woken)
      document.removeEventListener('visibilitychange', woken)
      void client.dispose()
    },
  }
}
