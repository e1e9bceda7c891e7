import { setTimeout as sleep } from 'node:timers/promises'
import type { Cast, Talk } from './cast.ts'
import type { Kind, Side } from './ledger.ts'

const tickMs = 10
/** Every fifth message of an agent is a note. */
const noteShare = 0.2
const drainMs = 90_000
const quietMs = 3_000

const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)]

/** A conversation and a side that waits for no acknowledgement; null where none was found in a few tries. */
const pickFree = (talks: readonly Talk[]): { readonly talk: Talk; readonly side: Side } | null => {
  for (let look = 0; look < 20; look += 1) {
    const talk = pick(talks)
    const side = Math.random() < 0.5 ? 'visitor' : 'agent'
    if (talk && !talk.busy[side]) return { talk, side }
  }
  return null
}

export type Said = { withheld: number; readonly failures: string[]; readonly running: Set<Promise<unknown>> }

/** Says `rate` messages a second for `seconds`, wherever nobody waits yet. Those that are not answered in the end still run. */
export const talk = async (cast: Cast, { rate, seconds }: { readonly rate: number; readonly seconds: number }): Promise<Said> => {
  const said: Said = { withheld: 0, failures: [], running: new Set() }
  const sayOne = () => {
    const free = pickFree(cast.talks)
    if (free === null) return void (said.withheld += 1)
    const kind: Kind = free.side === 'agent' && Math.random() < noteShare ? 'NOTE' : 'TEXT'
    const running = cast.say(free.talk, free.side, kind).catch((error: unknown) => said.failures.push(String(error)))
    said.running.add(running)
    void running.finally(() => said.running.delete(running))
  }
  const beganAt = performance.now()
  for (let due = 0, done = 0; due < rate * seconds; await sleep(tickMs)) {
    due = Math.min(rate * seconds, ((performance.now() - beganAt) / 1_000) * rate)
    for (; done < Math.floor(due); done += 1) sayOne()
  }
  return said
}

/** Waits, for a bounded time, until all is answered and nothing new arrives at lines that are all connected. Gives whether that came. */
export const drain = async ({ lines, received }: Cast, { running }: Said): Promise<boolean> => {
  const until = performance.now() + drainMs
  let [last, quietSince] = [-1, performance.now()]
  while (performance.now() < until) {
    const unsettled = running.size > 0 || lines.some(({ connected }) => !connected) || received.messages !== last
    last = received.messages
    if (unsettled) quietSince = performance.now()
    else if (performance.now() - quietSince >= quietMs) return true
    await sleep(100)
  }
  return false
}
