import type { FuseSettings } from './settings.ts'

/** A setting under which a fuse would not hold. */
export class UnfitSettings extends Error {
  constructor(backend: string, faults: readonly string[]) {
    super(`the fuse of ${backend} can't hold with these settings: ${faults.join('; ')}`)
    this.name = 'UnfitSettings'
  }
}

const rule = (broken: boolean, words: string): readonly string[] => (broken ? [words] : [])

const isWhole = (value: number, least: number) => Number.isInteger(value) && value >= least

/**
 * Throws where a fuse would not hold. `openMs` must be longer than an attempt, so that none which began before the fuse opened still
 * runs when it is half open; waiting in the queue and between retries does not count, as both happen before the breaker.
 * A failure rate of 100 would never open it.
 */
export const checkFuseSettings = (backend: string, { breaker, ...settings }: FuseSettings): void => {
  const { failureRate, minimumCalls, openMs, probes, window } = breaker
  const faults = [
    ...rule(!(settings.timeoutMs > 0 && settings.timeoutMs < 2 ** 31), `timeoutMs is more than 0, not ${settings.timeoutMs}`),
    ...rule(!isWhole(settings.concurrency, 1), `concurrency is a whole number from 1, not ${settings.concurrency}`),
    ...rule(!isWhole(settings.queueSize, 0), `queueSize is a whole number from 0, not ${settings.queueSize}`),
    ...rule(!(settings.queueWaitMs >= 0 && settings.queueWaitMs < 2 ** 31), `queueWaitMs is 0 or more, not ${settings.queueWaitMs}`),
    ...rule(!isWhole(settings.retries, 0), `retries is a whole number from 0, not ${settings.retries}`),
    ...rule(!(settings.retryBudget >= 0 && settings.retryBudget <= 1), `retryBudget is 0 to 1, not ${settings.retryBudget}`),
    ...rule(!(failureRate >= 1 && failureRate <= 99), `breaker.failureRate is 1 to 99 per cent, not ${failureRate}`),
    ...rule(!isWhole(minimumCalls, 1), `breaker.minimumCalls is a whole number from 1, not ${minimumCalls}`),
    ...rule(!isWhole(window, minimumCalls), `breaker.window is at least minimumCalls (${minimumCalls}), not ${window}`),
    ...rule(!isWhole(probes, 1), `breaker.probes is a whole number from 1, not ${probes}`),
    ...rule(!(openMs > settings.timeoutMs), `breaker.openMs (${openMs}) must be longer than timeoutMs (${settings.timeoutMs})`),
  ]
  if (faults.length > 0) throw new UnfitSettings(backend, faults)
}
