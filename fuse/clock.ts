/** Where a fuse reads the time; a test hands in one that it turns by hand. */
export type Clock = {
  /** Unix milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment, with fractions; never runs backwards. For durations. */
  elapsed(): number
}

export const systemClock: Clock = { now: () => Date.now(), elapsed: () => performance.now() }
