/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import { Module } from 'mollitia'
import type { Circuit, CircuitFunction } from 'mollitia'
import { Overloaded } from './errors.ts'
import type { FuseSettings } from './settings.ts'
import { taskOf } from './task.ts'
import type { Task } from './task.ts'

export type BulkheadOptions = {
  readonly name: string
  readonly settings: Pick<FuseSettings, 'concurrency' | 'queueSize' | 'queueWaitMs'>
  /** Why a call may not go on; null where it may. */
  readonly refusal: () => Error | null
}

type Waiting = { readonly admit: () => void; readonly refuse: (failure: Error) => void }

/**
 * At most `concurrency` calls at once, and a bounded queue, as a module of a mollitia circuit. It takes the place of mollitia's own
 * Bulkhead, whose queue has no way out: a caller that hung up keeps its place and has its call made after all, nothing empties
 * the queue when the breaker opens, `dispose()` leaves its timers running, and a queued function that throws before it returns a
 * promise loses its slot for ever (`test/failure/mollitia.test.ts` shows each). It stands before the breaker, so that the time in
 * the queue does not count as time in the breaker, where a call must not outlive `openMs`.
 */
export class Bulkhead extends Module {
  readonly #opt: BulkheadOptions
  /** In the order of arrival. */
  readonly #queue = new Set<Waiting>()
  #inFlight = 0

  constructor(opt: BulkheadOptions) {
    super({ name: `${opt.name} bulkhead` })
    this.#opt = opt
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get queued(): number {
    return this.#queue.size
  }

  override async execute<T>(circuit: Circuit, promise: CircuitFunction, ...params: unknown[]): Promise<T> {
    await this.#enter(taskOf(params))
    try {
      return await super.execute<T>(circuit, promise, ...params)
    } finally {
      this.#leave()
    }
  }

  /** Everything that waits fails at once. */
  turnAway(failure: () => Error): void {
    for (const waiting of [...this.#queue]) waiting.refuse(failure())
  }

  override dispose(): void {
    super.dispose()
    this.turnAway(() => new Overloaded(this.#opt.name, 'the fuse was disposed'))
  }

  #enter(task: Task): Promise<void> | undefined {
    const refused = this.#opt.refusal() ?? task.stoppedBy
    if (refused) throw refused
    if (this.#inFlight >= this.#opt.settings.concurrency) return this.#wait(task)
    this.#inFlight += 1
    return undefined
  }

  #wait(task: Task): Promise<void> {
    const { queueSize, queueWaitMs } = this.#opt.settings
    if (this.#queue.size >= queueSize) throw new Overloaded(this.#opt.name, `${queueSize} calls are waiting already`)
    return new Promise((resolve, reject) => {
      const span = task.opt.span?.child('queue')
      const leave = (settle: () => void, failure?: Error) => {
        clearTimeout(timer)
        span?.end(failure)
        task.onStop = null
        this.#queue.delete(waiting)
        settle()
      }
      const waiting: Waiting = { admit: () => leave(resolve), refuse: (failure) => leave(() => reject(failure), failure) }
      const tooLong = () => waiting.refuse(new Overloaded(this.#opt.name, `waited in the queue for ${queueWaitMs} ms`))
      const timer = setTimeout(tooLong, queueWaitMs)
      task.onStop = waiting.refuse
      this.#queue.add(waiting)
    })
  }

  /** The slot goes straight to who waited longest, so that nobody overtakes the queue. */
  #leave(): void {
    const [longest] = this.#queue
    if (longest) longest.admit()
    else this.#inFlight -= 1
  }
}
