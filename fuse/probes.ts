import type { Run } from './task.ts'

/** Of reads that failed, the last so many; a probe that always fails for its own reasons must not keep a fuse open for ever. */
const remembered = 8

/** What a fuse asks a backend to find out whether it is well again: reads only, as they change nothing. */
export type ProbeMemory = {
  failed(run: Run): void
  answered(run: Run): void
  /** The last failed read first, then those before it, in turn; one that was answered where none failed; null where nothing was read. */
  next(): Run | null
  /** To be told when the fuse has closed. */
  forgetFailed(): void
}

export const openProbeMemory = (): ProbeMemory => {
  let failed: readonly Run[] = []
  let answered: Run | null = null
  let round = 0
  return {
    failed: (run) => {
      failed = [run, ...failed].slice(0, remembered)
      round = 0
    },
    answered: (run) => {
      answered = run
    },
    next: () => {
      const run = failed[round % Math.max(1, failed.length)] ?? answered
      round += 1
      return run
    },
    forgetFailed: () => {
      failed = []
      round = 0
    },
  }
}
