import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Cancelled, FuseOpen, Overloaded, TimedOut } from '../../fuse/errors.ts'
import { asking, openBackend, openTestFuse, outcomeOf, settle, stopTime } from '../kit/fuses.ts'

/** A fuse that lets two calls at once through, to a backend whose calls end when the test says so. */
const openNarrow = (queueSize = 2) => {
  const opened = openTestFuse({ concurrency: 2, queueSize })
  const backend = openBackend()
  const pending: (() => void)[] = []
  backend.does = (keys) => new Promise((resolve) => pending.push(() => resolve(keys)))
  const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
  const write = opened.fuse.write<string, string>((key, opt) => backend.findOne(key, opt), () => [])
  const start = (key: string, signal = new AbortController().signal) => outcomeOf(read(key, asking({}, { signal })))
  const endFirst = async () => {
    pending.shift()?.()
    await settle()
  }
  const askedKeys = () => backend.asked.map(({ keys }) => keys[0])
  return { ...opened, backend, read, write, start, endFirst, askedKeys }
}

describe('the queue of a fuse', () => {
  it('lets so many calls at once through, and the rest in the order in which they came', async () => {
    await using opened = openNarrow()
    const outcomes = ['a', 'b', 'c', 'd'].map((key) => opened.start(key))
    await settle()
    assert.deepEqual([opened.askedKeys(), opened.fuse.snapshot().inFlight, opened.fuse.snapshot().queued], [['a', 'b'], 2, 2])
    await opened.endFirst()
    assert.deepEqual(opened.askedKeys(), ['a', 'b', 'c'])
    for (let index = 0; index < 3; index += 1) await opened.endFirst()
    assert.ok(outcomes.every(({ settled, failure }) => settled && failure === undefined))
    assert.deepEqual([opened.fuse.snapshot().inFlight, opened.fuse.snapshot().queued], [0, 0])
  })

  it('turns away at once what finds it full', async () => {
    await using opened = openNarrow()
    const outcomes = ['a', 'b', 'c', 'd', 'e'].map((key) => opened.start(key))
    await settle()
    assert.deepEqual(outcomes.map(({ failure }) => failure instanceof Overloaded), [false, false, false, false, true])
    assert.equal(opened.fuse.snapshot().rejected, 1)
  })

  it('has no place where its size is 0', async () => {
    await using opened = openNarrow(0)
    const outcomes = ['a', 'b', 'c'].map((key) => opened.start(key))
    await settle()
    assert.deepEqual(outcomes.map(({ failure }) => failure instanceof Overloaded), [false, false, true])
  })

  it('turns away what has waited too long, without asking', async () => {
    using time = stopTime()
    await using opened = openNarrow()
    const outcomes = ['a', 'b', 'c'].map((key) => opened.start(key))
    await time.pass(500)
    assert.ok(outcomes[2]?.failure instanceof Overloaded)
    await opened.endFirst()
    assert.deepEqual(opened.askedKeys(), ['a', 'b'])
  })

  it('lets a caller that hung up go at once: its place is free, and its call is never made', async () => {
    await using opened = openNarrow()
    const controller = new AbortController()
    opened.start('a')
    opened.start('b')
    const gone = opened.start('c', controller.signal)
    opened.start('d')
    await settle()
    controller.abort()
    await settle()
    assert.ok(gone.failure instanceof Cancelled)
    const next = opened.start('e')
    await settle()
    assert.equal(next.settled, false, 'it found a place')
    for (let index = 0; index < 4; index += 1) await opened.endFirst()
    assert.deepEqual(opened.askedKeys(), ['a', 'b', 'd', 'e'])
  })

  it('lets a caller go whose deadline passes there, and the backend is not blamed', async () => {
    await using opened = openNarrow()
    const controller = new AbortController()
    opened.start('a')
    opened.start('b')
    const late = opened.start('c', controller.signal)
    await settle()
    controller.abort(new DOMException('budget spent', 'TimeoutError'))
    await settle()
    assert.ok(late.failure instanceof TimedOut)
    assert.equal(opened.fuse.snapshot().failures, 0)
  })

  it('is empty as soon as the fuse opens, writes included, and reads in the hands of a hanging backend fail too', async () => {
    using time = stopTime()
    await using opened = openTestFuse({ concurrency: 6, queueSize: 4, queueWaitMs: 5_000 })
    const backend = openBackend()
    backend.hangs()
    const read = opened.fuse.read<string, string>('customer', (key, opt) => backend.findOne(key, opt))
    const write = opened.fuse.write<string, string>((key, opt) => backend.findOne(key, opt), () => [])
    const first = ['a', 'b', 'c', 'd'].map((key) => outcomeOf(read(key, asking())))
    await time.pass(500)
    const [lateRead, lateWrite] = [outcomeOf(read('e', asking())), outcomeOf(write('f', asking()))]
    const waiting = [outcomeOf(read('g', asking())), outcomeOf(write('h', asking()))]
    await time.pass(490)
    assert.deepEqual([opened.fuse.snapshot().inFlight, opened.fuse.snapshot().queued], [6, 2])
    await time.pass(10)
    assert.equal(opened.fuse.snapshot().state, 'OPEN')
    assert.ok(first.every(({ failure }) => failure instanceof TimedOut))
    assert.ok([...waiting, lateRead].every(({ failure }) => failure instanceof FuseOpen && (failure.retryAfterMs ?? 0) > 1_000))
    assert.equal(lateWrite.settled, false, 'a write that was sent is not given up')
    assert.ok(!backend.asked.some(({ keys }) => keys[0] === 'h'))
    await time.pass(500)
    assert.ok(lateWrite.failure instanceof TimedOut)
  })

  it('has given the slot back when the caller gets its answer', async () => {
    await using opened = openTestFuse({ concurrency: 1, queueSize: 0 })
    const read = opened.fuse.read<string, string>('customer', (key) => Promise.resolve(key))
    for (const key of ['a', 'b', 'c']) assert.equal((await read(key, asking())).value, key)
  })

  it('gives the slot back where a call throws before it returns a promise', async () => {
    await using opened = openTestFuse({ concurrency: 1, queueSize: 1 })
    const read = opened.fuse.read<string, string>('customer', (key) => {
      if (key === 'bad') throw new TypeError('a defect')
      return Promise.resolve(key)
    })
    const outcomes = ['bad', 'bad'].map((key) => outcomeOf(read(key, asking())))
    await settle()
    assert.ok(outcomes.every(({ failure }) => failure instanceof TypeError))
    assert.equal((await read('good', asking())).value, 'good')
    assert.equal(opened.fuse.snapshot().inFlight, 0)
  })
})
