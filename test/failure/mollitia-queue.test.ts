/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- mollitia declares its options as classes, and takes literals. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Bulkhead, BulkheadQueueWaitError, SlidingCountBreaker, Timeout, TimeoutError } from 'mollitia'
import { Cancelled, FuseOpen, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { asking, openTestFuse, outcomeOf, settle, stopTime } from '../kit/fuses.ts'
import { fail, openBare, openBareBreaker, openFused, pending, succeed, unreachable } from '../kit/mollitia.ts'

/* See mollitia.test.ts: each trap of the bare library, and that a fuse does not fall into it. */

describe('a function that throws before it returns a promise', () => {
  const throwing = () => {
    throw unreachable()
  }

  it('is not counted by the bare breaker', async () => {
    using bare = openBareBreaker()
    for (let index = 0; index < 20; index += 1) bare.run(throwing)
    await settle()
    assert.equal(bare.state(), 'closed')
  })

  it('never settles in the queue of the bare bulkhead, and keeps its slot for ever', async () => {
    using _ = stopTime()
    using bare = openBare(new Bulkhead({ concurrentSize: 1, queueSize: 5 }))
    const first = pending()
    bare.run(() => first.promise)
    const queued = bare.run(throwing)
    first.resolve('done')
    await settle()
    const next = bare.run(succeed)
    await settle()
    assert.deepEqual([queued.settled, next.settled], [false, false])
  })

  it('fails its call in a fuse, counts, and gives its slot back', async () => {
    await using opened = openTestFuse({ concurrency: 1, queueSize: 5 })
    const read = opened.fuse.read<string, string>('customer', throwing)
    const outcomes = Array.from({ length: 4 }, (_, index) => outcomeOf(read(`key ${index}`, asking())))
    await settle()
    assert.ok(outcomes.every(({ failure }) => failure instanceof Unreachable))
    assert.deepEqual([opened.fuse.snapshot().state, opened.fuse.snapshot().inFlight], ['OPEN', 0])
  })
})

describe('a timeout', () => {
  it('of the bare library goes on working for nobody', async () => {
    using time = stopTime()
    using bare = openBare(new Timeout({ delay: 1_000 }))
    let worked = 0
    const outcome = bare.run(() => new Promise((resolve) => setTimeout(() => resolve((worked += 1)), 5_000)))
    await time.pass(1_000)
    assert.ok(outcome.failure instanceof TimeoutError)
    await time.pass(4_000)
    assert.equal(worked, 1)
  })

  it('of a fuse aborts the call', async () => {
    using time = stopTime()
    await using fused = openFused()
    fused.backend.hangs()
    const outcome = outcomeOf(fused.read('a', asking()))
    await time.pass(1_000)
    assert.ok(outcome.failure instanceof TimedOut)
    assert.equal(fused.backend.asked[0]?.opt.signal.aborted, true)
  })
})

describe('a caller that hung up', () => {
  it('counts as a success of the bare breaker where it is not a failure, and keeps the breaker of a hanging backend closed', async () => {
    using bare = openBareBreaker({ onError: (error) => !(error instanceof Cancelled) })
    for (let index = 0; index < 40; index += 1) bare.run(index % 4 === 0 ? fail : () => Promise.reject(new Cancelled()))
    await settle()
    assert.equal(bare.state(), 'closed')
  })

  it('counts for nothing in a fuse', async () => {
    await using fused = openFused()
    for (let index = 0; index < 16; index += 1) {
      fused.backend.fails(() => (index % 4 === 0 ? unreachable() : new Cancelled()))
      await assert.rejects(fused.read('a', asking()))
    }
    await settle()
    assert.equal(fused.state(), 'OPEN')
  })

  it('has its call made all the same by the bare bulkhead, when its turn comes', async () => {
    using bare = openBare(new Bulkhead({ concurrentSize: 1, queueSize: 1 }))
    const first = pending()
    const controller = new AbortController()
    let calls = 0
    bare.run(() => first.promise)
    bare.run(() => Promise.resolve((calls += 1)))
    controller.abort()
    const turnedAway = bare.run(succeed)
    await settle()
    assert.ok(turnedAway.failure, 'its place is taken')
    first.resolve('done')
    await settle()
    assert.equal(calls, 1)
  })

  it('leaves the queue of a fuse at once, and nothing is asked for it', async () => {
    await using fused = openFused({ concurrency: 1, queueSize: 1 })
    const first = pending()
    fused.backend.does = async (keys) => [`${String(await first.promise)} for ${String(keys[0])}`]
    const controller = new AbortController()
    const outcomes = [
      outcomeOf(fused.read('first', asking())),
      outcomeOf(fused.read('gone', asking({}, { signal: controller.signal }))),
    ]
    await settle()
    controller.abort()
    const next = outcomeOf(fused.read('next', asking()))
    await settle()
    first.resolve('done')
    await settle()
    assert.ok(outcomes[1]?.failure instanceof Cancelled)
    assert.ok(next.settled && next.failure === undefined)
    assert.deepEqual(fused.backend.asked.map(({ keys }) => keys[0]), ['first', 'next'])
  })
})

describe('what waits in the queue', () => {
  it('of the bare bulkhead waits on when the breaker opens, and when the circuit is disposed', async () => {
    using time = stopTime()
    const bulkhead = new Bulkhead({ concurrentSize: 4, queueSize: 1, maxQueueWait: 60_000 })
    const breaker = new SlidingCountBreaker({ minimumNumberOfCalls: 1, failureRateThreshold: 1 })
    const bare = openBare(breaker, bulkhead)
    const hanging = pending()
    for (let index = 0; index < 4; index += 1) bare.run(() => hanging.promise)
    const queued = bare.run(succeed)
    await breaker.open()
    bare.circuit.dispose()
    await time.pass(59_000, 1_000)
    assert.equal(queued.settled, false)
    await time.pass(1_000)
    assert.ok(queued.failure instanceof BulkheadQueueWaitError)
  })

  it('of a fuse fails at once in both cases', async () => {
    await using fused = openFused({ concurrency: 1 })
    fused.backend.hangs()
    const outcomes = ['asked', 'queued'].map((key) => outcomeOf(fused.read(key, asking())))
    await settle()
    fused.fuse.hold('maintenance', 1_000)
    await settle()
    assert.deepEqual(outcomes.map(({ settled }) => settled), [false, true])
    assert.ok(outcomes[1]?.failure instanceof FuseOpen)
  })
})
