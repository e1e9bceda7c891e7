import type { Connection } from './connection.ts'
import { closings } from './protocol.ts'

/*
 * What comes up for each socket again and again, by one timer for all of them: a hundred thousand timers would cost more than the sockets.
 */

export type Rounds = Disposable & {
  /** It has `initMs` to say who it is. */
  add(connection: Connection): void
  /** It has said who it is: from now on it is pinged, and is closed with 4403 when its token has expired. */
  acknowledged(connection: Connection): void
  remove(connection: Connection): void
}

export type RoundsOptions = {
  /** How long a socket may stay silent at first. */
  readonly initMs: number
  /** How often each socket is pinged; one that gave no sign of life since the last time is dead. */
  readonly pingMs: number
}

/** What is waited for is noticed so much later at most, or a quarter of it where that is less. */
const coarsestMs = 250

export const openRounds = ({ initMs, pingMs }: RoundsOptions): Rounds => {
  const tickMs = Math.max(5, Math.min(coarsestMs, Math.floor(Math.min(initMs, pingMs) / 4)))
  const silent = openSilent(initMs)
  const expiring = openExpiring()
  const pinging = openPinging(Math.max(1, Math.round(pingMs / tickMs)))
  const timer = setInterval(() => {
    silent.tick()
    expiring.tick()
    pinging.tick()
  }, tickMs).unref()
  return {
    add: (connection) => silent.add(connection),
    acknowledged: (connection) => {
      silent.remove(connection)
      expiring.add(connection)
      pinging.add(connection)
    },
    remove: (connection) => {
      silent.remove(connection)
      expiring.remove(connection)
      pinging.remove(connection)
    },
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

/** All have the same time, so the one that came first is the first that is late. */
const openSilent = (initMs: number) => {
  const since = new Map<Connection, number>()
  return {
    add: (connection: Connection) => void since.set(connection, performance.now()),
    remove: (connection: Connection) => void since.delete(connection),
    tick: () => {
      for (const [connection, at] of since) {
        if (performance.now() - at < initMs) break
        since.delete(connection)
        if (connection.isSilent) connection.close(closings.initTimeout)
      }
    },
  }
}

const secondOf = ({ expiresAt }: Connection) => Math.ceil(expiresAt / 1000)

/** By the second in which their tokens expire, so that a round looks at the past ones alone. */
const openExpiring = () => {
  const bySecond = new Map<number, Set<Connection>>()
  const remove = (connection: Connection) => {
    const second = secondOf(connection)
    const others = bySecond.get(second)
    others?.delete(connection)
    if (others?.size === 0) bySecond.delete(second)
  }
  let looked = Math.floor(Date.now() / 1000)
  return {
    add: (connection: Connection) => {
      const second = secondOf(connection)
      bySecond.set(second, (bySecond.get(second) ?? new Set()).add(connection))
    },
    remove,
    tick: () => {
      const now = Math.floor(Date.now() / 1000)
      if (now === looked) return
      looked = now
      const past = [...bySecond.keys()].filter((second) => second <= now)
      for (const connection of past.flatMap((second) => [...(bySecond.get(second) ?? [])])) {
        remove(connection)
        connection.close(closings.forbidden)
      }
    },
  }
}

/** Each round asks one share of the sockets. */
const openPinging = (shares: number) => {
  const shared = Array.from({ length: shares }, () => new Set<Connection>())
  let added = 0
  let round = 0
  return {
    add: (connection: Connection) => {
      shared[added % shares]?.add(connection)
      added += 1
    },
    remove: (connection: Connection) => {
      for (const share of shared) if (share.delete(connection)) return
    },
    tick: () => {
      for (const connection of shared[round % shares] ?? []) connection.ping()
      round += 1
    },
  }
}
