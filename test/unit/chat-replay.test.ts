import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Replay } from '../../subgraphs/chat/replay.ts'
import { openQueueSource } from '../../subgraphs/queue-source.ts'

type Item = { readonly place: number | null }

const pageSize = 3
const placeOf = ({ place }: Item) => place
const item = (place: number | null): Item => ({ place })

/** What was kept: `places`, read by pages; may grow while it is read. */
const readerOf = (places: readonly number[]) => async (after: number) => {
  const page = places.filter((place) => place > after).slice(0, pageSize)
  return { items: page.map(item), next: page.at(-1) ?? after, more: page.length === pageSize }
}

const take = async (source: AsyncIterator<Item, undefined>, count: number): Promise<readonly (number | null)[]> => {
  const taken: (number | null)[] = []
  while (taken.length < count) {
    const result = await source.next()
    if (result.done === true) break
    taken.push(result.value.place)
  }
  return taken
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1)

describe('what was missed', () => {
  it('comes first, page by page, then what happens', async () => {
    const live = openQueueSource<Item>(10)
    const replay = new Replay({ live, read: readerOf(upTo(7)), after: 2, known: 2, placeOf })
    live.push(item(8))
    assert.deepEqual(await take(replay, 6), [3, 4, 5, 6, 7, 8])
  })

  it('is read only as it is taken', async () => {
    const asked: number[] = []
    const read = readerOf(upTo(9))
    const replay = new Replay({ live: openQueueSource<Item>(1), read: (after) => (asked.push(after), read(after)), after: 0, known: 0, placeOf })
    assert.deepEqual(asked, [])
    await take(replay, 3)
    assert.deepEqual(asked, [0])
    await take(replay, 1)
    assert.deepEqual(asked, [0, 3])
  })

  it('does not come twice where it is live too', async () => {
    const live = openQueueSource<Item>(10)
    const replay = new Replay({ live, read: readerOf(upTo(4)), after: 1, known: 1, placeOf })
    for (const place of [2, 3, 4, 5]) live.push(item(place))
    assert.deepEqual(await take(replay, 4), [2, 3, 4, 5])
  })

  it('may be a whole page of nothing, as in an inbox whose owner may see none of it', async () => {
    const live = openQueueSource<Item>(10)
    const pages = [{ items: [], next: 200, more: true }, { items: [], next: 201, more: false }]
    const replay = new Replay<Item>({ live, read: async () => pages.shift() ?? assert.fail(), after: 0, known: 0, placeOf })
    live.push(item(201))
    live.push(item(202))
    assert.deepEqual(await take(replay, 1), [202])
  })
})

describe('where nothing was missed', () => {
  it('nothing is read, what is known is passed over, and what is never kept always comes', async () => {
    const live = openQueueSource<Item>(10)
    const replay = new Replay({ live, read: () => assert.fail('it was read'), after: null, known: 5, placeOf })
    for (const place of [4, null, 5, 6, null, 6]) live.push(item(place))
    live.end()
    assert.deepEqual(await take(replay, 10), [null, 6, null])
  })
})

describe('a listener', () => {
  it('may leave while what was missed is being read', async () => {
    let left = 0
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const read = readerOf(upTo(3))
    const replay = new Replay<Item>({ live: openQueueSource(10, () => (left += 1)), read: async (after) => (await promise, read(after)), after: 0, known: 0, placeOf })
    const pending = replay.next()
    assert.deepEqual(await replay.return(), { done: true, value: undefined })
    resolve(undefined)
    assert.deepEqual([await pending, await replay.next(), left], [{ done: true, value: undefined }, { done: true, value: undefined }, 1])
  })

  it('is told nothing of what it was given already when it leaves', async () => {
    const replay = new Replay<Item>({ live: openQueueSource(10), read: readerOf(upTo(3)), after: 0, known: 0, placeOf })
    await replay.next()
    await replay.return()
    assert.equal((await replay.next()).done, true)
  })

  it('listens no more where what was missed can not be read', async () => {
    let left = 0
    const replay = new Replay<Item>({ live: openQueueSource(10, () => (left += 1)), read: () => Promise.reject(new Error('gone')), after: 0, known: 0, placeOf })
    await assert.rejects(replay.next(), /gone/)
    assert.deepEqual([(await replay.next()).done, left], [true, 1])
  })

  it('hears of an error after all that came before it', async () => {
    const live = openQueueSource<Item>(10)
    const replay = new Replay({ live, read: readerOf(upTo(2)), after: 0, known: 0, placeOf })
    live.push(item(3))
    live.fail(new Error('cut off'))
    assert.deepEqual(await take(replay, 3), [1, 2, 3])
    await assert.rejects(replay.next(), /cut off/)
  })
})

describe('whenever a listener comes', () => {
  it('nothing is left out and nothing comes twice', async () => {
    const cases = fc.record({ before: fc.integer({ min: 0, max: 10 }), meanwhile: fc.integer({ min: 0, max: 10 }), later: fc.integer({ min: 0, max: 5 }), after: fc.nat(10), lag: fc.nat(20), cut: fc.nat(20) })
    await fc.assert(fc.asyncProperty(cases, async ({ before, meanwhile, later, after, lag, cut }) => {
      const from = Math.min(after, before)
      const kept = upTo(before)
      const live = openQueueSource<Item>(100)
      const replay = new Replay({ live, read: readerOf(kept), after: from, known: from, placeOf })
      // What was told late of what was there before, then what happens while it is read.
      for (const place of upTo(before).slice(-lag)) live.push(item(place))
      const first = await take(replay, Math.min(cut, before - from))
      for (const place of upTo(before + meanwhile).slice(before)) {
        kept.push(place)
        live.push(item(place))
      }
      const second = await take(replay, before + meanwhile - from - first.length)
      for (let place = before + meanwhile + 1; place <= before + meanwhile + later; place += 1) live.push(item(place))
      live.end()
      assert.deepEqual([...first, ...second, ...await take(replay, 1_000)], upTo(before + meanwhile + later).slice(from))
    }), { numRuns: 300 })
  })
})
