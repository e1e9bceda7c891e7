import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { FuseRegistry, FuseSnapshot, FuseState } from '../fuse/registry.ts'

/** The value of `fuseboard_fuse_state`. */
const stateValues = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const

type Read = (fuse: FuseSnapshot) => number

/** Each is read from the fuse when it is asked for, so that a fuse that is gone is told of no more. */
const counters: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['fuseboard_backend_calls_total', 'Attempts that reached for the backend, retries and probes included.', ({ calls }) => calls],
  ['fuseboard_backend_failures_total', 'Those of them that count against it.', ({ failures }) => failures],
  ['fuseboard_backend_rejected_total', 'Calls that were not made: the fuse was open, or the queue was full.', ({ rejected }) => rejected],
  ['fuseboard_backend_stale_served_total', 'Values that were kept and handed out as stale.', ({ servedStale }) => servedStale],
]

const gauges: readonly (readonly [name: string, help: string, read: Read])[] = [
  ['fuseboard_fuse_state', 'Of the fuse in front of a backend: 0 closed, 1 half open, 2 open.', ({ state }) => stateValues[state]],
  ['fuseboard_fuse_held', '1 while an operator holds the fuse open, else 0.', ({ heldUntil }) => (heldUntil === null ? 0 : 1)],
  ['fuseboard_backend_in_flight', "Calls in the backend's hands now, probes not counted.", ({ inFlight }) => inFlight],
  ['fuseboard_backend_queued', 'Calls that wait for a place now.', ({ queued }) => queued],
  ['fuseboard_backend_timeout_seconds', 'The configured deadline of one attempt.', ({ timeoutMs }) => timeoutMs / 1000],
]

/** Tells of every fuse of a process. To be called once for a registry. */
export const watchFuses = (register: Registry, fuses: FuseRegistry): void => {
  const snapshots = snapshotsOf(fuses)
  for (const [name, help, read] of counters) {
    new Counter({
      ...{ name, help, labelNames: ['backend', 'protocol'], registers: [register] },
      collect() {
        this.reset()
        for (const fuse of snapshots()) this.inc({ backend: fuse.backend, protocol: fuse.protocol }, read(fuse))
      },
    })
  }
  for (const [name, help, read] of gauges) {
    new Gauge({
      ...{ name, help, labelNames: ['backend'], registers: [register] },
      collect() {
        this.reset()
        for (const fuse of snapshots()) this.set({ backend: fuse.backend }, read(fuse))
      },
    })
  }
  countTrips(register, fuses)
  watchStale(register, fuses)
}

/** Taken once for everything that is read in the same turn: a snapshot sorts a minute of latencies. */
const snapshotsOf = (fuses: FuseRegistry): (() => readonly FuseSnapshot[]) => {
  let taken: readonly FuseSnapshot[] | null = null
  return () => {
    if (taken) return taken
    setImmediate(() => {
      taken = null
    })
    taken = fuses.list().map((fuse) => fuse.snapshot())
    return taken
  }
}

/** A fuse forgets its trips after an hour; a counter does not. One that opens again before it closed is still in the same trip. */
const countTrips = (register: Registry, fuses: FuseRegistry): void => {
  const trips = new Counter({
    name: 'fuseboard_fuse_trips_total',
    help: 'Times that a closed fuse opened, by the error that opened it; HELD where an operator did.',
    labelNames: ['backend', 'code'],
    registers: [register],
  })
  const states = new Map<string, FuseState>()
  fuses.subscribe(({ backend, state, trips: [latest] }) => {
    const before = states.get(backend) ?? 'CLOSED'
    states.set(backend, state)
    if (before === 'CLOSED' && state === 'OPEN') trips.inc({ backend, code: latest?.errorCode ?? 'UNKNOWN' })
  })
}

const watchStale = (register: Registry, fuses: FuseRegistry): void => {
  new Gauge({
    name: 'fuseboard_stale_bytes',
    help: 'What is kept of the backends, about.',
    registers: [register],
    collect() {
      this.set(fuses.staleBytes)
    },
  })
  new Gauge({ name: 'fuseboard_stale_max_bytes', help: 'What may be kept of the backends.', registers: [register] }).set(fuses.staleMaxBytes)
}
