import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import type { SocketFigures } from './sockets/figures.ts'

/** A client may close its socket with any of two thousand codes; these are told apart. */
const told = new Set([1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 4400, 4401, 4403, 4406, 4408, 4409, 4429, 4500])

/** Tells of the sockets of a process: each figure is read when it is asked for. */
export const watchSockets = (register: Registry, figures: SocketFigures): void => {
  const registers = [register]
  new Gauge({
    ...{ name: 'fuseboard_sockets', help: 'Sockets that are open now.', registers },
    collect() {
      this.set(figures.open)
    },
  })
  new Gauge({
    ...{ name: 'fuseboard_subscriptions', help: 'Subscriptions that run now.', registers },
    collect() {
      this.set(figures.running)
    },
  })
  new Counter({
    ...{ name: 'fuseboard_subscription_events_total', help: 'Events of subscriptions that were sent, each to one listener.', registers },
    collect() {
      this.reset()
      this.inc(figures.events)
    },
  })
  new Counter({
    ...{ name: 'fuseboard_sockets_closed_total', help: 'Sockets that were closed, by the code; docs/sockets.md lists them.', labelNames: ['code'], registers },
    collect() {
      this.reset()
      for (const [code, count] of figures.closed) this.inc({ code: told.has(code) ? String(code) : 'other' }, count)
    },
  })
}
