import { mock } from 'node:test'
import type { CallOptions, Freshness, Row } from '../../fuse/call.ts'
import type { Clock } from '../../fuse/clock.ts'
import type { FusedReadOptions } from '../../fuse/fuse.ts'
import { openRegistry } from '../../fuse/registry.ts'
import type { FuseSettings } from '../../fuse/settings.ts'

/** Fuses with short windows, before time that the test turns by hand. */
export const shortSettings: FuseSettings = {
  timeoutMs: 1_000,
  concurrency: 8,
  queueSize: 4,
  queueWaitMs: 500,
  retries: 0,
  retryIntervalMs: 50,
  retryBudget: 0.1,
  breaker: { enabled: true, window: 4, minimumCalls: 4, failureRate: 50, openMs: 1_500, probes: 1 },
}

export const handClock: Clock = { now: () => Date.now(), elapsed: () => Date.now() }

/** Time stands still until `pass` is called. To be disposed before real timers are needed again. */
export const stopTime = () => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: 1_000_000 })
  return {
    /** In steps, so that what a timer sets going can set timers of its own. */
    pass: async (ms: number, stepMs = 10) => {
      await settle()
      for (let passed = 0; passed < ms; passed += stepMs) {
        mock.timers.tick(Math.min(stepMs, ms - passed))
        await settle()
      }
    },
    [Symbol.dispose]: () => mock.timers.reset(),
  }
}

/** Everything that can happen without time passing has happened. */
export const settle = async () => {
  for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve))
}

export const openTestFuse = (settings: Partial<FuseSettings> = {}, breaker: Partial<FuseSettings['breaker']> = {}) => {
  const registry = openRegistry({ instance: 'test', staleBytes: 1_000_000, clock: handClock })
  const fuse = registry.open({
    backend: 'crm',
    protocol: 'form',
    settings: { ...shortSettings, ...settings, breaker: { ...shortSettings.breaker, ...breaker } },
  })
  return { registry, fuse, [Symbol.asyncDispose]: () => registry[Symbol.asyncDispose]() }
}

export const anyAge: Freshness = { maxAgeMs: 0, staleIfErrorMs: 600_000, onlyIfCached: false }
export const nothingStale: Freshness = { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }

export const asking = (freshness: Partial<Freshness> = {}, opt: Partial<FusedReadOptions> = {}): FusedReadOptions => ({
  signal: new AbortController().signal,
  freshness: { ...nothingStale, ...freshness },
  ...opt,
})

export type Asked = { readonly keys: readonly string[]; readonly opt: CallOptions }

/** A backend that does as it is told, and remembers what it was asked. `well` answers each key with its own name. */
export const openBackend = () => {
  const asked: Asked[] = []
  const backend = {
    asked,
    does: (keys: readonly string[], _opt: CallOptions): Promise<readonly Row<string>[]> =>
      Promise.resolve(keys.map((key) => `value of ${key}`)),
    find: (keys: readonly string[], opt: CallOptions) => {
      asked.push({ keys, opt })
      return backend.does(keys, opt)
    },
    findOne: async (key: string, opt: CallOptions): Promise<string> => {
      const [row] = await backend.find([key], opt)
      if (typeof row === 'string') return row
      throw row ?? new Error('there is no row')
    },
    isWell: () => {
      backend.does = (keys) => Promise.resolve(keys.map((key) => `value of ${key}`))
    },
    hangs: () => {
      backend.does = () => new Promise(() => undefined)
    },
    fails: (failure: () => Error) => {
      backend.does = () => Promise.reject(failure())
    },
  }
  return backend
}

/** What a promise came to by now. */
export const outcomeOf = (promise: Promise<unknown>) => {
  const outcome: { settled: boolean; value?: unknown; failure?: unknown } = { settled: false }
  promise.then(
    (value) => Object.assign(outcome, { settled: true, value }),
    (failure: unknown) => Object.assign(outcome, { settled: true, failure }),
  )
  return outcome
}
