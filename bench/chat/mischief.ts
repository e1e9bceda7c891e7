import { setTimeout as sleep } from 'node:timers/promises'
import { startChatHub } from './hub.ts'
import type { ChatHub, ChatHubOptions } from './hub.ts'
import type { Line } from './line.ts'

/** A hub that can be killed and comes back, at another port, on the same data. */
export type MortalHub = AsyncDisposable & { readonly present: ChatHub; killAndRestart(): Promise<void> }

export const startMortalHub = async (opt: ChatHubOptions): Promise<MortalHub> => {
  let present = await startChatHub(opt)
  return {
    get present() {
      return present
    },
    killAndRestart: async () => {
      await present.kill()
      present = await startChatHub(opt)
    },
    [Symbol.asyncDispose]: () => present[Symbol.asyncDispose](),
  }
}

export type Mischief = { kills: number; cuts: number }

const [leastMs, mostMs] = [5_000, 10_000]
const cutEveryMs = 200

const untilOver = async (ms: number, signal: AbortSignal): Promise<void> => {
  // It rejects where the signal ends it, which is how it is meant to end.
  await sleep(ms, undefined, { signal }).catch(() => {})
}

const killOn = async (hub: MortalHub, mischief: Mischief, signal: AbortSignal): Promise<void> => {
  for (;;) {
    await untilOver(leastMs + Math.random() * (mostMs - leastMs), signal)
    if (signal.aborted) return
    await hub.killAndRestart()
    mischief.kills += 1
  }
}

const cutOn = async (lines: readonly Line[], mischief: Mischief, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    await untilOver(cutEveryMs, signal)
    if (lines[Math.floor(Math.random() * lines.length)]?.cut() === true) mischief.cuts += 1
  }
}

/** Kills the hub every 5 to 10 s and cuts a random line five times a second, until `signal`; a restart that has begun is finished. */
export const makeMischief = async (hub: MortalHub, lines: readonly Line[], signal: AbortSignal): Promise<Mischief> => {
  const mischief = { kills: 0, cuts: 0 }
  await Promise.all([killOn(hub, mischief, signal), cutOn(lines, mischief, signal)])
  return mischief
}
