import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FuseOpen, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { FuseSettings } from '../../fuse/settings.ts'
import { asking, openBackend, openTestFuse, outcomeOf, settle, stopTime } from '../kit/fuses.ts'

const openReads = (breaker: Partial<FuseSettings['breaker']> = {}, settings: Partial<FuseSettings> = {}) => {
  const opened = openTestFuse(settings, breaker)
  const backend = openBackend()
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const write = opened.fuse.write<string, string>((key, opt) => backend.findOne(key, opt), () => [])
  const state = () => opened.fuse.snapshot().state
  const failTimes = async (times: number, call = read) => {
    for (let index = 0; index < times; index += 1) await assert.rejects(call(`key ${index}`, asking()))
    await settle()
  }
  return { ...opened, backend, read, write, state, failTimes }
}

const unreachable = () => new Unreachable('crm', 'connection refused')

describe('probes', () => {
  it('are made in the background when the open time is over, and close the fuse without any traffic', async () => {
    using time = stopTime()
    await using opened = openReads({ probes: 2 })
    opened.backend.fails(unreachable)
    await opened.failTimes(4)
    opened.backend.isWell()
    await time.pass(1_490)
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['OPEN', 4])
    await time.pass(10)
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['CLOSED', 6])
    assert.deepEqual(opened.backend.asked.slice(4).map(({ keys }) => keys[0]), ['key 3', 'key 3'], 'the last read that failed')
  })

  it('let no caller wait: half open, it is turned away at once and told for how long', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.hangs()
    const first = ['a', 'b', 'c', 'd'].map((key) => outcomeOf(opened.read(key, asking())))
    await time.pass(1_000)
    assert.ok(first.every(({ failure }) => failure instanceof TimedOut))
    await time.pass(1_700)
    assert.equal(opened.state(), 'HALF_OPEN')
    const reading = outcomeOf(opened.read('e', asking()))
    await settle()
    assert.ok(reading.failure instanceof FuseOpen)
    assert.equal(reading.failure.retryAfterMs, 800, 'the probe ends by then')
    assert.equal(opened.backend.asked.length, 5)
  })

  it('open the fuse again where they fail, for another round', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.hangs()
    const failing = Array.from({ length: 4 }, (_, index) => outcomeOf(opened.read(`key ${index}`, asking())))
    await time.pass(1_000)
    assert.ok(failing.every(({ settled }) => settled))
    for (let round = 1; round <= 3; round += 1) {
      await time.pass(1_500)
      assert.equal(opened.state(), 'HALF_OPEN')
      await time.pass(1_000)
      assert.equal(opened.state(), 'OPEN')
    }
    assert.equal(opened.backend.asked.length, 7)
    assert.ok(opened.backend.asked.at(-1)?.opt.signal.aborted, 'a probe is cancelled like any attempt')
  })

  it('take another of the reads that failed each round, so that one which always fails keeps no fuse open', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.fails(unreachable)
    await opened.failTimes(4)
    opened.backend.does = (keys) => (keys[0] === 'key 3' ? Promise.reject(unreachable()) : Promise.resolve(['well']))
    await time.pass(1_500)
    assert.equal(opened.state(), 'OPEN')
    await time.pass(1_500)
    assert.equal(opened.state(), 'CLOSED')
  })

  it('are never writes: where nothing was read, callers’ calls are the probes, as many as there are probes', async () => {
    using time = stopTime()
    await using opened = openReads({ probes: 1 })
    opened.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(opened.write('a', asking()), Unreachable)
    await settle()
    await time.pass(1_500)
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['HALF_OPEN', 4])
    opened.backend.isWell()
    const [probe, other] = [outcomeOf(opened.write('b', asking())), outcomeOf(opened.write('c', asking()))]
    await settle()
    assert.deepEqual([probe.failure, opened.state()], [undefined, 'CLOSED'])
    assert.ok(other.failure instanceof FuseOpen)
  })

  it('open the fuse again where a caller that was the probe hangs up', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(opened.write('a', asking()), Unreachable)
    await time.pass(1_500)
    opened.backend.hangs()
    const controller = new AbortController()
    const writing = outcomeOf(opened.write('b', asking({}, { signal: controller.signal })))
    await settle()
    controller.abort()
    await settle()
    assert.ok(writing.settled)
    assert.equal(opened.state(), 'OPEN')
  })

  it('do not leave the fuse half open where nobody comes', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.fails(unreachable)
    for (let index = 0; index < 4; index += 1) await assert.rejects(opened.write('a', asking()), Unreachable)
    await time.pass(1_500)
    assert.equal(opened.state(), 'HALF_OPEN')
    await time.pass(2_500)
    assert.equal(opened.state(), 'OPEN')
  })
})

describe('an outage at 50 reads a second, with the settings that ship', () => {
  const shipped = { concurrency: 32, queueSize: 64, retries: 1 }

  it('costs its reads 20 ms on average over a minute, and ends within 5 s of health', async () => {
    using time = stopTime()
    await using opened = openReads({ window: 20, minimumCalls: 5, probes: 2 }, shipped)
    const waited: number[] = []
    const readOnce = () => {
      const at = Date.now()
      const ended = () => waited.push(Date.now() - at)
      opened.read(`key ${at}`, asking()).then(ended, ended)
    }
    for (let index = 0; index < 100; index += 1) {
      readOnce()
      await time.pass(20)
    }
    opened.backend.hangs()
    waited.length = 0
    for (let index = 0; index < 3_000; index += 1) {
      readOnce()
      await time.pass(20)
    }
    const mean = waited.reduce((sum, ms) => sum + ms, 0) / waited.length
    assert.equal(waited.length, 3_000)
    assert.ok(mean <= 20, `mean ${mean} ms`)
    opened.backend.isWell()
    await time.pass(3_000)
    assert.equal(opened.state(), 'CLOSED')
  })
})

describe('an operator', () => {
  it('holds a fuse open: nothing is asked, not even by a probe, until the time is over', async () => {
    using time = stopTime()
    await using opened = openReads()
    await opened.read('a', asking())
    opened.fuse.hold('the CRM is being upgraded', 10_000)
    const { state, heldUntil, retryAfterMs, trips } = opened.fuse.snapshot()
    assert.deepEqual([state, heldUntil, retryAfterMs, trips[0]?.errorCode], ['OPEN', 1_010_000, 10_000, 'HELD'])
    await assert.rejects(opened.read('b', asking()), (failure) => failure instanceof FuseOpen && failure.retryAfterMs === 10_000)
    await time.pass(9_990)
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['OPEN', 1])
    await time.pass(10)
    assert.deepEqual([opened.state(), opened.fuse.snapshot().heldUntil, opened.backend.asked.length], ['CLOSED', null, 2])
  })

  it('lets go of what waits by holding', async () => {
    await using opened = openReads({}, { concurrency: 1 })
    opened.backend.hangs()
    const outcomes = ['a', 'b'].map((key) => outcomeOf(opened.read(key, asking())))
    await settle()
    opened.fuse.hold('maintenance', 10_000)
    await settle()
    assert.deepEqual(outcomes.map(({ failure }) => failure instanceof FuseOpen), [false, true])
  })

  it('releases it: it is probed before it closes', async () => {
    await using opened = openReads()
    await opened.read('a', asking())
    opened.fuse.hold('maintenance', 10_000)
    opened.backend.fails(unreachable)
    opened.fuse.release()
    assert.equal(opened.state(), 'HALF_OPEN')
    await settle()
    assert.equal(opened.state(), 'OPEN')
    opened.backend.isWell()
    await opened.fuse.tryNow()
    await settle()
    assert.equal(opened.state(), 'CLOSED')
  })

  it('releases one that was never used: the first caller is the probe', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.fuse.hold('maintenance', 10_000)
    opened.fuse.release()
    await opened.read('a', asking())
    await settle()
    assert.equal(opened.state(), 'CLOSED')
    await time.pass(60_000)
    assert.equal(opened.state(), 'CLOSED', 'no timer is left over')
  })

  it('tries an open fuse before its time', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.fails(unreachable)
    await opened.failTimes(4)
    opened.backend.isWell()
    await opened.fuse.tryNow()
    await settle()
    assert.equal(opened.state(), 'CLOSED')
    await time.pass(10_000)
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['CLOSED', 5])
  })

  it('tries a held fuse without letting it go', async () => {
    await using opened = openReads()
    await opened.read('a', asking())
    opened.fuse.hold('maintenance', 10_000)
    await opened.fuse.tryNow()
    assert.deepEqual([opened.state(), opened.backend.asked.length], ['OPEN', 2])
  })

  it('can’t release what nobody holds, nor hold for no time', async () => {
    await using opened = openReads()
    opened.backend.fails(unreachable)
    await opened.failTimes(4)
    opened.fuse.release()
    assert.equal(opened.state(), 'OPEN')
    assert.throws(() => opened.fuse.hold('maintenance', 0), RangeError)
  })
})
