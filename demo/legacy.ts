import { answerRequests } from './legacy/answer.ts'
import { openControl } from './legacy/control.ts'
import { openFaults } from './legacy/faults.ts'
import { openListener } from './legacy/listener.ts'
import type { LegacyOptions, LegacySystem } from './legacy/types.ts'

export type * from './legacy/types.ts'
export { faultNames } from './legacy/types.ts'

/**
 * One legacy system on a loopback port, and the faults it can be given. Every answer carries `x-stand-in-ms`: the time, in
 * milliseconds with microsecond digits, from the whole request in hand to the answer, deliberate delays included.
 * Rejects with EADDRINUSE where the port is taken.
 */
export const startLegacy = async (opt: LegacyOptions): Promise<LegacySystem> => {
  const faults = openFaults()
  const requests = answerRequests(opt, faults)
  const listener = await openListener(opt.port, requests.listen, (socket) => {
    if (faults.failing) socket.resetAndDestroy()
  })
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
    url: `http://127.0.0.1:${listener.port}`,
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
