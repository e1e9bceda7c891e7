import type { Socket } from 'node:net'
import { answerRequests } from './legacy/answer.ts'
import { openControl } from './legacy/control.ts'
import { openFaults } from './legacy/faults.ts'
import { openListener } from './legacy/listener.ts'
import type { LegacyOptions, LegacySystem } from './legacy/types.ts'

export type * from './legacy/types.ts'
export { faultNames } from './legacy/types.ts'

/**
 * One legacy system, and the faults it can be given. Its port is on loopback unless it is told another address. Every answer carries `x-stand-in-ms`: the time, in
 * milliseconds with microsecond digits, from the whole request in hand to the answer, deliberate delays included.
 * Rejects with EADDRINUSE where the port is taken.
 */
export const startLegacy = async (opt: LegacyOptions): Promise<LegacySystem> => {
  const faults = openFaults()
  const requests = answerRequests(opt, faults)
  const admit = (socket: Socket) => {
    if (faults.failing) socket.resetAndDestroy()
  }
  const listener = await openListener(opt.port, requests.listen, { admit, host: opt.host })
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
    url: `http://${reachableHere(opt.host)}:${listener.port}`,
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
