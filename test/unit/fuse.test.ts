import assert from 'node:assert/strict'
import { getEventListeners } from 'node:events'
import { describe, it } from 'node:test'
import { circuits, modules } from 'mollitia'
import { Cancelled, Faulted, FuseOpen, Malformed, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { UnfitSettings } from '../../fuse/fuse-settings.ts'
import type { FuseSettings } from '../../fuse/settings.ts'
import { asking, openBackend, openTestFuse, outcomeOf, settle, shortSettings, stopTime } from '../kit/fuses.ts'

/** A fuse with one read of one key, and one write. */
const openReads = (settings: Partial<FuseSettings> = {}, breaker: Partial<FuseSettings['breaker']> = {}) => {
  const opened = openTestFuse(settings, breaker)
  const backend = openBackend()
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const write = opened.fuse.write<string, string>((key, opt) => backend.findOne(key, opt), () => [])
  const state = () => opened.fuse.snapshot().state
  /** So many reads, one after another. */
  const readTimes = async (times: number) => {
    for (let index = 0; index < times; index += 1) await read(`key ${index}`, asking()).catch(() => undefined)
    await settle()
  }
  return { ...opened, backend, read, write, state, readTimes }
}

const unreachable = () => new Unreachable('crm', 'connection refused')

describe('a fuse', () => {
  it('opens when the failure rate of its window is reached, not before the minimum of calls, and then asks nobody', async () => {
    await using opened = openReads()
    opened.backend.fails(unreachable)
    await opened.readTimes(3)
    assert.equal(opened.state(), 'CLOSED')
    await opened.readTimes(1)
    assert.equal(opened.state(), 'OPEN')
    await assert.rejects(opened.read('a', asking()), (failure) => failure instanceof FuseOpen && (failure.retryAfterMs ?? 0) > 1_000)
    assert.equal(opened.backend.asked.length, 4)
  })

  it('stays closed below the failure rate', async () => {
    await using opened = openReads()
    for (let round = 0; round < 5; round += 1) {
      opened.backend.isWell()
      await opened.readTimes(3)
      opened.backend.fails(unreachable)
      await opened.readTimes(1)
    }
    assert.equal(opened.state(), 'CLOSED')
  })

  for (const failure of [new Faulted('crm', ''), new Malformed('crm', '')]) {
    it(`opens on ${failure.name}`, async () => {
      await using opened = openReads()
      opened.backend.fails(() => failure)
      await opened.readTimes(4)
      assert.equal(opened.state(), 'OPEN')
      assert.equal(opened.fuse.snapshot().trips[0]?.errorCode, failure.code)
    })
  }

  for (const failure of [new Refused('crm', ''), new Cancelled(), new TypeError('a defect')]) {
    it(`does not open on ${failure.name}`, async () => {
      await using opened = openReads()
      opened.backend.fails(() => failure)
      await opened.readTimes(20)
      assert.deepEqual([opened.state(), opened.fuse.snapshot().failures], ['CLOSED', 0])
    })
  }

  it('never opens by itself where the breaker is not enabled, and can be held all the same', async () => {
    await using opened = openReads({}, { enabled: false })
    opened.backend.fails(unreachable)
    await opened.readTimes(50)
    assert.equal(opened.state(), 'CLOSED')
    opened.fuse.hold('maintenance', 1_000)
    assert.equal(opened.state(), 'OPEN')
  })

  it('refuses settings under which it could not hold, and says which', () => {
    const wrong = { failureRate: 100, openMs: 1_000, window: 2, probes: 0 }
    assert.throws(() => openReads({}, wrong), (error) => {
      assert.ok(error instanceof UnfitSettings)
      assert.match(error.message, /failureRate is 1 to 99 per cent, not 100.*window.*probes/)
      assert.match(error.message, /openMs \(1000\) must be longer than timeoutMs \(1000\)/)
      return true
    })
  })

  it('leaves nothing in the arrays that mollitia keeps for ever', async () => {
    const before = [circuits.length, modules.length]
    {
      await using opened = openReads({ retries: 1 })
      await opened.readTimes(1)
      assert.ok(circuits.length > (before[0] ?? 0))
    }
    assert.deepEqual([circuits.length, modules.length], before)
  })

  it('fails what is under way when it is disposed, and what comes after', async () => {
    const opened = openReads()
    opened.backend.hangs()
    const reading = outcomeOf(opened.read('a', asking()))
    await settle()
    await opened.fuse[Symbol.asyncDispose]()
    await settle()
    assert.ok(reading.failure instanceof FuseOpen)
    assert.equal(opened.backend.asked[0]?.opt.signal.aborted, true)
    await assert.rejects(opened.read('b', asking()), FuseOpen)
    await opened.registry[Symbol.asyncDispose]()
  })
})

describe('a deadline', () => {
  it('ends an attempt and cancels it', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.hangs()
    const reading = outcomeOf(opened.read('a', asking()))
    await time.pass(990)
    assert.equal(reading.settled, false)
    await time.pass(10)
    assert.ok(reading.failure instanceof TimedOut)
    const signal = opened.backend.asked[0]?.opt.signal
    assert.ok(signal?.reason instanceof DOMException && signal.reason.name === 'TimeoutError')
    assert.equal(opened.fuse.snapshot().inFlight, 0)
  })

  it('of the request counts as a timeout where the backend was waited for', async () => {
    await using opened = openReads()
    opened.backend.hangs()
    const controller = new AbortController()
    const given = asking({}, { signal: controller.signal })
    const readings = ['a', 'b', 'c', 'd'].map((key) => outcomeOf(opened.read(key, given)))
    await settle()
    controller.abort(new DOMException('budget spent', 'TimeoutError'))
    await settle()
    assert.ok(readings.every(({ failure }) => failure instanceof TimedOut))
    assert.deepEqual([opened.state(), opened.fuse.snapshot().lastErrorCode], ['OPEN', 'BACKEND_TIMEOUT'])
  })

  it('that has passed already keeps the backend from being asked', async () => {
    await using opened = openReads()
    const signal = AbortSignal.abort(new DOMException('budget spent', 'TimeoutError'))
    await assert.rejects(opened.read('a', asking({}, { signal })), TimedOut)
    assert.equal(opened.backend.asked.length, 0)
  })
})

describe('a caller that hangs up', () => {
  it('is let go at once, cancels the attempt, and counts for nothing', async () => {
    await using opened = openReads()
    opened.backend.hangs()
    for (let index = 0; index < 20; index += 1) {
      const controller = new AbortController()
      const reading = outcomeOf(opened.read('a', asking({}, { signal: controller.signal })))
      await settle()
      controller.abort()
      await settle()
      assert.ok(reading.failure instanceof Cancelled)
    }
    assert.ok(opened.backend.asked.every(({ opt }) => opt.signal.aborted))
    assert.deepEqual([opened.state(), opened.fuse.snapshot().failures, opened.fuse.snapshot().inFlight], ['CLOSED', 0, 0])
  })

  it('is not remembered after its call: a long-lived signal gathers no listeners', async () => {
    await using opened = openReads()
    const { signal } = new AbortController()
    for (const key of ['a', 'b', 'c']) await opened.read(key, asking({}, { signal }))
    opened.backend.fails(unreachable)
    await assert.rejects(opened.read('d', asking({}, { signal })), Unreachable)
    assert.equal(getEventListeners(signal, 'abort').length, 0)
  })

  it('does not keep the fuse of a hanging backend from opening', async () => {
    using time = stopTime()
    await using opened = openReads()
    opened.backend.hangs()
    const impatient = async () => {
      const controller = new AbortController()
      const reading = opened.read('a', asking({}, { signal: controller.signal }))
      controller.abort()
      await assert.rejects(reading, Cancelled)
    }
    for (let round = 0; round < 4; round += 1) {
      const patient = outcomeOf(opened.read('b', asking()))
      for (let index = 0; index < 5; index += 1) await impatient()
      await time.pass(1_000)
      assert.ok(patient.failure instanceof TimedOut)
    }
    assert.equal(opened.state(), 'OPEN')
  })
})

describe('retries', () => {
  const flaky = { retries: 1, retryBudget: 1 }

  it('are made for reads that failed to reach the backend, after a pause', async () => {
    using time = stopTime()
    await using opened = openReads(flaky)
    opened.backend.fails(unreachable)
    const reading = outcomeOf(opened.read('a', asking()))
    await time.pass(20)
    assert.equal(opened.backend.asked.length, 1)
    opened.backend.isWell()
    await time.pass(80)
    assert.equal(opened.backend.asked.length, 2)
    assert.ok(reading.settled && reading.failure === undefined)
  })

  for (const failure of [new TimedOut('crm', ''), new Refused('crm', ''), new Malformed('crm', ''), new Cancelled()]) {
    it(`are not made after ${failure.name}`, async () => {
      using time = stopTime()
      await using opened = openReads(flaky)
      opened.backend.fails(() => failure)
      const reading = outcomeOf(opened.read('a', asking()))
      await time.pass(200)
      assert.deepEqual([opened.backend.asked.length, reading.failure], [1, failure])
    })
  }

  it('are never made for writes', async () => {
    using time = stopTime()
    await using opened = openReads(flaky)
    opened.backend.fails(unreachable)
    const writing = outcomeOf(opened.write('a', asking()))
    await time.pass(500)
    assert.ok(writing.failure instanceof Unreachable)
    assert.equal(opened.backend.asked.length, 1)
  })

  it('end with their budget, which calls earn', async () => {
    using time = stopTime()
    await using opened = openReads({ retries: 1, retryBudget: 0.1 }, { window: 1_000, minimumCalls: 1_000 })
    opened.backend.fails(unreachable)
    for (let index = 0; index < 60; index += 1) {
      const reading = outcomeOf(opened.read('a', asking()))
      await time.pass(100)
      assert.ok(reading.settled)
    }
    const retries = opened.backend.asked.length - 60
    assert.ok(retries >= 15 && retries <= 16, `10 at hand and 0.1 for each of 60 calls, not ${retries}`)
  })

  it('are not made with a budget of nothing', async () => {
    using time = stopTime()
    await using opened = openReads({ retries: 1, retryBudget: 0 })
    opened.backend.fails(unreachable)
    const reading = outcomeOf(opened.read('a', asking()))
    await time.pass(200)
    assert.ok(reading.settled)
    assert.equal(opened.backend.asked.length, 1)
  })

  it('do not outlive the caller’s deadline: it is let go within the pause', async () => {
    using time = stopTime()
    await using opened = openReads({ ...flaky, retryIntervalMs: 800 })
    opened.backend.fails(unreachable)
    const controller = new AbortController()
    const reading = outcomeOf(opened.read('a', asking({}, { signal: controller.signal })))
    await time.pass(100)
    controller.abort(new DOMException('budget spent', 'TimeoutError'))
    await settle()
    assert.ok(reading.failure instanceof TimedOut)
    await time.pass(2_000)
    assert.equal(opened.backend.asked.length, 1)
  })

  it('count once each in the breaker', async () => {
    using time = stopTime()
    await using opened = openReads(flaky)
    opened.backend.fails(unreachable)
    const readings = [outcomeOf(opened.read('a', asking())), outcomeOf(opened.read('b', asking()))]
    await time.pass(200)
    assert.ok(readings.every(({ settled }) => settled))
    assert.deepEqual([opened.state(), opened.fuse.snapshot().calls, opened.fuse.snapshot().failures], ['OPEN', 4, 4])
  })
})

describe('the settings that the tests use', () => {
  it('hold', () => assert.ok(shortSettings.breaker.openMs > shortSettings.timeoutMs))
})
