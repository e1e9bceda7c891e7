import { Counter, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'
import type { RoutingMeter } from '../subgraphs/environment.ts'
import { durationBuckets as buckets } from './duration-buckets.ts'

/** Tells of routing, where it runs in this process. */
export const meterRouting = (register: Registry): RoutingMeter => {
  const registers = [register]
  const decisions = new Counter({
    ...{ name: 'fuseboard_routing_decisions_total', help: 'Conversations that were routed: by a rule, or by the default route.', labelNames: ['route'], registers },
  })
  for (const route of ['rule', 'default']) decisions.inc({ route }, 0)
  const waits = new Histogram({ name: 'fuseboard_routing_wait_seconds', help: 'From when a conversation was opened to when it was decided where it belongs.', buckets, registers })
  return {
    decided: ({ isDefault, waitedMs }) => {
      decisions.inc({ route: isDefault ? 'default' : 'rule' })
      waits.observe(Math.max(0, waitedMs) / 1000)
    },
  }
}
