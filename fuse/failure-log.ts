import type { Clock } from './clock.ts'
import { BackendFailure } from './errors.ts'

/** What pino's Logger has, and all that a fuse needs of it. */
export type FuseLog = {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
}

const silentMs = 10_000

type Said = { readonly at: number; unsaid: number }

/**
 * Tells an operator why calls fail, also where nobody else learns of it: a stale value stood in, a retry succeeded, it was a probe. Of
 * one code it says one in ten seconds, and how many it did not say since: a dead backend fails thousands of times a minute, each time
 * for the same reason. Who hung up is no failure.
 */
export const openFailureLog = (backend: string, clock: Clock, log: FuseLog | undefined): ((failure: unknown) => void) => {
  const said = new Map<string, Said>()
  return (failure) => {
    if (!(failure instanceof BackendFailure)) return
    const before = said.get(failure.code)
    if (before && clock.elapsed() - before.at < silentMs) {
      before.unsaid += 1
      return
    }
    said.set(failure.code, { at: clock.elapsed(), unsaid: 0 })
    log?.warn({ backend, err: failure, ...(before ? { unsaid: before.unsaid } : {}) }, 'a call of a backend failed')
  }
}
