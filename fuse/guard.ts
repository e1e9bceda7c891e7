import { BreakerError, TimeoutError } from 'mollitia'
import { attempt, toError } from './attempt.ts'
import { Uncounted } from './breaker.ts'
import { verdictOn } from './call-span.ts'
import type { FuseTrace } from './call-span.ts'
import type { CallOptions } from './call.ts'
import { assembleCircuits } from './circuits.ts'
import type { Circuits } from './circuits.ts'
import type { Clock } from './clock.ts'
import { FuseOpen, Overloaded, TimedOut } from './errors.ts'
import type { Figures } from './figures.ts'
import { openHold } from './hold.ts'
import type { Hold } from './hold.ts'
import { judge, meaningOfAbort } from './judge.ts'
import { openProbeMemory } from './probes.ts'
import type { FuseSettings } from './settings.ts'
import type { FuseSnapshot, FuseState } from './snapshot.ts'
import { Task } from './task.ts'
import type { Run, TaskKind } from './task.ts'

export type GuardOptions = {
  readonly backend: string
  readonly settings: FuseSettings
  readonly clock: Clock
  readonly figures: Figures
  readonly trace: FuseTrace
  /** Told of each change of state, in the same tick. */
  readonly changed: () => void
}

export type GuardState = Pick<FuseSnapshot, 'state' | 'since' | 'retryAfterMs' | 'heldUntil' | 'inFlight' | 'queued'>

/**
 * Lets calls through to a backend, or turns them away. It knows nothing of what is kept. Probes are made here, in the background,
 * when the open time is over: no caller waits for one, unless nothing was ever read that could be asked again.
 */
export class Guard {
  readonly #opt: GuardOptions
  readonly #circuits: Circuits
  readonly #hold: Hold
  readonly #probes = openProbeMemory()
  readonly #active = new Set<Task>()
  #since: number
  #probing: Promise<unknown> = Promise.resolve()
  /** Half open and with nothing to probe with: so many callers' calls are the probes. */
  #placesForCallers = 0
  #disposed = false

  constructor(opt: GuardOptions) {
    this.#opt = opt
    this.#since = opt.clock.now()
    this.#hold = openHold(opt.clock, () => void this.#circuits.breaker.halfOpen())
    const ended = (task: Task, failure: unknown) => this.#remember(task, failure)
    const attemptOptions = { ...opt, timeoutMs: opt.settings.timeoutMs, ended }
    this.#circuits = assembleCircuits({
      name: opt.backend,
      settings: opt.settings,
      attempt: (task) => attempt(task, attemptOptions),
      refusal: () => this.#refusal(),
      changed: (state) => this.#turn(state),
    })
  }

  /**
   * Makes one call. Rejects with a BackendFailure, with Cancelled where the caller hung up, or with whatever else `call` threw.
   * Where the signal is aborted it rejects in the same tick.
   */
  ask<T>(kind: 'read' | 'write', call: (opt: CallOptions) => Promise<T>, opt: CallOptions): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const run = async (given: CallOptions) => {
        const value = await call(given)
        return () => resolve(value)
      }
      const fail = (failure: Error) => {
        if (failure instanceof FuseOpen || failure instanceof Overloaded) this.#opt.figures.rejected()
        opt.span?.set(verdictOn(task.attempts, failure, this.#hold.reason !== null))
        reject(failure)
      }
      const task: Task = new Task(this.#roadFor(kind), run, opt, fail)
      opt.span?.set({ 'fuse.state': this.#circuits.breaker.fuseState })
      this.#start(task)
    })
  }

  state(): GuardState {
    const { breaker, bulkhead } = this.#circuits
    return {
      state: breaker.fuseState,
      since: this.#since,
      retryAfterMs: breaker.fuseState === 'OPEN' ? this.#retryAfterMs() : null,
      heldUntil: this.#hold.until,
      inFlight: bulkhead.inFlight,
      queued: bulkhead.queued,
    }
  }

  /** Probes now. An open fuse decides by it; one that is closed or held only counts it. Resolves when the probe has ended. */
  async tryNow(): Promise<void> {
    const { breaker } = this.#circuits
    if (this.#disposed) return
    if (breaker.fuseState === 'CLOSED' || this.#hold.until !== null) return this.#probeBeside()
    await breaker.halfOpen()
    await this.#probing
  }

  hold(reason: string, forMs: number): void {
    if (this.#disposed) return
    this.#hold.begin(reason, forMs)
    const { breaker } = this.#circuits
    const wasOpen = breaker.fuseState === 'OPEN'
    void breaker.open(true)
    if (wasOpen) this.#opt.changed()
  }

  /** Not closed at once: half open, so that the backend is probed first. */
  release(): void {
    if (this.#hold.end()) void this.#circuits.breaker.halfOpen()
  }

  get held(): { readonly reason: string; readonly forMs: number } | null {
    const { reason, until } = this.#hold
    return reason === null || until === null ? null : { reason, forMs: Math.max(1, until - this.#opt.clock.now()) }
  }

  dispose(): void {
    this.#disposed = true
    this.#hold.end()
    for (const task of [...this.#active]) task.stop(this.#open('the fuse was disposed'))
    this.#circuits.dispose()
  }

  #start(task: Task): void {
    const { signal } = task.opt
    const abort = () => task.stop(meaningOfAbort(this.#opt.backend, signal.reason))
    if (signal.aborted) return abort()
    const refused = task.kind === 'probe' ? null : this.#refusal()
    if (refused) return task.stop(refused)
    signal.addEventListener('abort', abort, { once: true })
    this.#active.add(task)
    const end = (thrown?: unknown) => {
      signal.removeEventListener('abort', abort)
      this.#active.delete(task)
      const failure = this.#translate(thrown)
      if (failure) return task.stop(failure)
      if (!task.stoppedBy) task.opt.span?.set(verdictOn(task.attempts, undefined, false))
      task.deliver?.()
    }
    this.#circuits.execute(task).then(() => end(), end)
  }

  /** What mollitia's modules reject with, in our words; undefined where the answer has been delivered. */
  #translate(thrown: unknown): Error | undefined {
    if (thrown === undefined) return undefined
    if (thrown instanceof Uncounted) return thrown.cause === undefined ? undefined : toError(thrown.cause)
    if (thrown instanceof BreakerError) return this.#open('the fuse is open')
    if (thrown instanceof TimeoutError) return new TimedOut(this.#opt.backend, 'the attempt did not end in time', { cause: thrown })
    return toError(thrown)
  }

  #roadFor(kind: 'read' | 'write'): TaskKind {
    if (this.#placesForCallers < 1) return kind
    this.#placesForCallers -= 1
    return 'probe'
  }

  #refusal(): FuseOpen | null {
    if (this.#disposed) return this.#open('the fuse was disposed')
    if (this.#hold.reason !== null) return this.#open(`an operator holds the fuse open: ${this.#hold.reason}`)
    return this.#circuits.breaker.fuseState === 'CLOSED' ? null : this.#open('the fuse is open')
  }

  #open(message: string): FuseOpen {
    return new FuseOpen(this.#opt.backend, message, { retryAfterMs: Math.max(1, this.#retryAfterMs()) })
  }

  /** Until the hold ends, the next probe starts, or the present one has ended at the latest. */
  #retryAfterMs(): number {
    const { breaker, timeoutMs } = this.#opt.settings
    const phaseMs = this.#circuits.breaker.fuseState === 'OPEN' ? breaker.openMs : timeoutMs
    return Math.max(0, (this.#hold.until ?? this.#since + phaseMs) - this.#opt.clock.now())
  }

  #turn(state: FuseState): void {
    this.#since = this.#opt.clock.now()
    this.#placesForCallers = 0
    if (state === 'OPEN') this.#turnAway()
    if (state === 'HALF_OPEN') this.#probe()
    if (state === 'CLOSED') {
      this.#probes.forgetFailed()
      this.#opt.figures.closed()
    }
    this.#opt.changed()
  }

  /**
   * What waits fails at once, with its own failure where it has one. So do reads that a hanging backend has in hand: nobody is to
   * wait it out. A write that was sent goes on, as nobody could tell what became of it.
   */
  #turnAway(): void {
    const { figures } = this.#opt
    const hangs = this.#hold.until === null && figures.lastErrorCode === 'BACKEND_TIMEOUT'
    figures.opened(this.#hold.until === null ? (figures.lastErrorCode ?? 'BACKEND_UNAVAILABLE') : 'HELD')
    for (const task of [...this.#active]) {
      const mayGo = task.phase === 'waiting' || (task.phase === 'asking' && hangs && task.kind === 'read')
      if (mayGo) task.stop(task.failure ?? this.#open('the fuse opened'))
    }
  }

  #probe(): void {
    const run = this.#probes.next()
    const { probes } = this.#opt.settings.breaker
    if (!run) {
      this.#placesForCallers = probes
      return
    }
    this.#probing = Promise.allSettled(Array.from({ length: probes }, () => this.#circuits.execute(this.#probeTask(run))))
  }

  async #probeBeside(): Promise<void> {
    const run = this.#probes.next()
    const { timeoutMs } = this.#opt.settings
    if (run) await attempt(this.#probeTask(run), { ...this.#opt, timeoutMs, ended: () => undefined }).catch(() => undefined)
  }

  /** With a signal of its own: whoever asked first has long been answered. */
  #probeTask(run: Run): Task {
    const task: Task = new Task('probe', run, { signal: new AbortController().signal }, () => undefined)
    return task
  }

  #remember(task: Task, failure: unknown): void {
    if (task.kind !== 'read') return
    if (failure === undefined) this.#probes.answered(task.run)
    else if (judge(failure) === 'ill') this.#probes.failed(task.run)
  }
}
