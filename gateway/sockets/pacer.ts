/** Work that is done in the order in which it comes, a few milliseconds at a time, so that everybody else gets their turn. */
export type Pacer<T> = { add(work: T): void }

const sliceMs = 4
/** The clock is looked at once for so many. */
const stride = 16

/**
 * One event may go out on tens of thousands of sockets: at once, that would hold up the process for a third of a second. What is added is
 * done in a later turn of the event loop, and at most `sliceMs` of it in one turn.
 */
export const openPacer = <T>(work: (item: T) => void): Pacer<T> => {
  let waiting: T[] = []
  let at = 0
  let scheduled = false
  const turn = () => {
    const until = performance.now() + sliceMs
    while (at < waiting.length) {
      const some = waiting.slice(at, at + stride)
      at += some.length
      for (const item of some) work(item)
      if (performance.now() > until) break
    }
    if (at >= waiting.length) {
      waiting = []
      at = 0
      scheduled = false
    } else {
      setImmediate(turn)
    }
  }
  return {
    add: (item) => {
      waiting.push(item)
      if (scheduled) return
      scheduled = true
      setImmediate(turn)
    },
  }
}
