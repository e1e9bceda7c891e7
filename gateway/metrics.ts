import { totalmem } from 'node:os'
import { getHeapStatistics } from 'node:v8'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { FuseRegistry } from '../fuse/registry.ts'
import type { ChatMeter, KnowledgeMeter, RoutingMeter } from '../subgraphs/environment.ts'
import { meterChat } from './chat-metrics.ts'
import { durationBuckets as buckets } from './duration-buckets.ts'
import { watchFuses } from './fuse-metrics.ts'
import { meterKnowledge } from './knowledge-metrics.ts'
import { meterRouting } from './routing-metrics.ts'
import { watchSockets } from './socket-metrics.ts'
import type { SocketFigures } from './sockets/figures.ts'
import { readVersion } from './version.ts'

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
  /** What the chat tells of itself by. */
  readonly chat: ChatMeter
  /** The same of routing. */
  readonly routing: RoutingMeter
  readonly knowledge: KnowledgeMeter
  /** From now on the sockets of this process are told of as well. */
  watchSockets(figures: SocketFigures): void
  /** Prometheus' text exposition format. */
  expose(): Promise<{ readonly contentType: string; readonly text: string }>
}

export const openMetrics = (): Metrics => {
  const register = new Registry()
  collectDefaultMetrics({ register })
  describeProcess(register)
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
    chat: meterChat(register),
    routing: meterRouting(register),
    knowledge: meterKnowledge(register),
    watchSockets: (figures) => watchSockets(register, figures),
    expose: async () => ({ contentType: register.contentType, text: await register.metrics() }),
  }
}

/** The memory that this process may have: of its control group where there is one, else the machine's. */
const memoryLimitBytes = (): number => {
  const constrained = process.constrainedMemory()
  return constrained > 0 ? Math.min(constrained, totalmem()) : totalmem()
}

/** What does not change while the process lives. */
const describeProcess = (register: Registry): void => {
  const registers = [register]
  new Gauge({ name: 'fuseboard_build_info', help: 'Always 1; the labels say what runs.', labelNames: ['version', 'node'], registers })
    .set({ version: readVersion(), node: process.version }, 1)
  new Gauge({ name: 'fuseboard_memory_limit_bytes', help: 'What the process may have: its container, else the machine.', registers }).set(memoryLimitBytes())
  new Gauge({ name: 'fuseboard_heap_limit_bytes', help: "What JavaScript's heap may have.", registers }).set(getHeapStatistics().heap_size_limit)
}
