/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import { BreakerState, SlidingCountBreaker, SlidingWindowRequestResult } from 'mollitia'
import type { CircuitFunction } from 'mollitia'
import { judge } from './judge.ts'
import type { FuseSettings } from './settings.ts'
import type { FuseState } from './snapshot.ts'

export type BreakerOptions = {
  readonly name: string
  readonly settings: FuseSettings
  /** Told in the same tick. */
  readonly changed: (state: FuseState) => void
}

const states: Readonly<Record<BreakerState, FuseState>> = {
  [BreakerState.CLOSED]: 'CLOSED',
  [BreakerState.OPENED]: 'OPEN',
  [BreakerState.HALF_OPENED]: 'HALF_OPEN',
}

/** The end of an attempt that the breaker does not look at. `cause` is its failure, if it failed. */
export class Uncounted extends Error {
  constructor(failure?: unknown) {
    super('not counted', { cause: failure })
    this.name = 'Uncounted'
  }
}

/** What mollitia reads as "nothing is stored elsewhere": it then keeps the state and the window that it has. */
const storedNowhere = { requests: 'kept in this process' }

/**
 * mollitia's SlidingCountBreaker, held where it slips; `test/failure/mollitia.test.ts` shows each slip in the bare library.
 * - A call that ends in another state than it began in is not counted. mollitia puts it into the window of the new state; half open,
 *   that window then never has the size at which it decides.
 * - What says nothing of the backend is not counted. mollitia counts it as a success, so impatient callers keep the breaker
 *   of a hanging backend closed.
 * - mollitia reads its state, waits a few microtasks and writes it back with each call, which undoes a change made in between.
 * - Its timers are replaced by one of ours. They keep the process alive, and a second one may be set beside a first, which then
 *   nothing clears: it opens a closed breaker, or half opens it.
 */
export class Breaker extends SlidingCountBreaker {
  readonly #settings: FuseSettings
  readonly #changed: (state: FuseState) => void
  #era = 0
  #timer: NodeJS.Timeout | undefined
  #ended = false

  constructor({ name, settings, changed }: BreakerOptions) {
    const { breaker } = settings
    super({
      name: `${name} breaker`,
      slidingWindowSize: breaker.window,
      minimumNumberOfCalls: breaker.minimumCalls,
      // At 100 mollitia never opens by itself, which is what a breaker that is not enabled does.
      failureRateThreshold: breaker.enabled ? breaker.failureRate : 100,
      permittedNumberOfCallsInHalfOpenState: breaker.probes,
      openStateDelay: breaker.openMs,
      onError: (failure) => judge(failure) === 'ill',
    })
    this.#settings = settings
    this.#changed = changed
  }

  get fuseState(): FuseState {
    return states[this.state]
  }

  /** `stay`: until `halfOpen()` is called, rather than for `openMs`. */
  override async open(stay = false): Promise<void> {
    if (this.#ended || (this.state === BreakerState.OPENED && !stay)) return
    const opening = super.open()
    this.#setTimer(stay ? null : this.#settings.breaker.openMs, () => this.halfOpen())
    await opening
  }

  override async halfOpen(): Promise<void> {
    if (this.#ended || this.state === BreakerState.HALF_OPENED) return
    const halfOpening = super.halfOpen()
    // Longer than any probe takes: half open, a breaker has to decide.
    this.#setTimer(this.#settings.timeoutMs + this.#settings.breaker.openMs, () => this.open())
    await halfOpening
  }

  override async close(): Promise<void> {
    if (this.#ended) return
    this.#setTimer(null)
    await super.close()
  }

  override onOpened(): void {
    super.onOpened()
    this.#turn()
  }

  override onHalfOpened(): void {
    super.onHalfOpened()
    this.#turn()
  }

  override onClosed(): void {
    super.onClosed()
    this.#turn()
  }

  override getState(): Promise<typeof storedNowhere> {
    return Promise.resolve(storedNowhere)
  }

  override dispose(): void {
    this.#ended = true
    this.#setTimer(null)
  }

  protected override async executePromise(promise: CircuitFunction, ...params: unknown[]) {
    const era = this.#era
    const end = await super.executePromise(promise, ...params)
    const failure: unknown = end.requestResult === SlidingWindowRequestResult.FAILURE ? end.response : undefined
    const sameEra = era === this.#era
    if (sameEra && (failure === undefined || judge(failure) !== 'unknown')) return end
    // A probe that proved nothing has used up its place all the same.
    if (sameEra && this.state === BreakerState.HALF_OPENED) await this.open()
    throw new Uncounted(failure)
  }

  #turn(): void {
    this.#era += 1
    this.#changed(this.fuseState)
  }

  /** Unref'ed, like every timer of a fuse that nobody waits for. */
  #setTimer(ms: number | null, then?: () => Promise<void>): void {
    super.dispose()
    clearTimeout(this.#timer)
    this.#timer = ms === null ? undefined : setTimeout(() => void then?.(), ms).unref()
  }
}
