import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { Faulted, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { FuseSettings } from '../../fuse/settings.ts'
import { anyAge, asking, openBackend, openTestFuse, outcomeOf, settle, stopTime } from '../kit/fuses.ts'
import { allBelow, openSpan } from '../kit/spans.ts'
import type { NotedSpan } from '../kit/spans.ts'

type Part = Readonly<Record<string, unknown>>

/** What is told of the fuse's own span: everything but its name, which is the same for all. */
const toldOf = (root: NotedSpan): Part => {
  const [call, ...others] = root.children
  assert.deepEqual([call?.name(), call?.ends(), others], ['fuse crm', 1, []])
  const { 'fuse.backend': backend, 'fuse.protocol': protocol, ...rest } = call?.attributes ?? {}
  assert.deepEqual([backend, protocol], ['crm', 'form'])
  return rest
}

describe('the span of a fused call', () => {
  let time: ReturnType<typeof stopTime>
  beforeEach(() => {
    time = stopTime()
  })
  afterEach(() => time[Symbol.dispose]())

  const openFused = (settings: Partial<FuseSettings> = {}, breaker: Partial<FuseSettings['breaker']> = {}) => {
    const opened = openTestFuse(settings, breaker)
    const backend = openBackend()
    return { ...opened, backend, find: opened.fuse.batch<string, string>('customer', backend.find) }
  }
  const trace = async (work: (span: NotedSpan) => Promise<unknown>): Promise<NotedSpan> => {
    const root = openSpan()
    const outcome = outcomeOf(work(root))
    for (let waits = 0; !outcome.settled && waits < 100; waits += 1) await time.pass(50)
    for (const span of allBelow(root)) assert.equal(span.ends(), 1, span.name())
    return root
  }

  it('has the wire below it, whose traceparent is what the backend is given', async () => {
    await using fused = openFused()
    const root = await trace((span) => fused.find(['a', 'b'], asking({}, { span })))
    assert.deepEqual(toldOf(root), { 'fuse.kind': 'customer', 'fuse.keys': 2, 'fuse.state': 'CLOSED', 'fuse.attempts': 1, 'fuse.verdict': 'answered', 'fuse.live': 2 })
    const [wire, ...others] = root.children[0]?.children ?? []
    assert.deepEqual([wire?.name(), wire?.kind, wire?.attributes, others], ['form crm', 'client', { 'fuse.backend': 'crm', 'fuse.protocol': 'form', 'fuse.attempt': 1 }, []])
    const given = fused.backend.asked[0]?.opt ?? {}
    assert.deepEqual([Object.keys(given).toSorted(), given], [['signal', 'traceparent'], { ...given, traceparent: wire?.traceparent }])
  })

  it('has one wire for each attempt', async () => {
    await using fused = openFused({ retries: 1 })
    fused.backend.does = async (keys) => {
      if (fused.backend.asked.length === 1) throw new Unreachable('crm', 'no connection')
      return keys.map(() => 'well')
    }
    const root = await trace((span) => fused.find(['a'], asking({}, { span })))
    assert.deepEqual([toldOf(root)['fuse.verdict'], toldOf(root)['fuse.attempts']], ['retried', 2])
    const wires = root.children[0]?.children ?? []
    assert.deepEqual(wires.map(({ attributes, failure }) => [attributes['fuse.attempt'], failure() instanceof Unreachable]), [[1, true], [2, false]])
    assert.deepEqual(fused.backend.asked.map(({ opt }) => opt.traceparent), wires.map(({ traceparent }) => traceparent))
  })

  const failures = [new Unreachable('crm', ''), new Faulted('crm', ''), new TimedOut('crm', ''), new Refused('crm', ''), new Malformed('crm', ''), new Error()]
  const verdicts = ['unreachable', 'faulted', 'timed-out', 'refused', 'malformed', 'defect']
  for (const [index, failure] of failures.entries()) {
    it(`says "${verdicts[index] ?? ''}", and fails`, async () => {
      await using fused = openFused()
      fused.backend.fails(() => failure)
      const root = await trace((span) => fused.find(['a'], asking({}, { span })))
      assert.deepEqual([toldOf(root)['fuse.verdict'], toldOf(root)['fuse.lost'], root.children[0]?.failure()], [verdicts[index], 1, failure])
      assert.deepEqual(root.children[0]?.children.map((wire) => wire.failure()), [failure])
    })
  }

  it('says that the attempt took too long, on the wire as well', async () => {
    await using fused = openFused()
    fused.backend.hangs()
    const root = await trace((span) => fused.find(['a'], asking({}, { span })))
    assert.equal(toldOf(root)['fuse.verdict'], 'timed-out')
    assert.ok(root.children[0]?.children[0]?.failure() instanceof TimedOut)
  })

  it('says "open" and has no wire where the fuse is open; what stands in is told as stale, and it did not fail', async () => {
    await using fused = openFused()
    await fused.find(['kept'], asking())
    fused.backend.fails(() => new Faulted('crm', ''))
    for (let call = 0; call < 4; call += 1) await fused.find(['a'], asking())
    const lost = await trace((span) => fused.find(['a'], asking(anyAge, { span })))
    assert.deepEqual(toldOf(lost), { 'fuse.kind': 'customer', 'fuse.keys': 1, 'fuse.state': 'OPEN', 'fuse.attempts': 0, 'fuse.verdict': 'open', 'fuse.lost': 1 })
    const stale = await trace((span) => fused.find(['a', 'kept'], asking(anyAge, { span })))
    assert.deepEqual([toldOf(stale)['fuse.verdict'], toldOf(stale)['fuse.stale'], toldOf(stale)['fuse.lost']], ['open', 1, 1])
    assert.deepEqual([stale.children[0]?.failure(), stale.children[0]?.children], [undefined, []])
  })

  it('says "held" where an operator holds the fuse open', async () => {
    await using fused = openFused()
    fused.fuse.hold('maintenance', 60_000)
    assert.equal(toldOf(await trace((span) => fused.find(['a'], asking({}, { span }))))['fuse.verdict'], 'held')
  })

  it('says "cached" where the backend need not be asked, and "only-if-cached" where it must not be', async () => {
    await using fused = openFused()
    await fused.find(['a'], asking())
    const cached = await trace((span) => fused.find(['a'], asking({ maxAgeMs: 60_000 }, { span })))
    assert.deepEqual(toldOf(cached), { 'fuse.kind': 'customer', 'fuse.keys': 1, 'fuse.verdict': 'cached', 'fuse.cached': 1 })
    const nothing = await trace((span) => fused.find(['b'], asking({ onlyIfCached: true }, { span })))
    assert.deepEqual([toldOf(nothing)['fuse.verdict'], nothing.children[0]?.failure() instanceof Error], ['only-if-cached', true])
    assert.equal(fused.backend.asked.length, 1)
  })

  it('shows the wait in the queue, and who waited in vain', async () => {
    await using fused = openFused({ concurrency: 1, queueSize: 1, queueWaitMs: 100 })
    fused.backend.hangs()
    const [first, second, third] = [openSpan(), openSpan(), openSpan()]
    const calls = [first, second, third].map((span) => fused.find(['a'], asking({}, { span })))
    await settle()
    assert.deepEqual(toldOf(third)['fuse.verdict'], 'overloaded')
    assert.deepEqual(third.children[0]?.children, [])
    await time.pass(100)
    const [queue] = second.children[0]?.children ?? []
    assert.deepEqual([queue?.name(), queue?.ends(), queue?.failure() instanceof Error, toldOf(second)['fuse.verdict']], ['queue', 1, true, 'overloaded'])
    await time.pass(1_000)
    await Promise.all(calls)
    assert.deepEqual(first.children[0]?.children.map((child) => child.name()), ['form crm'])
  })

  it('says that the caller hung up', async () => {
    await using fused = openFused()
    fused.backend.hangs()
    const caller = new AbortController()
    const root = openSpan()
    const call = fused.find(['a'], asking({}, { span: root, signal: caller.signal }))
    await settle()
    caller.abort()
    await call
    assert.equal(toldOf(root)['fuse.verdict'], 'cancelled')
    assert.equal(root.children[0]?.children[0]?.ends(), 1)
  })

  it('is there for other reads and for writes too', async () => {
    await using fused = openFused()
    const read = fused.fuse.read('customers', fused.backend.findOne)
    const write = fused.fuse.write(fused.backend.findOne, () => [])
    const asked = await trace((span) => read('a', asking({}, { span })))
    assert.deepEqual(toldOf(asked), { 'fuse.kind': 'customers', 'fuse.state': 'CLOSED', 'fuse.attempts': 1, 'fuse.verdict': 'answered', 'fuse.live': 1 })
    assert.deepEqual(toldOf(await trace((span) => write('a', { ...asking(), span }))), { 'fuse.kind': 'write', 'fuse.state': 'CLOSED', 'fuse.attempts': 1, 'fuse.verdict': 'answered' })
    fused.backend.fails(() => new Refused('crm', ''))
    const refused = await trace((span) => write('a', { ...asking(), span }))
    assert.deepEqual([toldOf(refused)['fuse.verdict'], refused.children[0]?.failure() instanceof Refused], ['refused', true])
  })

  it('has no probe below it: nobody waits for one', async () => {
    await using fused = openFused()
    fused.backend.fails(() => new Faulted('crm', ''))
    const root = openSpan()
    for (let call = 0; call < 4; call += 1) await fused.find(['a'], asking({}, { span: root }))
    const before = allBelow(root).length
    fused.backend.isWell()
    await time.pass(1_600)
    assert.deepEqual([fused.fuse.snapshot().state, allBelow(root).length, fused.backend.asked.length], ['CLOSED', before, 5])
    assert.deepEqual(Object.keys(fused.backend.asked[4]?.opt ?? {}), ['signal'])
  })

  it('tells host and port of the backend, and nothing else of its URL', async () => {
    await using opened = openTestFuse()
    const settings = { timeoutMs: 1_000, concurrency: 8, queueSize: 4, queueWaitMs: 500, retries: 0, retryIntervalMs: 50, retryBudget: 0.1 }
    const breaker = { enabled: true, window: 4, minimumCalls: 4, failureRate: 50, openMs: 1_500, probes: 1 }
    const open = (backend: string, url: string) => opened.registry.open({ backend, protocol: 'rest', settings: { ...settings, breaker }, url })
    const given = [open('one', 'https://erp.example/api?key=secret'), open('two', 'http://10.0.0.1:8080/'), open('three', 'no URL')]
    const told = await Promise.all(given.map(async (fuse) => {
      const root = openSpan()
      await fuse.batch<string, string>('row', openBackend().find)(['a'], asking({}, { span: root }))
      return root.children[0]?.children[0]?.attributes
    }))
    assert.deepEqual(told.map((one) => [one?.['server.address'], one?.['server.port']]), [['erp.example', 443], ['10.0.0.1', 8080], [undefined, undefined]])
    assert.ok(!JSON.stringify(told).includes('secret'))
  })
})
