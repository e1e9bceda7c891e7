import { openConnection } from './connection.ts'
import type { Address, Connection } from './connection.ts'
import { readMessage } from './messages.ts'
import type { Answer, ServerMessage } from './messages.ts'

/* A client of graphql-transport-ws (https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md), thin enough to run thousands of. */

export type SubscriptionHandlers = {
  next(answer: Answer): void
  /** The server ended it: without errors where it was complete. */
  ended(errors: Answer['errors']): void
}

export type GraphqlClient = {
  /** Resolves once the server acknowledged the token. Rejects with `SocketClosed`. */
  readonly ready: Promise<unknown>
  /** A query or a mutation. Rejects with `SocketClosed` where the wire was cut before it was answered. */
  ask(query: string, variables: Readonly<Record<string, unknown>>): Promise<Answer>
  /** Gives what ends it. */
  subscribe(query: string, variables: Readonly<Record<string, unknown>>, handlers: SubscriptionHandlers): () => void
  /** Resolves with the server's pong: it has read everything that was sent before. */
  ping(): Promise<void>
  readonly open: boolean
  close(): void
  /** Cuts the wire, and says so to whoever waits. */
  cut(): void
}

export class SocketClosed extends Error {
  readonly code: number | null

  constructor(code: number | null, reason: string) {
    super(`the socket is closed: ${code ?? 'no code'} ${reason}`)
    this.code = code
  }
}

export type ClientOptions = {
  readonly address: Address
  readonly token: string
  /** Once, after the last answer. Not told of where this side ended it. */
  readonly closed?: (closing: SocketClosed) => void
}

type Operations = Map<string, SubscriptionHandlers>

/** What one client waits for. */
type Waiting = { readonly operations: Operations; readonly pongs: (() => void)[]; readonly cut: Set<(closing: SocketClosed) => void> }

const onMessage = ({ operations, pongs }: Waiting, connection: Connection, acknowledged: () => void, told: ServerMessage): void => {
  if (told.type === 'next') return operations.get(told.id)?.next(told.answer)
  if (told.type === 'connection_ack') return acknowledged()
  if (told.type === 'ping') return connection.sendText('{"type":"pong"}')
  if (told.type === 'pong') return pongs.shift()?.()
  const operation = operations.get(told.id)
  operations.delete(told.id)
  operation?.ended(told.type === 'error' ? told.errors : [])
}

export const openGraphqlClient = ({ address, token, closed }: ClientOptions): GraphqlClient => {
  const waiting: Waiting = { operations: new Map(), pongs: [], cut: new Set() }
  const init = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  const acknowledged = Promise.withResolvers<undefined>()
  // Whoever waits is told of the failure; where nobody does it must not end the process.
  acknowledged.promise.catch(() => {})
  let over: SocketClosed | null = null
  let lastId = 0

  const end = (closing: SocketClosed): boolean => {
    if (over !== null) return false
    over = closing
    acknowledged.reject(closing)
    for (const reject of [...waiting.cut]) reject(closing)
    return true
  }
  const connection = openConnection(address, {
    opened: () => connection.sendText(init),
    text: (text) => onMessage(waiting, connection, () => acknowledged.resolve(undefined), readMessage(text)),
    closed: (code, reason) => {
      const closing = new SocketClosed(code, reason)
      if (end(closing)) closed?.(closing)
    },
  })
  /** A promise that is rejected as well when the socket is closed. */
  const untilClosed = <T>(begin: (resolve: (value: T) => void, reject: (error: Error) => void) => void): Promise<T> => {
    if (over !== null) return Promise.reject(over)
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    waiting.cut.add(reject)
    begin(resolve, reject)
    return promise.finally(() => waiting.cut.delete(reject))
  }
  const begin = (query: string, variables: Readonly<Record<string, unknown>>, handlers: SubscriptionHandlers): string => {
    lastId += 1
    const id = String(lastId)
    waiting.operations.set(id, handlers)
    connection.sendText(JSON.stringify({ id, type: 'subscribe', payload: { query, variables } }))
    return id
  }
  return {
    ready: acknowledged.promise,
    ask: (query, variables) =>
      untilClosed((resolve, reject) => {
        const missing = new Error('completed without an answer')
        const ended = (errors: Answer['errors']) => (errors.length > 0 ? resolve({ data: null, errors }) : reject(missing))
        begin(query, variables, { next: resolve, ended })
      }),
    subscribe: (query, variables, handlers) => {
      const id = begin(query, variables, handlers)
      return () => {
        if (waiting.operations.delete(id)) connection.sendText(JSON.stringify({ id, type: 'complete' }))
      }
    },
    ping: () =>
      untilClosed((resolve) => {
        waiting.pongs.push(() => resolve())
        connection.sendText('{"type":"ping"}')
      }),
    get open() {
      return over === null
    },
    close: () => {
      end(new SocketClosed(1000, 'it was closed here'))
      connection.close()
    },
    cut: () => {
      connection.destroy()
      end(new SocketClosed(null, 'it was cut here'))
    },
  }
}
