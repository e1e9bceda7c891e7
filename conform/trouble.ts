import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { CallOptions } from '../fuse/call.ts'
import { BackendFailure, Cancelled, Malformed, TimedOut, Unreachable } from '../fuse/errors.ts'
import { outcomeOf, patiently, tell } from './asking.ts'
import type { Outcome } from './asking.ts'
import { behindRelay } from './behind-relay.ts'
import type { BehindRelay } from './behind-relay.ts'
import { broken, kept, steadily, untested } from './promise.ts'
import type { PortPromise, Subject, Verdict } from './promise.ts'

/** A reading method of a port, with arguments that the samples give; the empty list where they give none. */
export type Read<P> = { readonly method: string; readonly ask: (backend: P, opt: CallOptions) => Promise<unknown> }

type Reads<P, S> = (samples: S) => readonly Read<P>[]
type FailureKind = typeof Unreachable | typeof Malformed | typeof TimedOut | typeof Cancelled

/** How late a call may end after it was told to. */
const promptMs = 100
const deadlineMs = 150
const attempts = 5

/** What every method promises about a backend in trouble, and about callers who go. */
export const troublePromises = <P, S>(reads: Reads<P, S>): readonly PortPromise<P, S>[] => {
  const eachRead = (check: (read: Read<P>, subject: Subject<P, S>) => Promise<Verdict>) => async (subject: Subject<P, S>): Promise<Verdict> => {
    const details = new Set<string>()
    const asked = reads(subject.samples)
    for (const read of asked) {
      const verdict = await check(read, subject)
      if (verdict.kind === 'broken') return broken(`${read.method}: ${verdict.why}`)
      if (verdict.kind === 'untested') return verdict
      if (verdict.detail !== undefined) details.add(verdict.detail)
    }
    return asked.length === 0 ? untested('needs a row, found none') : kept([...details].join('; ') || undefined)
  }
  const through = (check: (read: Read<P>, through: BehindRelay<P>, subject: Subject<P, S>) => Promise<Verdict>) =>
    eachRead((read, subject) => behindRelay(subject, async (relayed) => {
      await read.ask(relayed.backend, patiently(subject))
      return check(read, relayed, subject)
    }))
  return [
    { area: 'error mapping', title: 'where nobody listens, a call is Unreachable', check: eachRead(nobodyListens) },
    { area: 'error mapping', title: 'an answer that is no answer is Malformed or Unreachable', check: through(garbage) },
    { area: 'error mapping', title: 'an answer cut off in the middle is Unreachable or Malformed', check: through(cutOff) },
    { area: 'error mapping', title: `a backend that hangs is TimedOut within ${promptMs} ms of the deadline`, check: through(hangs) },
    { area: 'error mapping', title: 'once it is well again, a call is answered', check: through(recovers) },
    { area: 'cancellation', title: `a caller who goes is Cancelled within ${promptMs} ms`, check: through(goesAway) },
    { area: 'cancellation', title: 'for a caller who has gone nothing is sent', check: through(hasGone) },
    { area: 'cancellation', title: 'a caller who goes costs no other', check: eachRead((read, subject) => steadily(() => costsNoOther(read, subject))) },
  ]
}

/** Rows that are failures, all of them, tell as much as a call that failed. */
const failureOf = (outcome: Outcome): unknown => {
  if (outcome.kind === 'failed') return outcome.error
  if (outcome.kind === 'pending' || !Array.isArray(outcome.value)) return null
  const rows: readonly unknown[] = outcome.value
  return rows.length > 0 && rows.every((row) => row instanceof BackendFailure) ? rows[0] : null
}

const judge = (outcome: Outcome, accepted: readonly FailureKind[]): Verdict => {
  const failure = failureOf(outcome)
  if (accepted.some((kind) => failure instanceof kind)) return kept(failure instanceof Error ? failure.name : undefined)
  const wanted = accepted.map(({ name }) => name).join(' or ')
  if (failure !== null) return broken(`${tell(failure)}, where ${wanted} is meant`)
  return broken(outcome.kind === 'pending' ? `neither an answer nor a failure, where ${wanted} is meant` : `it is answered, where ${wanted} is meant`)
}

/** A port of ours that nobody listens on any more. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const closed = once(server, 'close')
  server.close()
  await closed
  if (address === null || typeof address === 'string') throw new Error('the server had no port')
  return address.port
}

const nobodyListens = async <P, S>({ ask }: Read<P>, subject: Subject<P, S>): Promise<Verdict> => {
  const { protocol, pathname, search } = new URL(subject.settings.url)
  const url = `${protocol}//127.0.0.1:${await closedPort()}${pathname}${search}`
  await using backend = subject.open({ ...subject.settings, url })
  return judge(await outcomeOf(() => ask(backend, patiently(subject)), subject.callMs + promptMs), [Unreachable])
}

const garbage = async <P, S>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>, subject: Subject<P, S>): Promise<Verdict> => {
  await relay.setFault('garbage')
  return judge(await outcomeOf(() => ask(backend, patiently(subject)), subject.callMs + promptMs), [Malformed, Unreachable])
}

/** Of an answer that takes several requests only some rows may be lost; what is left here are the others' failures. */
const withoutWholeRows = (outcome: Outcome, whole: unknown): Outcome => {
  if (outcome.kind !== 'answered' || !Array.isArray(outcome.value) || !Array.isArray(whole) || outcome.value.length !== whole.length) return outcome
  const rows: readonly unknown[] = outcome.value
  return { ...outcome, value: rows.filter((row, at) => !isDeepStrictEqual(row, whole[at])) }
}

/** Where a cut is past the answer's end, or hits something else than the answer, the whole answer is right. */
const cutOff = async <P, S>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>, subject: Subject<P, S>): Promise<Verdict> => {
  const whole = await ask(backend, patiently(subject))
  const verdicts: Verdict[] = []
  for (const bytes of [1, 40, 250, 1_000]) {
    relay.cutNextAnswer(bytes)
    const outcome = await outcomeOf(() => ask(backend, patiently(subject)), subject.callMs + promptMs)
    if (outcome.kind === 'answered' && isDeepStrictEqual(outcome.value, whole)) continue
    const verdict = judge(withoutWholeRows(outcome, whole), [Unreachable, Malformed])
    if (verdict.kind === 'broken') return broken(`cut after ${bytes} bytes, ${verdict.why}`)
    verdicts.push(verdict)
    await untilAnswered(() => ask(backend, patiently(subject)))
  }
  return verdicts[0] ?? untested('no cut hit an answer')
}

/** The best of a few: a busy machine is no adapter's fault. */
const withinTime = async (attempt: () => Promise<Verdict>): Promise<Verdict> => {
  let verdict = await attempt()
  for (let again = 1; again < attempts && verdict.kind === 'broken'; again += 1) verdict = await attempt()
  return verdict
}

const inTime = (outcome: Outcome, kind: typeof TimedOut | typeof Cancelled, dueMs: number): Verdict => {
  const verdict = judge(outcome, [kind])
  if (verdict.kind !== 'kept' || outcome.kind === 'pending') return verdict
  const lateMs = Math.round(outcome.afterMs - dueMs)
  return lateMs <= promptMs ? kept() : broken(`${lateMs} ms late`)
}

const hangs = async <P>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>): Promise<Verdict> => {
  await relay.setFault('hang')
  return withinTime(async () => {
    const signal = AbortSignal.timeout(deadlineMs)
    return inTime(await outcomeOf(() => ask(backend, { signal }), deadlineMs + 3 * promptMs), TimedOut, deadlineMs)
  })
}

/** A pooled connection that broke may cost the calls that find out. */
const recoveryMs = 2_000
const untilAnswered = async (call: () => Promise<unknown>): Promise<number | null> => {
  const began = performance.now()
  for (let calls = 1; performance.now() - began < recoveryMs; calls += 1) {
    const outcome = await outcomeOf(call, recoveryMs)
    if (outcome.kind === 'answered' && failureOf(outcome) === null) return calls
    await delay(20)
  }
  return null
}

const recovers = async <P, S>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>, subject: Subject<P, S>): Promise<Verdict> => {
  for (const fault of ['garbage', 'hang', 'refuse'] as const) {
    await relay.setFault(fault)
    await outcomeOf(() => ask(backend, { signal: AbortSignal.timeout(deadlineMs) }), deadlineMs + promptMs)
    await relay.setFault('off')
    if (await untilAnswered(() => ask(backend, patiently(subject))) === null) return broken(`${recoveryMs} ms after it stopped to ${fault} there is no answer yet`)
  }
  return kept()
}

const goesAway = async <P, S>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>, subject: Subject<P, S>): Promise<Verdict> => {
  await relay.setFault('hang')
  const verdict = await withinTime(async () => {
    const caller = new AbortController()
    const before = relay.calls + relay.connections
    const began = performance.now()
    const gone = { ms: 0 }
    const leave = async () => {
      while (relay.calls + relay.connections === before && performance.now() - began < 500) await delay(2)
      gone.ms = performance.now() - began
      caller.abort()
    }
    const left = leave()
    const outcome = await outcomeOf(() => ask(backend, { signal: caller.signal }), 1_000)
    await left
    return inTime(outcome, Cancelled, gone.ms)
  })
  await relay.setFault('off')
  if (verdict.kind === 'broken' || await untilAnswered(() => ask(backend, patiently(subject))) !== null) return verdict
  return broken('later calls get no answer')
}

const hasGone = async <P>({ ask }: Read<P>, { backend, relay }: BehindRelay<P>): Promise<Verdict> => {
  const before = relay.calls
  const verdict = judge(await outcomeOf(() => ask(backend, { signal: AbortSignal.abort() }), 3 * promptMs), [Cancelled])
  // What was sent after all arrives a moment later.
  await delay(30)
  return verdict.kind === 'kept' && relay.calls > before ? broken(`${relay.calls - before} requests were sent`) : verdict
}

const costsNoOther = async <P, S>({ ask }: Read<P>, subject: Subject<P, S>): Promise<Verdict> => {
  const caller = new AbortController()
  const whole = await ask(subject.backend, patiently(subject))
  const going = outcomeOf(() => ask(subject.backend, { signal: caller.signal }), subject.callMs)
  const staying = outcomeOf(() => ask(subject.backend, patiently(subject)), subject.callMs)
  await delay(1)
  caller.abort()
  const [gone, stayed] = await Promise.all([going, staying])
  if (stayed.kind !== 'answered') return broken(`another call beside it ${stayed.kind === 'failed' ? `fails with ${tell(stayed.error)}` : 'stays without an answer'}`)
  if (!isDeepStrictEqual(stayed.value, whole)) return broken('another call beside it got another answer')
  return gone.kind === 'answered' ? kept() : judge(gone, [Cancelled])
}
