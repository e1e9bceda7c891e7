import { openTurns } from '../turns.ts'
import type { ChatStore } from './backend.ts'
import { atInbox } from './presence.ts'
import type { Presence } from './presence.ts'

/* Who is there is told over the bus for whoever looks, and written down for whoever decides: a bus that fails takes nothing from anybody. */

/** What is said of who is there is said again in this time; who was not seen for three times as long is gone, also where the process died that said it. */
const sayEveryMs = 10_000
export const forgetMs = 30_000

/** What fails is tried again by whoever looks next. */
export type Guarded = (work: () => Promise<void>) => () => Promise<void>

export type AttendanceOptions = {
  readonly store: Pick<ChatStore, 'seeAgents'>
  readonly presence: Pick<Presence, 'isAt' | 'listHere' | 'onChangeHere'>
  readonly guarded: Guarded
  /** Called when what has changed is written. */
  readonly told: () => void
  readonly now?: () => number
}

/** Writes down which agents are there in this process: when they come, when they go, and again and again. */
export const openAttendance = ({ store, presence, guarded, told, now = Date.now }: AttendanceOptions) => {
  const news = new Map<string, boolean>()
  const state = { saidAt: now(), saying: Promise.resolve() }
  const telling = openTurns(guarded(async () => {
    const all = [...news]
    news.clear()
    for (const isHere of [true, false]) await store.seeAgents(all.filter(([, is]) => is === isHere).map(([id]) => id), isHere, now())
    told()
  }))
  presence.onChangeHere((at, who, isHere) => {
    // Who has gone here may still be there in another process, which then says so.
    if (at !== atInbox || (!isHere && presence.isAt(at, who))) return
    news.set(who, isHere)
    telling.ask()
  })
  const say = async (at: number) => {
    if (at - state.saidAt < sayEveryMs) return
    await store.seeAgents(presence.listHere(atInbox), true, at)
    // Only now: what could not be written is not said.
    state.saidAt = at
  }
  return {
    /**
     * Resolves when it is written, whoever of several asked first, that those who are here were so at `at`, or less than the time before it in which that is
     * said again. Who is gone has to be judged by the same `at`: a clock may have gone far ahead while it was written.
     */
    sayAgain: (at: number): Promise<void> => {
      state.saying = state.saying.catch(() => undefined).then(() => say(at))
      return state.saying
    },
    done: telling.done,
  }
}
