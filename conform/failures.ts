import { createServer } from 'node:net'
import { once } from 'node:events'
import type { CallOptions } from '../fuse/call.ts'
import { BackendFailure, Cancelled, Malformed, TimedOut, Unreachable } from '../fuse/errors.ts'
import type { Relay, RelayFault } from '../demo/legacy/relay.ts'
import { asking, broken, kept, told } from './pledge.ts'
import type { Pledge, Subject, Verdict } from './pledge.ts'

/** A read that reaches the backend, whatever it gives. */
export type Read<P> = (backend: P, subject: Subject<P>, opt: CallOptions) => Promise<unknown>

/** What a promise rejects with; null where it is fulfilled. */
const failureOf = (promise: Promise<unknown>): Promise<unknown> => promise.then(() => null, (error: unknown) => error)

/** A failure of one of these classes, which names the backend. */
const isOne = (failure: unknown, classes: readonly (abstract new (...args: never) => Error)[], name: string) =>
  classes.some((one) => failure instanceof one) && (!(failure instanceof BackendFailure) || failure.backend === name)

const expectFailure = (failure: unknown, classes: readonly (abstract new (...args: never) => Error)[], { settings }: Pick<Subject<unknown>, 'settings'>): Verdict =>
  isOne(failure, classes, settings.name)
    ? kept(failure instanceof Error ? failure.name : undefined)
    : broken(`${failure === null ? 'it was answered' : `it failed with ${told(failure)}`}, rather than with ${classes.map(({ name }) => name).join(' or ')}`)

/** A port at which nobody listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address !== null ? address.port : 1
}

const nobodyThere = async <P>(subject: Subject<P>, read: Read<P>): Promise<Verdict> => {
  const url = new URL(subject.settings.url)
  Object.assign(url, { hostname: '127.0.0.1', port: String(await closedPort()) })
  await using backend = subject.openAt(url.href)
  return expectFailure(await failureOf(read(backend, subject, asking())), [Unreachable], subject)
}

/** The adapter has spoken to the backend already, so that there is a connection to lose. */
const warmed = <P>(subject: Subject<P>, read: Read<P>, use: (backend: P, relay: Relay) => Promise<Verdict>): Promise<Verdict> =>
  subject.relayed(async (backend, relay) => {
    await read(backend, subject, asking())
    return use(backend, relay)
  })

const deadlineMs = 250
const graceMs = 150

const inTime = <P>(subject: Subject<P>, read: Read<P>) =>
  warmed(subject, read, async (backend, relay) => {
    await relay.setFault('hang')
    const from = performance.now()
    const failure = await failureOf(read(backend, subject, { signal: AbortSignal.timeout(deadlineMs) }))
    const tookMs = performance.now() - from
    if (tookMs > deadlineMs + graceMs) return broken(`the deadline was ${deadlineMs} ms, and it took ${Math.round(tookMs)} ms`)
    return expectFailure(failure, [TimedOut], subject)
  })

const underFault = <P>(subject: Subject<P>, read: Read<P>, fault: RelayFault) =>
  warmed(subject, read, async (backend, relay) => {
    await relay.setFault(fault)
    return expectFailure(await failureOf(read(backend, subject, { signal: AbortSignal.timeout(5_000) })), [Malformed, Unreachable], subject)
  })

const cutShort = <P>(subject: Subject<P>, read: Read<P>) =>
  warmed(subject, read, async (backend, relay) => {
    relay.cutNextAnswer(20)
    return expectFailure(await failureOf(read(backend, subject, asking())), [Unreachable, Malformed], subject)
  })

const againAtMost = 20

const afterwards = <P>(subject: Subject<P>, read: Read<P>) =>
  warmed(subject, read, async (backend, relay) => {
    await relay.setFault('refuse')
    await failureOf(read(backend, subject, { signal: AbortSignal.timeout(deadlineMs) }))
    await relay.setFault('off')
    for (let attempt = 1; attempt <= againAtMost; attempt += 1) {
      const failure = await failureOf(read(backend, subject, asking()))
      if (failure === null) return kept(`at attempt ${attempt}`)
    }
    return broken(`${againAtMost} reads failed after the backend had come back`)
  })

const hangUp = <P>(subject: Subject<P>, read: Read<P>) =>
  warmed(subject, read, async (backend, relay) => {
    await relay.setFault('hang')
    const caller = new AbortController()
    const failing = failureOf(read(backend, subject, { signal: caller.signal }))
    setTimeout(() => caller.abort(), 50)
    const from = performance.now()
    const failure = await failing
    const tookMs = performance.now() - from
    if (tookMs > 50 + graceMs) return broken(`it took ${Math.round(tookMs)} ms to let go of a caller who left after 50`)
    return expectFailure(failure, [Cancelled], subject)
  })

const goneBefore = <P>(subject: Subject<P>, read: Read<P>) =>
  warmed(subject, read, async (backend, relay) => {
    const before = relay.calls
    const failure = await failureOf(read(backend, subject, { signal: AbortSignal.abort() }))
    if (relay.calls > before) return broken('the backend was asked for a caller who had gone')
    return expectFailure(failure, [Cancelled], subject)
  })

/** What holds for every call where something goes wrong. */
export const failurePledges = <P>(read: Read<P>): readonly Pledge<P>[] => [
  { area: 'error mapping', title: 'a backend that nobody is at is Unreachable', check: (subject) => nobodyThere(subject, read) },
  { area: 'error mapping', title: 'bytes of no protocol are Malformed, or Unreachable', check: (subject) => underFault(subject, read, 'garbage') },
  { area: 'error mapping', title: 'an answer that breaks off is Unreachable, or Malformed', check: (subject) => cutShort(subject, read) },
  { area: 'error mapping', title: 'a backend that hangs is TimedOut at the deadline', check: (subject) => inTime(subject, read) },
  { area: 'error mapping', title: 'a backend that was away answers when it is back', check: (subject) => afterwards(subject, read) },
  { area: 'cancellation', title: 'a caller who hangs up is let go at once', check: (subject) => hangUp(subject, read) },
  { area: 'cancellation', title: 'the backend is not asked for a caller who has gone', check: (subject) => goneBefore(subject, read) },
]
