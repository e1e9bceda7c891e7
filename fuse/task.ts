import type { CallOptions } from './call.ts'

export type TaskKind = 'read' | 'write' | 'probe'

/** Asks the backend; what it resolves with hands the answer to whoever waits for it, and is called when the fuse is done with the call. */
export type Run = (opt: CallOptions) => Promise<() => void>

/**
 * One call on its way through the fuse. The modules of the circuit pass it on as their last parameter. It can be stopped at any
 * time: whoever has it in hand (the queue, the attempt) says in `onStop` how it lets go.
 */
export class Task {
  readonly kind: TaskKind
  readonly run: Run
  readonly opt: CallOptions
  onStop: ((failure: Error) => void) | null = null
  /** `waiting` is in the queue, or between an attempt that failed and what comes of it: a retry, or the end. */
  phase: 'waiting' | 'asking' | 'answered' = 'waiting'
  /** Of the last attempt, as is `deliver`: what hands its answer over. */
  failure: Error | null = null
  deliver: (() => void) | null = null
  attempts = 0
  readonly #fail: (failure: Error) => void
  #stoppedBy: Error | null = null

  constructor(kind: TaskKind, run: Run, opt: CallOptions, fail: (failure: Error) => void) {
    this.kind = kind
    this.run = run
    this.opt = opt
    this.#fail = fail
  }

  get stoppedBy(): Error | null {
    return this.#stoppedBy
  }

  /** Whoever waits gets `failure` at once; what the task holds is given back. */
  stop(failure: Error): void {
    if (this.#stoppedBy) return
    this.#stoppedBy = failure
    this.onStop?.(failure)
    this.#fail(failure)
  }
}

/** The task among the parameters of a mollitia module: always the last. */
export const taskOf = (params: readonly unknown[]): Task => {
  const task = params.at(-1)
  if (task instanceof Task) return task
  throw new TypeError('a circuit of a fuse was executed without a task')
}
