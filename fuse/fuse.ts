import { describeFuse } from './call-span.ts'
import type { Clock } from './clock.ts'
import type { FuseLog } from './failure-log.ts'
import type { Figures } from './figures.ts'
import { checkFuseSettings } from './fuse-settings.ts'
import { openFusedCalls } from './fused-calls.ts'
import type { FusedCalls } from './fused-calls.ts'
import { Guard } from './guard.ts'
import type { FuseSettings } from './settings.ts'
import type { FuseSnapshot } from './snapshot.ts'
import type { StaleStore } from './stale.ts'

export type { Outdated } from './fused-calls.ts'
export type { FusedReadOptions } from './kind.ts'

/**
 * What stands between a resolver and one backend, in one process: a deadline for each attempt, a bulkhead with a bounded queue, retries
 * of reads, a breaker, and the last good values.
 */
export type Fuse = FusedCalls &
  AsyncDisposable & {
    /** The backend's configured name. */
    readonly name: string
    snapshot(): FuseSnapshot
    /** Probes now, and resolves when the probe has ended. Where nothing was read yet, the next caller's call is the probe. */
    tryNow(): Promise<void>
    /** Keeps the fuse open for `forMs` milliseconds (at most 24.8 days); it is probed after that. */
    hold(reason: string, forMs: number): void
    /** Ends a hold: the fuse is half open then, and closes when its probes succeed. */
    release(): void
    /** Who holds it open, and for how long yet; null where nobody does. */
    readonly held: { readonly reason: string; readonly forMs: number } | null
  }

export type FuseOptions = {
  readonly settings: FuseSettings
  readonly backend: string
  /** Whose values are kept: fuses of the same source share them. */
  readonly source: string
  readonly protocol: string
  /** The backend's, for traces. */
  readonly url?: string
  readonly instance: string
  readonly stale: StaleStore
  readonly clock: Clock
  readonly figures: Figures
  readonly log?: FuseLog
  /** Told of each change of state, in the same tick. */
  readonly changed?: () => void
  readonly disposed?: () => void
}

const words = { OPEN: 'open', HALF_OPEN: 'half open', CLOSED: 'closed' } as const

/** Opens a closed fuse. Throws UnfitSettings where it could not hold. Connects nothing. */
export const openFuse = (opt: FuseOptions): Fuse => {
  const { backend, clock, figures, instance, protocol, settings } = opt
  checkFuseSettings(backend, settings)
  const trace = describeFuse(opt)
  const changed = () => {
    const { state, heldUntil } = guard.state()
    const fields = { backend, state, heldUntil, lastErrorCode: figures.lastErrorCode }
    opt.log?.[state === 'OPEN' ? 'warn' : 'info'](fields, `the fuse is ${words[state]}`)
    opt.changed?.()
  }
  const guard = new Guard({ backend, settings, clock, figures, trace, changed })
  const { calls, close } = openFusedCalls({ ...opt, guard, trace })
  return {
    ...calls,
    name: backend,
    snapshot: () => ({
      id: `${instance}/${backend}`,
      backend,
      instance,
      protocol,
      timeoutMs: settings.timeoutMs,
      ...guard.state(),
      ...figures.snapshot(),
    }),
    tryNow: () => guard.tryNow(),
    hold: (reason, forMs) => guard.hold(reason, forMs),
    release: () => guard.release(),
    get held() {
      return guard.held
    },
    [Symbol.asyncDispose]: async () => {
      guard.dispose()
      close()
      opt.disposed?.()
    },
  }
}
