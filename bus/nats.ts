import { connect } from '@nats-io/transport-node'
import type { NatsConnection, Subscription } from '@nats-io/transport-node'
import { checkSubject } from './bus.ts'
import type { Bus, BusLog } from './bus.ts'
import { openListeners } from './listeners.ts'
import type { Listeners } from './listeners.ts'

/** `url` is `nats://host:port`, or `tls://…`; `prefix` keeps several hubs on one server apart. */
export type NatsOptions = {
  readonly url: string
  readonly prefix: string
  readonly name: string
  readonly token?: string
  readonly log: BusLog
}

const connectMs = 2_000
const againMs = 500

type State = { connection: NatsConnection | null; closed: boolean; readonly reached: Set<() => void>; readonly subscribed: Map<string, Subscription> }

/**
 * The bus of a hub that is several processes: core NATS (https://docs.nats.io/nats-concepts/core-nats). Nothing waits for the server: it is
 * looked for in the background, at first and whenever it was lost.
 */
export const openNatsBus = (opt: NatsOptions): Bus => {
  const listeners = openListeners(opt.log)
  const state: State = { connection: null, closed: false, reached: new Set(), subscribed: new Map() }
  const ended = new AbortController()
  const connecting = keepConnected(opt, state, listeners, ended.signal)
  return {
    reachesOthers: true,
    publish: (subject, message) => {
      checkSubject(subject)
      // What can't be sent now is not kept: it would wake somebody for what is long over.
      if (state.connection) send(state.connection, `${opt.prefix}.${subject}`, JSON.stringify(message), opt.log)
    },
    subscribe: (subject, listener) => {
      checkSubject(subject)
      const end = listeners.add(subject, listener)
      follow(opt, state, listeners)
      return () => {
        end()
        follow(opt, state, listeners)
      }
    },
    onReached: (listener) => {
      state.reached.add(listener)
      if (state.connection) setImmediate(listener)
      return () => void state.reached.delete(listener)
    },
    flush: async () => {
      if (!state.connection) throw new Error('the bus is not connected')
      await state.connection.flush()
    },
    [Symbol.asyncDispose]: async () => {
      state.closed = true
      ended.abort()
      await state.connection?.close()
      await connecting
    },
  }
}

const send = (connection: NatsConnection, subject: string, text: string, log: BusLog): void => {
  try {
    connection.publish(subject, text)
  } catch (error) {
    log.warn({ err: error, subject }, 'a message of the bus was not sent')
  }
}

/** NATS is subscribed to what somebody here listens to, and to nothing else. */
const follow = ({ prefix, log }: NatsOptions, { connection, subscribed }: State, listeners: Listeners): void => {
  if (!connection) return
  const wanted = new Set(listeners.subjects)
  for (const [subject, subscription] of subscribed) {
    if (wanted.has(subject)) continue
    subscription.unsubscribe()
    subscribed.delete(subject)
  }
  for (const subject of wanted) {
    if (subscribed.has(subject)) continue
    const callback = (error: Error | null, message: { string(): string }) => {
      if (error) log.warn({ err: error, subject }, 'the bus refuses a subject')
      else listeners.tell(subject, message.string())
    }
    subscribed.set(subject, connection.subscribe(`${prefix}.${subject}`, { callback }))
  }
}

const keepConnected = async (opt: NatsOptions, state: State, listeners: Listeners, ended: AbortSignal): Promise<void> => {
  const { log, url, name, token } = opt
  const isClosed = () => state.closed
  let told = false
  while (!isClosed()) {
    try {
      const connection = await connect({ servers: url, name, timeout: connectMs, maxReconnectAttempts: -1, reconnectTimeWait: againMs, ...(token === undefined ? {} : { token }) })
      told = false
      await serve(opt, state, listeners, connection, isClosed)
    } catch (error) {
      if (!told) log.warn({ err: error }, 'the bus can not be reached; it is looked for until it can')
      told = true
    }
    if (!isClosed()) await pause(againMs, ended)
  }
}

/** Ends when the connection does, which is for good: what breaks comes back by itself. */
const serve = async (opt: NatsOptions, state: State, listeners: Listeners, connection: NatsConnection, isClosed: () => boolean): Promise<void> => {
  if (isClosed()) return connection.close()
  const reach = () => {
    state.connection = connection
    follow(opt, state, listeners)
    for (const listener of [...state.reached]) listener()
  }
  reach()
  opt.log.info({}, 'the bus is connected')
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') {
      state.connection = null
      opt.log.warn({}, 'the bus was lost')
    }
    if (type === 'reconnect') reach()
  }
  state.connection = null
  state.subscribed.clear()
}

/** Keeps no process alive. */
const pause = (ms: number, ended: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms).unref()
    ended.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    }, { once: true })
  })
