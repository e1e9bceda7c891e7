import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { GraphQLError } from 'graphql'
import { openNewestSource, openQueueSource } from '../../subgraphs/queue-source.ts'

type Event = { readonly key: string; readonly value: number }

const event = (value: number, key = 'k'): Event => ({ key, value })
const done = { done: true, value: undefined }
const next = async (source: AsyncIterator<Event, undefined>) => {
  const result = await source.next()
  return result.done === true ? 'done' : result.value.value
}
const isOverloaded = (error: unknown) => error instanceof GraphQLError && error.extensions['code'] === 'OVERLOADED'

describe('a queue', () => {
  it('hands out what was pushed in order, to who comes later and to who waits', async () => {
    const queue = openQueueSource<Event>(3)
    for (const value of [1, 2]) queue.push(event(value))
    assert.deepEqual([await next(queue), await next(queue)], [1, 2])
    const waiting = next(queue)
    queue.push(event(3))
    queue.push(event(4))
    assert.deepEqual([await waiting, await next(queue)], [3, 4])
  })

  it('gives several who wait one event each', async () => {
    const queue = openQueueSource<Event>(3)
    const waiting = [next(queue), next(queue), next(queue)]
    for (const value of [1, 2, 3]) queue.push(event(value))
    assert.deepEqual(await Promise.all(waiting), [1, 2, 3])
  })

  it('is over where more waits than it keeps, and forgets what waited', async () => {
    const queue = openQueueSource<Event>(2)
    for (const value of [1, 2]) queue.push(event(value))
    assert.equal(queue.isOver, false)
    queue.push(event(3))
    assert.equal(queue.isOver, true)
    await assert.rejects(queue.next(), isOverloaded)
    assert.deepEqual(await queue.next(), done)
  })

  it('keeps as many as it says however many have gone through it', async () => {
    const queue = openQueueSource<Event>(5)
    for (let value = 0; value < 1_000; value += 1) {
      queue.push(event(value))
      if (value >= 4) assert.equal(await next(queue), value - 4)
    }
    queue.push(event(1_000))
    assert.equal(queue.isOver, false)
    queue.push(event(1_001))
    assert.equal(queue.isOver, true)
  })

  it('that failed or ended still hands out what waited, then tells the error once', async () => {
    const queue = openQueueSource<Event>(5)
    queue.push(event(1))
    queue.fail(new Error('first'))
    queue.fail(new Error('second'))
    queue.push(event(2))
    assert.equal(await next(queue), 1)
    await assert.rejects(queue.next(), /first/)
    assert.deepEqual([await queue.next(), queue.isOver], [done, true])
    const ending = openQueueSource<Event>(5)
    ending.push(event(1))
    ending.end()
    assert.deepEqual([await next(ending), await next(ending)], [1, 'done'])
  })

  it('tells whoever waits of an error or an end', async () => {
    const [failing, ending] = [openQueueSource<Event>(1), openQueueSource<Event>(1)]
    const [first, second] = [failing.next(), next(ending)]
    failing.fail(new Error('cut off'))
    ending.end()
    await assert.rejects(first, /cut off/)
    assert.deepEqual([await second, await failing.next()], ['done', done])
  })
})

describe('a listener who leaves', () => {
  it('is told that it is done, also while they wait, and is let go of once', async () => {
    let left = 0
    const queue = openQueueSource<Event>(5, () => (left += 1))
    const waiting = next(queue)
    await queue.return()
    await queue.return()
    queue.push(event(1))
    queue.fail(new Error('too late'))
    assert.deepEqual([await waiting, await next(queue), left, queue.isOver], ['done', 'done', 1, true])
  })

  it('is let go of also where it was over before', async () => {
    let left = 0
    const queue = openQueueSource<Event>(0, () => (left += 1))
    queue.push(event(1))
    await queue.return()
    assert.deepEqual([await queue.next(), left], [done, 1])
  })
})

describe('a queue of the newest', () => {
  it('keeps of each key the newest event, in the place of the first', async () => {
    const queue = openNewestSource<Event>(({ key }) => key)
    for (const [key, value] of [['a', 1], ['b', 2], ['a', 3], ['c', 4], ['b', 5]] as const) queue.push(event(value, key))
    queue.end()
    assert.deepEqual([await next(queue), await next(queue), await next(queue), await next(queue)], [3, 5, 4, 'done'])
  })

  it('is never too full', async () => {
    const queue = openNewestSource<Event>(({ key }) => key)
    for (let value = 0; value < 10_000; value += 1) queue.push(event(value))
    assert.deepEqual([queue.isOver, await next(queue)], [false, 9_999])
  })
})

describe('whatever is pushed and taken', () => {
  it('comes once and in order as long as there is room', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 100 }), fc.integer({ min: 1, max: 10 }), async (pushes, bound) => {
      const queue = openQueueSource<Event>(bound)
      const taken: (number | 'done')[] = []
      let waiting: Promise<number | 'done'> | null = null
      let pushed = 0
      for (const push of pushes) {
        if (push && pushed - taken.length < bound) {
          queue.push(event((pushed += 1)))
        } else if (!push) {
          waiting ??= next(queue)
        }
        // Taken as soon as there is one; a listener asks for the next when it has the last.
        if (waiting && pushed > taken.length) {
          taken.push(await waiting)
          waiting = null
        }
      }
      queue.end()
      if (waiting) assert.equal(await waiting, 'done')
      while (taken.at(-1) !== 'done') taken.push(await next(queue))
      assert.deepEqual(taken, [...Array.from({ length: pushed }, (_, index) => index + 1), 'done'])
    }), { numRuns: 200 })
  })
})
