import type { Clock } from './clock.ts'

/** The longest that a timer of Node.js can wait: 24.8 days. */
const longestMs = 2 ** 31 - 1

/** An operator keeps a fuse open. `until` is in Unix milliseconds. */
export type Hold = {
  readonly until: number | null
  readonly reason: string | null
  /** For `forMs` from now, in place of a hold that there is. Throws a RangeError for no time at all. */
  begin(reason: string, forMs: number): void
  /** False where there was none. */
  end(): boolean
}

/** `expired` is called when a hold ends by itself. */
export const openHold = (clock: Clock, expired: () => void): Hold => {
  let present: { readonly reason: string; readonly until: number; readonly timer: NodeJS.Timeout } | null = null
  const end = () => {
    const was = present
    clearTimeout(was?.timer)
    present = null
    return was !== null
  }
  return {
    get until() {
      return present?.until ?? null
    },
    get reason() {
      return present?.reason ?? null
    },
    begin: (reason, forMs) => {
      if (!(forMs > 0)) throw new RangeError(`a fuse is held for more than 0 ms, not ${forMs}`)
      end()
      const ms = Math.min(forMs, longestMs)
      present = { reason, until: clock.now() + ms, timer: setTimeout(() => end() && expired(), ms).unref() }
    },
    end,
  }
}
