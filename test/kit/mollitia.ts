/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import { Circuit, SlidingCountBreaker } from 'mollitia'
import type { Module } from 'mollitia'
import { Unreachable } from '../../fuse/errors.ts'
import type { FuseSettings } from '../../fuse/settings.ts'
import { openBackend, openTestFuse, outcomeOf } from './fuses.ts'

export type Work = () => Promise<unknown>

/** A circuit of the bare library with these modules, whose function runs what it is given. */
export const openBare = (...through: Module[]) => {
  const circuit = new Circuit({ func: (work: Work) => work(), options: { modules: through } })
  const run = (work: Work) => outcomeOf(circuit.execute<unknown>(work))
  return { circuit, run, [Symbol.dispose]: () => circuit.dispose() }
}

const bareSettings = {
  slidingWindowSize: 4,
  minimumNumberOfCalls: 4,
  failureRateThreshold: 50,
  openStateDelay: 1_500,
  permittedNumberOfCallsInHalfOpenState: 1,
}

type BareOptions = Partial<typeof bareSettings> & { halfOpenStateMaxDelay?: number; onError?: (failure: unknown) => boolean }

export const openBareBreaker = (opt: BareOptions = {}) => {
  const breaker = new SlidingCountBreaker({ ...bareSettings, ...opt })
  const bare = openBare(breaker)
  return { ...bare, breaker, state: (): string => breaker.state, [Symbol.dispose]: () => bare.circuit.dispose() }
}

export const openFused = (settings: Partial<FuseSettings> = {}, breaker: Partial<FuseSettings['breaker']> = {}) => {
  const opened = openTestFuse(settings, breaker)
  const backend = openBackend()
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const write = opened.fuse.write<string, string>((key, opt) => backend.findOne(key, opt), () => [])
  return { ...opened, backend, read, write, state: () => opened.fuse.snapshot().state }
}

export const unreachable = () => new Unreachable('crm', 'connection refused')
export const fail: Work = () => Promise.reject(unreachable())
export const succeed: Work = () => Promise.resolve('well')

/** A promise that the test settles. */
export const pending = () => Promise.withResolvers<unknown>()
