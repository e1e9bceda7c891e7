import type { Span } from '../fuse/span.ts'

/*
 * Loaders are shared by all fetches of one request, so that what they ask for is asked once; a loader therefore can't be told which
 * fetch it works for. But each load begins in code that runs to its end without waiting: while it runs, that code's fetch is the
 * present one. It never is another's, and where nobody said (after an `await` of a resolver), it is nobody's.
 */
let present: Span | undefined

/** Runs `work`, which must not be expected to set anything for what it leaves to later. */
export const during = <T>(span: Span | undefined, work: () => T): T => {
  const before = present
  present = span
  try {
    return work()
  } finally {
    present = before
  }
}

/** The fetch whose code runs now; undefined where none is traced. */
export const presentSpan = (): Span | undefined => present
