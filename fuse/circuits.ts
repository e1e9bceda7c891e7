/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import { Circuit, circuits, modules, Retry, Timeout } from 'mollitia'
import type { Module } from 'mollitia'
import { Breaker } from './breaker.ts'
import type { BreakerOptions } from './breaker.ts'
import { Bulkhead } from './bulkhead.ts'
import { mayRetry } from './judge.ts'
import { openRetryBudget } from './retry-budget.ts'
import type { RetryBudget } from './retry-budget.ts'
import type { FuseSettings } from './settings.ts'
import type { Task, TaskKind } from './task.ts'

export type CircuitOptions = BreakerOptions & {
  /** Asks the backend once. Must not throw, but reject: mollitia chains on what it returns. */
  readonly attempt: (task: Task) => Promise<void>
  /** Why a call may not go on; null where it may. */
  readonly refusal: () => Error | null
}

/** The modules of one fuse, and the three roads through them. */
export type Circuits = {
  readonly breaker: Breaker
  readonly bulkhead: Bulkhead
  /** Settles when the task has left the fuse; its answer is in `task.deliver`. */
  execute(task: Task): Promise<unknown>
  dispose(): void
}

/**
 * Assembled once per backend, outermost first: a read goes through retry, bulkhead, breaker and timeout; a write is never retried; a
 * probe never waits in the queue. mollitia keeps every circuit and module in global arrays: `dispose` takes ours out again.
 */
export const assembleCircuits = (opt: CircuitOptions): Circuits => {
  const { name, settings } = opt
  const budget = openRetryBudget(settings.retryBudget)
  const bulkhead = new Bulkhead(opt)
  const breaker = new Breaker(opt)
  const timeout = new Timeout({ name: `${name} timeout`, delay: settings.timeoutMs })
  const retries = settings.retries > 0 ? [openRetry(name, settings, budget)] : []
  const road = (kind: TaskKind, ...through: Module[]) =>
    new Circuit({ name: `${name} ${kind}`, func: opt.attempt, options: { modules: through } })
  const roads: Readonly<Record<TaskKind, Circuit>> = {
    read: road('read', ...retries, bulkhead, breaker, timeout),
    write: road('write', bulkhead, breaker, timeout),
    probe: road('probe', breaker, timeout),
  }
  return {
    breaker,
    bulkhead,
    execute: (task) => {
      if (task.kind === 'read') budget.earn()
      return roads[task.kind].execute<unknown>(task)
    },
    dispose: () => {
      for (const circuit of Object.values(roads)) circuit.dispose()
      for (const circuit of Object.values(roads)) remove(circuits, circuit)
      for (const module of [...retries, bulkhead, breaker, timeout]) remove(modules, module)
    },
  }
}

/** Full jitter around the interval (half to one and a half of it), so that calls that failed together do not come back together. */
const openRetry = (name: string, { retries, retryIntervalMs }: FuseSettings, budget: RetryBudget): Retry =>
  new Retry({
    name: `${name} retry`,
    attempts: retries,
    onRejection: (failure) => mayRetry(failure) && budget.spend() && retryIntervalMs * (0.5 + Math.random()),
  })

const remove = <T>(list: T[], one: T): void => {
  const index = list.indexOf(one)
  if (index >= 0) list.splice(index, 1)
}
