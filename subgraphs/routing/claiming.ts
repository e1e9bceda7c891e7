import type { Logger } from 'pino'
import type { Bus } from '../../bus/bus.ts'
import { Unreachable } from '../../fuse/errors.ts'
import type { RoutingMeter } from '../environment.ts'
import type { RoutingDecision } from '../routing-decision.ts'
import { routingDecided, routingWanted } from '../routing-subjects.ts'
import { openTurns } from '../turns.ts'
import type { RoutingStore, Wanted } from './backend.ts'
import type { Learning } from './learning.ts'
import type { Router } from './router.ts'

export type ClaimingOptions = {
  readonly store: Pick<RoutingStore, 'claim'>
  readonly route: Router
  readonly learning: Pick<Learning, 'isReady' | 'onReady'>
  readonly bus: Bus
  readonly log: Logger
  readonly meter: RoutingMeter
  readonly now?: () => number
  /** How often it is looked for what nobody woke it for. */
  readonly lookMs?: number
}

const lookEveryMs = 1_000

/** Decides what was opened, by whichever process: the bus wakes it, and what the bus lost is found by looking. Disposing waits for what it has in hand. */
export const openClaiming = ({ store, route, learning, bus, log, meter, now = Date.now, lookMs = lookEveryMs }: ClaimingOptions): AsyncDisposable => {
  const decideOne = ({ text, chosen, wantedAt }: Wanted): RoutingDecision => {
    const at = now()
    const decision = route({ text, chosen, asker: { kind: 'visitor' }, at })
    meter.decided({ isDefault: decision.fallback, waitedMs: at - wantedAt })
    return decision
  }
  const claimAll = async (): Promise<void> => {
    if (!learning.isReady) return
    while ((await store.claim(decideOne)) > 0) bus.publish(routingDecided, {})
  }
  const turns = openTurns(() =>
    claimAll().catch((error: unknown) => log[error instanceof Unreachable ? 'debug' : 'error']({ err: error }, 'what was opened can not be routed now; that is tried again')),
  )
  const endWanted = bus.subscribe(routingWanted, turns.ask)
  learning.onReady(turns.ask)
  const timer = setInterval(turns.ask, lookMs).unref()
  return {
    [Symbol.asyncDispose]: async () => {
      clearInterval(timer)
      endWanted()
      await turns.done()
    },
  }
}
