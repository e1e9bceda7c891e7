import type { FuseTrace } from './call-span.ts'
import type { CallOptions } from './call.ts'
import type { Clock } from './clock.ts'
import { TimedOut } from './errors.ts'
import type { Figures } from './figures.ts'
import type { Span } from './span.ts'
import type { Task } from './task.ts'

export type AttemptOptions = {
  readonly backend: string
  readonly timeoutMs: number
  readonly clock: Clock
  readonly figures: Figures
  readonly trace: FuseTrace
  /** Told of each end; `failure` is undefined where the backend answered. */
  readonly ended: (task: Task, failure: unknown) => void
}

export const toError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error('something else than an error was thrown', { cause: thrown })

/** A probe has no caller, and so no trace; a caller's call may be one. */
const beginAttempt = ({ wire }: FuseTrace, { kind, opt, attempts }: Task): Span | undefined =>
  opt.span?.child(wire.name, { ...wire.attributes, 'fuse.attempt': attempts, ...(kind === 'probe' ? { 'fuse.probe': true } : {}) }, 'client')

/** What of a task's options the wire is given. */
const wireOptions = ({ opt }: Task, signal: AbortSignal, span: Span | undefined): CallOptions =>
  span ? { signal, traceparent: span.traceparent } : { ...opt, signal }

/**
 * Asks the backend once. The call gets a signal of its own, which is aborted at the attempt's deadline and where the task is
 * stopped: mollitia's Timeout only stops waiting. It settles then at once, whether or not the wire obeys.
 */
export const attempt = (task: Task, opt: AttemptOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    if (task.stoppedBy) {
      reject(task.stoppedBy)
      return
    }
    const controller = new AbortController()
    const startedAt = opt.clock.elapsed()
    task.attempts += 1
    const span = beginAttempt(opt.trace, task)
    let over = false
    const finish = (failure?: Error) => {
      if (over) return
      over = true
      task.phase = failure ? 'waiting' : 'answered'
      task.failure = failure ?? null
      task.onStop = null
      clearTimeout(timer)
      opt.figures.ended(opt.clock.elapsed() - startedAt, failure)
      opt.ended(task, failure)
      span?.end(failure)
      if (failure) reject(failure)
      else resolve()
    }
    const cancel = (failure: Error, reason: Error) => {
      finish(failure)
      controller.abort(reason)
    }
    const timer = setTimeout(() => {
      const message = `no whole answer within ${opt.timeoutMs} ms`
      cancel(new TimedOut(opt.backend, message), new DOMException(message, 'TimeoutError'))
    }, opt.timeoutMs)
    task.onStop = (failure) => cancel(failure, failure)
    task.phase = 'asking'
    opt.figures.asked()
    task.run(wireOptions(task, controller.signal, span)).then(
      (deliver) => {
        if (!over) task.deliver = deliver
        finish()
      },
      (thrown: unknown) => finish(toError(thrown)),
    )
  })
