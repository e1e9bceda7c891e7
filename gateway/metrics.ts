import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { FuseRegistry, FuseSnapshot } from '../fuse/registry.ts'

export type RequestObservation = {
  readonly type: string
  readonly outcome: 'ok' | 'degraded' | 'errors'
  readonly ms: number
}

export type Metrics = {
  observeRequest(request: RequestObservation): void
  /** One call of a backend that came back, in milliseconds. */
  observeCall(backend: string, ms: number): void
  /** The configuration was read again. */
  countReload(outcome: 'swapped' | 'refused'): void
  /** From now on the fuses of this registry are told of as well. */
  watch(registry: FuseRegistry): void
  /** Prometheus' text exposition format. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>
}

const buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** The value of `fuseboard_fuse_state`. */
const stateValues = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const

export const openMetrics = (): Metrics => {
  const register = new Registry()
  collectDefaultMetrics({ register })
  const requests = new Histogram({
    name: 'fuseboard_request_duration_seconds',
    help: 'GraphQL operations by type, and by outcome: ok, degraded (not all values live) or errors.',
    labelNames: ['type', 'outcome'],
    buckets,
    registers: [register],
  })
  const calls = new Histogram({
    name: 'fuseboard_backend_call_duration_seconds',
    help: 'Calls of a backend that came back, well or failed.',
    labelNames: ['backend'],
    buckets,
    registers: [register],
  })
  const reloads = new Counter({
    name: 'fuseboard_config_reloads_total',
    help: 'Times that the configuration was read again: swapped in, or refused.',
    labelNames: ['outcome'],
    registers: [register],
  })
  for (const outcome of ['swapped', 'refused']) reloads.inc({ outcome }, 0)
  return {
    countReload: (outcome) => reloads.inc({ outcome }),
    observeRequest: ({ type, outcome, ms }) => requests.observe({ type, outcome }, ms / 1000),
    observeCall: (backend, ms) => calls.observe({ backend }, ms / 1000),
    watch: (registry) => watchFuses(register, registry),
    expose: async () => ({ contentType: register.contentType, text: await register.metrics() }),
  }
}

const watchFuses = (register: Registry, registry: FuseRegistry): void => {
  const snapshots = () => registry.list().map((fuse) => fuse.snapshot())
  const count = (name: string, help: string, read: (fuse: FuseSnapshot) => number) =>
    new Counter({
      name,
      help,
      labelNames: ['backend', 'protocol'],
      registers: [register],
      collect() {
        this.reset()
        for (const fuse of snapshots()) this.inc({ backend: fuse.backend, protocol: fuse.protocol }, read(fuse))
      },
    })
  count('fuseboard_backend_calls_total', 'Calls of a backend that came back.', ({ calls }) => calls)
  count('fuseboard_backend_failures_total', 'Those of them that count against it.', ({ failures }) => failures)
  count('fuseboard_backend_rejected_total', 'Calls that were not made: the fuse was open, or the queue was full.', ({ rejected }) => rejected)
  new Gauge({
    name: 'fuseboard_fuse_state',
    help: 'Of the fuse in front of a backend: 0 closed, 1 half open, 2 open.',
    labelNames: ['backend'],
    registers: [register],
    collect() {
      for (const { backend, state } of snapshots()) this.set({ backend }, stateValues[state])
    },
  })
  new Gauge({
    name: 'fuseboard_stale_bytes',
    help: 'What is kept of the backends, about.',
    registers: [register],
    collect() {
      this.set(registry.staleBytes)
    },
  })
}
