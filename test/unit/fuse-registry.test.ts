import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Unreachable } from '../../fuse/errors.ts'
import { openLatencies } from '../../fuse/latencies.ts'
import { openRegistry } from '../../fuse/registry.ts'
import type { FuseSnapshot } from '../../fuse/registry.ts'
import { anyAge, asking, handClock, openBackend, openTestFuse, outcomeOf, settle, shortSettings, stopTime } from '../kit/fuses.ts'

const openReads = () => {
  const opened = openTestFuse()
  const backend = openBackend()
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const fail = async (times: number) => {
    backend.fails(() => new Unreachable('crm', 'connection refused'))
    for (let index = 0; index < times; index += 1) await assert.rejects(read(`key ${index}`, asking()))
    await settle()
  }
  return { ...opened, backend, read, fail }
}

describe('the registry', () => {
  it('knows every fuse by instance and backend', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 1_000 })
    const fuse = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    registry.open({ backend: 'orders', protocol: 'rest', settings: shortSettings })
    assert.deepEqual(registry.list().map((one) => one.snapshot().id), ['node-1/crm', 'node-1/orders'])
    assert.equal(registry.find('node-1/crm'), fuse)
    assert.equal(registry.find('node-2/crm'), null)
  })

  it('lists the newer of two fuses of a backend, while the earlier one works on, and the earlier one again where the newer is disposed', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 1_000 })
    const earlier = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    registry.open({ backend: 'orders', protocol: 'rest', settings: shortSettings })
    const newer = registry.open({ backend: 'crm', protocol: 'mysql', settings: shortSettings })
    assert.deepEqual(registry.list().map((one) => one.snapshot().protocol), ['mysql', 'rest'])
    assert.equal(registry.find('node-1/crm'), newer)
    const read = earlier.read<string, string>('customer', async (key) => `value of ${key}`)
    assert.equal((await read('a', asking())).value, 'value of a')
    await newer[Symbol.asyncDispose]()
    assert.equal(registry.find('node-1/crm'), earlier)
  })

  it('hands what is kept of a source to the fuse that takes the place of another, and of another source nothing', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 100_000 })
    const open = (source: string) => {
      const backend = openBackend()
      const fuse = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings, source })
      return { fuse, backend, read: fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt)) }
    }
    const first = open('php 1')
    const { value } = await first.read('a', asking())
    const second = open('php 1')
    await first.fuse[Symbol.asyncDispose]()
    second.backend.fails(() => new Unreachable('crm', 'connection refused'))
    const kept = await second.read('a', asking(anyAge))
    assert.deepEqual([kept.value, kept.source.state], [value, 'STALE'])
    const other = open('php 2')
    other.backend.fails(() => new Unreachable('crm', 'connection refused'))
    await assert.rejects(other.read('a', asking(anyAge)), Unreachable)
    await second.fuse[Symbol.asyncDispose]()
    await other.fuse[Symbol.asyncDispose]()
    assert.equal(registry.staleBytes, 0)
  })

  it('keeps held what an operator holds, whichever fuse is there', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 1_000 })
    registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings }).hold('maintenance', 60_000)
    const newer = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    assert.equal(newer.held?.reason, 'maintenance')
    assert.equal(newer.snapshot().state, 'OPEN')
  })

  it('forgets a fuse that is disposed, and takes another in its place', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 1_000 })
    await registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })[Symbol.asyncDispose]()
    assert.deepEqual(registry.list(), [])
    registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    assert.equal(registry.list().length, 1)
  })

  it('opens no fuse that could not hold', async () => {
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 1_000 })
    const settings = { ...shortSettings, concurrency: 0 }
    assert.throws(() => registry.open({ backend: 'crm', protocol: 'form', settings }), /crm.*concurrency/)
    assert.deepEqual(registry.list(), [])
  })

  it('tells of each attempt that ended, and of the bytes that are kept', async () => {
    using time = stopTime()
    const ended: [string, number][] = []
    const onAnswered = (backend: string, ms: number) => ended.push([backend, ms])
    await using registry = openRegistry({ instance: 'node-1', staleBytes: 10_000, clock: handClock, onAnswered })
    const backend = openBackend()
    const fuse = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    const read = fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
    await read('a', asking())
    assert.ok(registry.staleBytes > 0)
    backend.hangs()
    const hanging = outcomeOf(read('b', asking()))
    await time.pass(1_000)
    assert.ok(hanging.settled)
    assert.deepEqual(ended, [['crm', 0], ['crm', 1_000]])
  })

  it('tells a listener of each change of state at once, and of figures once a second, until it has had enough', async () => {
    using time = stopTime()
    await using opened = openReads()
    const told: FuseSnapshot[] = []
    const end = opened.registry.subscribe((fuse) => told.push(fuse))
    await opened.fail(4)
    assert.deepEqual(told.map(({ state }) => state), ['OPEN'])
    await time.pass(1_000)
    assert.deepEqual(told.map(({ state, calls }) => [state, calls]), [['OPEN', 4], ['OPEN', 4]])
    assert.equal(told[1]?.samples.at(-1)?.calls, 4)
    opened.backend.isWell()
    await time.pass(500)
    assert.deepEqual(told.map(({ state }) => state), ['OPEN', 'OPEN', 'HALF_OPEN', 'CLOSED'])
    await time.pass(10_000)
    assert.equal(told.length, 5, 'once for the second of the probe, and not while nothing happens')
    end()
    opened.fuse.hold('maintenance', 1_000)
    assert.equal(told.length, 5)
  })

  it('writes each change of state to the log', async () => {
    const lines: [string, string][] = []
    await using registry = openRegistry({
      instance: 'node-1',
      staleBytes: 0,
      log: { info: (_, message) => lines.push(['info', message]), warn: (_, message) => lines.push(['warn', message]) },
    })
    const fuse = registry.open({ backend: 'crm', protocol: 'form', settings: shortSettings })
    fuse.hold('maintenance', 1_000)
    fuse.release()
    assert.deepEqual(lines, [['warn', 'the fuse is open'], ['info', 'the fuse is half open']])
  })
})

describe('the figures of a fuse', () => {
  it('are there before anything was asked', async () => {
    using _ = stopTime()
    await using opened = openReads()
    assert.deepEqual(opened.fuse.snapshot(), {
      ...{ id: 'test/crm', backend: 'crm', instance: 'test', protocol: 'form' },
      ...{ state: 'CLOSED', since: 1_000_000, retryAfterMs: null, heldUntil: null, lastErrorCode: null, timeoutMs: 1_000 },
      ...{ calls: 0, failures: 0, rejected: 0, servedStale: 0, inFlight: 0, queued: 0, p50Ms: null, p99Ms: null, samples: [], trips: [] },
    })
  })

  it('hold one sample a second, each of its own second, of the last 120', async () => {
    using time = stopTime()
    await using opened = openReads()
    for (let second = 0; second < 130; second += 1) {
      for (let call = 0; call <= second % 3; call += 1) await opened.read('a', asking())
      await time.pass(1_000, 1_000)
    }
    const { samples } = opened.fuse.snapshot()
    assert.equal(samples.length, 120)
    assert.deepEqual(samples.slice(0, 3).map(({ calls }) => calls), [2, 3, 1], 'the 11th to the 13th')
    assert.deepEqual(samples.at(-1), { at: 1_130_000, calls: 1, failures: 0, rejected: 0, p50Ms: 0, p99Ms: 0 })
  })

  it('have no quantiles for a second in which nothing ended', async () => {
    using time = stopTime()
    await using opened = openReads()
    await time.pass(1_000, 1_000)
    assert.deepEqual(opened.fuse.snapshot().samples, [{ at: 1_001_000, calls: 0, failures: 0, rejected: 0, p50Ms: null, p99Ms: null }])
  })

  it('tell how long attempts took, and forget it after a minute', async () => {
    using time = stopTime()
    await using opened = openReads()
    let answer = (_rows: readonly string[]): void => undefined
    opened.backend.does = () => new Promise((resolve) => (answer = resolve))
    const reading = outcomeOf(opened.read('a', asking()))
    await time.pass(250)
    answer(['late'])
    await settle()
    assert.ok(reading.settled)
    assert.deepEqual([opened.fuse.snapshot().p50Ms, opened.fuse.snapshot().p99Ms], [250, 250])
    await time.pass(61_000, 1_000)
    assert.equal(opened.fuse.snapshot().p50Ms, null)
  })

  it('tell of a trip from its opening to its closing, and what happened meanwhile', async () => {
    using time = stopTime()
    await using opened = openReads()
    await opened.read('kept', asking())
    await opened.fail(3)
    await assert.rejects(opened.read('a', asking()))
    await opened.read('kept', asking(anyAge))
    const open = { openedAt: 1_000_000, closedAt: null, errorCode: 'BACKEND_UNAVAILABLE', rejected: 2, servedStale: 1 }
    assert.deepEqual(opened.fuse.snapshot().trips, [open])
    await time.pass(1_500)
    assert.deepEqual(opened.fuse.snapshot().trips, [open], 'a probe that fails is not another trip')
    opened.backend.isWell()
    await time.pass(1_500)
    assert.deepEqual(opened.fuse.snapshot().trips, [{ ...open, closedAt: 1_003_000 }])
  })

  it('list trips newest first, and forget them an hour after they ended', async () => {
    using time = stopTime()
    await using opened = openReads()
    for (let trip = 0; trip < 2; trip += 1) {
      await opened.fail(4)
      opened.backend.isWell()
      await time.pass(1_500)
    }
    assert.deepEqual(opened.fuse.snapshot().trips.map(({ openedAt }) => openedAt), [1_001_500, 1_000_000])
    await time.pass(3_599_000, 1_000)
    assert.deepEqual(opened.fuse.snapshot().trips.map(({ openedAt }) => openedAt), [1_001_500])
    await time.pass(2_000, 1_000)
    assert.deepEqual(opened.fuse.snapshot().trips, [])
  })

  it('say since when a fuse is in its state, and for how long it stays open', async () => {
    using time = stopTime()
    await using opened = openReads()
    await time.pass(100)
    await opened.fail(4)
    await time.pass(500)
    const { since, retryAfterMs, lastErrorCode, failures } = opened.fuse.snapshot()
    assert.deepEqual([since, retryAfterMs, lastErrorCode, failures], [1_000_100, 1_000, 'BACKEND_UNAVAILABLE', 4])
  })
})

describe('latencies', () => {
  it('are told by nearest rank, of the last 1,024', () => {
    const latencies = openLatencies()
    for (let ms = 1; ms <= 1_124; ms += 1) latencies.add(ms, ms)
    assert.deepEqual(latencies.quantilesSince(0), { p50Ms: 612, p99Ms: 1_114 })
    assert.deepEqual(latencies.quantilesSince(1_123), { p50Ms: 1_124, p99Ms: 1_124 })
    assert.deepEqual(latencies.quantilesSince(1_124), { p50Ms: null, p99Ms: null })
    assert.deepEqual(latencies.quantilesAfter(1_122), { p50Ms: 1_123, p99Ms: 1_124 })
    assert.deepEqual(latencies.quantilesAfter(latencies.count), { p50Ms: null, p99Ms: null })
  })
})
