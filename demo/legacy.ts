import type { Server, Socket } from 'node:net'
import { answerRequests } from './legacy/answer.ts'
import { openControl } from './legacy/control.ts'
import { type Faults, openFaults } from './legacy/faults.ts'
import { httpServer, openListener } from './legacy/listener.ts'
import type { LegacyOptions, LegacySystem } from './legacy/types.ts'

export type * from './legacy/types.ts'
export { faultNames } from './legacy/types.ts'

/**
 * One legacy system over HTTP, and the faults it can be given. Its port is on loopback unless it is told another address. Every answer carries `x-stand-in-ms`: the time, in
 * milliseconds with microsecond digits, from the whole request in hand to the answer, deliberate delays included.
 * Rejects with EADDRINUSE where the port is taken.
 */
export const startLegacy = (opt: LegacyOptions): Promise<LegacySystem> =>
  startSystem({
    name: opt.name,
    port: opt.port,
    host: opt.host,
    scheme: 'http',
    open: (faults) => {
      const requests = answerRequests(opt, faults)
      return { server: httpServer(requests.listen), get calls() { return requests.calls } }
    },
  })

export type SystemOptions = {
  readonly name: string
  /** 0 takes any free port. */
  readonly port: number
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
  /** Of the system's URL. */
  readonly scheme: string
  /** What speaks the wire: `server` is not listening yet, and `calls` counts the requests that arrived. */
  readonly open: (faults: Faults) => { readonly server: Server; readonly calls: number }
}

/**
 * A legacy system of any wire. Of the faults, `refuse` and the resets of `flap` are carried out here; what hangs, errs, talks garbage, is slow or
 * loses its answer is the wire's to do, as `faults` says.
 */
export const startSystem = async (opt: SystemOptions): Promise<LegacySystem> => {
  const faults = openFaults()
  const requests = opt.open(faults)
  const admit = (socket: Socket) => {
    if (faults.failing) socket.resetAndDestroy()
  }
  const listener = await openListener(opt.port, requests.server, { admit, host: opt.host })
  faults.attach(listener)
  const controlled = {
    name: opt.name,
    setFault: faults.set,
    loseNextAnswer: faults.loseNextAnswer,
    get fault() { return faults.name },
    get calls() { return requests.calls },
  }
  const control = await openControl(controlled)
  return {
    name: opt.name,
    url: `${opt.scheme}://${reachableHere(opt.host)}:${listener.port}`,
    port: listener.port,
    controlUrl: `http://127.0.0.1:${control.port}`,
    setFault: faults.set,
    loseNextAnswer: faults.loseNextAnswer,
    get fault() { return faults.name },
    get calls() { return requests.calls },
    get notes() { return faults.notes },
    async [Symbol.asyncDispose]() {
      await faults.stop()
      await listener[Symbol.asyncDispose]()
      await control[Symbol.asyncDispose]()
    },
  }
}

/** What listens everywhere is reached by loopback, too. RFC 3986 section 3.2.2 puts IPv6 into brackets. */
const reachableHere = (host = '127.0.0.1'): string => {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}
