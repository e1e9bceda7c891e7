import { checkSubject } from './bus.ts'
import type { Bus, BusLog } from './bus.ts'
import { openListeners } from './listeners.ts'

/** The bus of a hub that is one process. Messages arrive in a later turn of the event loop, as they would from another process. */
export const openMemoryBus = (log: BusLog): Bus => {
  const listeners = openListeners(log)
  const state = { closed: false }
  return {
    reachesOthers: false,
    publish: (subject, message) => {
      checkSubject(subject)
      if (!listeners.has(subject)) return
      const text = JSON.stringify(message)
      setImmediate(() => state.closed || listeners.tell(subject, text))
    },
    subscribe: (subject, listener) => {
      checkSubject(subject)
      return listeners.add(subject, listener)
    },
    onReached: (listener) => {
      const soon = setImmediate(listener)
      return () => clearImmediate(soon)
    },
    flush: () => new Promise((resolve) => setImmediate(resolve)),
    [Symbol.asyncDispose]: async () => {
      state.closed = true
    },
  }
}
