import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { iconOf } from '../../console/src/fuses/icon.ts'
import { countByState, inOrder, manyInstances, nameOf, worstOf } from '../../console/src/fuses/order.ts'
import { probedSpans, probesOf, toldOf } from '../../console/src/fuses/phases.ts'
import { merged, nearerOffset, secondAt, shownMs } from '../../console/src/fuses/seconds.ts'
import type { Second } from '../../console/src/fuses/seconds.ts'
import { causeOf, incidentNote, newsOf, readingOf, sentenceOf, statusOf } from '../../console/src/fuses/sentences.ts'
import type { Saying } from '../../console/src/fuses/sentences.ts'
import { hatchesOf, height, linesOf, width, xOf, yOf } from '../../console/src/fuses/sparkline.ts'
import { addressOf, blocksOf, hourMs, inTime, openSpans, sinceWhen, stepFrom, toTrips, tripIdOf } from '../../console/src/fuses/trips.ts'
import type { Trip } from '../../console/src/fuses/trips.ts'
import { fuses as dictionaries } from '../../console/src/words/fuses.ts'

const now = 1_800_000_000_000

const second = (secondsAgo: number, over: Partial<Second> = {}): Second => ({ at: now - secondsAgo * 1_000, calls: 3, failures: 0, rejected: 0, p50Ms: 20, p99Ms: 80, ...over })

const trip = (openedMinutesAgo: number, lastedMs: number | null, over: Partial<Trip> = {}): Trip => {
  const openedAt = now - openedMinutesAgo * 60_000
  return { openedAt, closedAt: lastedMs === null ? null : openedAt + lastedMs, errorCode: 'BACKEND_TIMEOUT', rejected: 7, servedStale: 2, ...over }
}

const saying = (language: 'en' | 'zh' = 'en'): Saying => ({
  words: dictionaries[language],
  span: (ms) => `${Math.round(ms / 1_000)} s`,
  number: (value) => String(value),
  time: (at) => new Date(at).toISOString().slice(11, 19),
  day: (at) => new Date(at).toISOString().slice(0, 10),
})

const fuse = (over: Partial<Parameters<typeof sentenceOf>[2]> = {}): Parameters<typeof sentenceOf>[2] =>
  ({ state: 'CLOSED', since: new Date(now - 41_000).toISOString(), calls: 10, callsWhenOpen: 10, lastErrorCode: null, heldUntil: null, ...over })

describe('the seconds of a fuse', () => {
  it('are each kept once, oldest first, and for two minutes', () => {
    const was = [second(130), second(3), second(2)]
    const all = merged(was, [second(2, { calls: 9 }), second(1), second(0)])
    assert.deepEqual(all.map(({ at, calls }) => [(now - at) / 1_000, calls]), [[3, 3], [2, 9], [1, 3], [0, 3]])
  })

  it('come to the same in whatever pieces they arrive', () => {
    const ago = fc.uniqueArray(fc.integer({ min: 0, max: 119 }), { minLength: 1 })
    fc.assert(fc.property(ago, fc.nat(), (agos, cut) => {
      const seconds = agos.map((one) => second(one))
      const at = cut % seconds.length
      assert.deepEqual(merged(merged([], seconds.slice(at)), seconds.slice(0, at + 1)), merged([], seconds))
    }))
  })

  it('leave out one whose time can not be read', () => {
    assert.deepEqual(merged([], [second(0, { at: NaN })]), [])
  })

  it("tell how far the hub's clock is ahead, by the one that arrived soonest", () => {
    assert.equal(nearerOffset(nearerOffset(null, now - 900, 5_000), now, 5_100), now - 5_100)
    assert.equal(nearerOffset(now - 5_000, now - 700, 5_000), now - 5_000)
    assert.equal(nearerOffset(null, -Infinity, 5_000), null)
  })

  it('are found by how long ago they were, and idle ones are not there', () => {
    const seconds = [second(10), second(2)]
    assert.equal(secondAt(seconds, now + 300, 2)?.at, second(2).at)
    assert.equal(secondAt(seconds, now, 5), null)
  })
})

describe('a sparkline', () => {
  it('runs from two minutes ago to now, and by the logarithm from 5 ms at the bottom to 5 s at the top', () => {
    assert.deepEqual([xOf(now - shownMs, now), xOf(now, now), xOf(now - shownMs / 2, now)], [0, width, width / 2])
    assert.deepEqual([yOf(1), yOf(5), yOf(5_000), yOf(60_000)], [height - 1, height - 1, 1, 1])
    assert.ok(Math.abs(yOf(158) - height / 2) < 0.1)
  })

  it('joins seconds that follow each other, and nothing over a gap', () => {
    const { p50, dots, band } = linesOf([second(30), second(29), second(28), second(10), second(3), second(2)], now)
    assert.deepEqual([p50.match(/M/g)?.length, p50.match(/L/g)?.length], [2, 3])
    assert.equal(dots.match(/M/g)?.length, 1)
    assert.equal(band.match(/Z/g)?.length, 2)
  })

  it('draws nothing where nothing was answered, and a tick where calls failed', () => {
    const lines = linesOf([second(4, { calls: 0, p50Ms: null, p99Ms: null, rejected: 8 }), second(3, { failures: 2, p50Ms: null, p99Ms: null })], now)
    assert.deepEqual([lines.p50, lines.dots, lines.band], ['', '', ''])
    assert.equal(lines.failures, `M${xOf(now - 3_000, now)} ${height}v-5`)
  })

  it('stays within its frame whatever it is told', () => {
    const any = fc.record({ at: fc.integer({ min: now - 2 * shownMs, max: now + shownMs }), p50: fc.double({ min: 0, max: 1e9, noNaN: true }) })
    fc.assert(fc.property(fc.array(any), (points) => {
      const { p50, dots, band } = linesOf(merged([], points.map(({ at, p50: p50Ms }) => second(0, { at, p50Ms, p99Ms: p50Ms * 2 }))), now)
      for (const [, x, y] of `${p50}${dots}${band}`.matchAll(/[ML]([^ ]+) ([^MLZh]+)/g)) {
        assert.ok(Number(x) >= 0 && Number(x) <= width && Number(y) >= 0 && Number(y) <= height)
      }
    }))
  })

  it('hatches the time in which calls were refused, but for that in which probes took long', () => {
    const open = [{ from: now - 60_000, to: now }]
    assert.deepEqual(hatchesOf(open, [], now), [{ x: width / 2, width: width / 2 }])
    assert.deepEqual(hatchesOf(open, [{ from: now - 30_000, to: now - 20_000 }], now).map(({ x }) => x), [width / 2, xOf(now - 20_000, now)])
    assert.equal(hatchesOf(open, [{ from: now - 30_000, to: now - 29_500 }], now).length, 1)
    assert.deepEqual(hatchesOf([{ from: now - 500_000, to: now - 400_000 }], [], now), [])
  })
})

describe('what a page saw of a fuse', () => {
  const told = (state: 'CLOSED' | 'OPEN' | 'HALF_OPEN', secondsAgo: number, calls: number) => ({ state, since: new Date(now - secondsAgo * 1_000).toISOString(), calls })

  it('counts the calls of a half-open fuse as its probes', () => {
    const open = toldOf(undefined, told('OPEN', 10, 40))
    const half = toldOf(open, told('HALF_OPEN', 5, 40))
    assert.equal(probesOf({ ...half, ...told('HALF_OPEN', 5, 40) }), 0)
    assert.equal(probesOf({ ...toldOf(half, told('HALF_OPEN', 5, 42)), ...told('HALF_OPEN', 5, 42) }), 2)
    assert.equal(probesOf({ ...open, ...told('OPEN', 10, 44) }), 0)
  })

  it('keeps each state once, and knows when it was probed', () => {
    const first = toldOf(undefined, told('OPEN', 10, 40))
    const again = toldOf(first, told('OPEN', 10, 40))
    const closed = toldOf(toldOf(again, told('HALF_OPEN', 5, 40)), told('CLOSED', 4, 42))
    assert.deepEqual(closed.phases.map(({ state }) => state), ['OPEN', 'HALF_OPEN', 'CLOSED'])
    assert.deepEqual(probedSpans(closed.phases, now), [{ from: now - 5_000, to: now - 4_000 }])
  })
})

describe('the last hour', () => {
  it('places an outage by its share of the hour, and one that goes on up to now', () => {
    const blocks = blocksOf([trip(30, 6 * 60_000), trip(3, null)], [], now)
    assert.deepEqual(blocks.map(({ refusing: { from, to } }) => [from, to]), [[0.5, 0.6], [0.95, 1]])
  })

  it('cuts off what was before it, and leaves out what ended before it', () => {
    const blocks = blocksOf([trip(90, 60_000), trip(70, 20 * 60_000)], [], now)
    assert.deepEqual(blocks.map(({ refusing: { from } }) => from), [0])
    assert.equal(blocks.length, 1)
  })

  it('makes one block of outages that could not be hit apart', () => {
    const blocks = blocksOf([trip(10, 3_000), trip(9.9, 3_000), trip(9.8, 3_000), trip(5, 1_000)], [], now)
    assert.deepEqual(blocks.map(({ trips }) => trips.length), [3, 1])
  })

  it('ends a block in the half-open time that the page saw, and notches the probes that failed', () => {
    const one = trip(10, 5 * 60_000)
    const phases = [
      { state: 'HALF_OPEN', since: one.openedAt + 60_000 }, { state: 'OPEN', since: one.openedAt + 61_000 },
      { state: 'HALF_OPEN', since: one.openedAt + 4 * 60_000 }, { state: 'CLOSED', since: one.openedAt + 5 * 60_000 },
    ] as const
    const [block] = blocksOf([one], phases, now)
    assert.equal(block?.notches.length, 1)
    assert.ok(block.tail && block.refusing.to === block.tail.from && Math.abs((block.tail.to - block.tail.from) * hourMs - 60_000) < 1)
  })

  it('shows an outage that the hub has not been asked for yet, and only once', () => {
    const present = { state: 'OPEN', since: new Date(now - 2_000).toISOString() } as const
    assert.deepEqual(openSpans([], present, now), [{ from: now - 2_000, to: now }])
    assert.equal(openSpans([trip(1, null)], present, now).length, 1)
    assert.deepEqual(openSpans([], { ...present, state: 'CLOSED' }, now), [])
  })

  it('counts an outage from its beginning, whatever probes failed since', () => {
    const since = new Date(now - 500).toISOString()
    assert.equal(sinceWhen([trip(2, null)], { state: 'OPEN', since }), now - 120_000)
    assert.equal(sinceWhen([trip(2, null)], { state: 'HALF_OPEN', since }), now - 500)
    assert.equal(sinceWhen([trip(2, 1_000)], { state: 'OPEN', since }), now - 500)
  })

  it('is read from what the hub tells, newest first, and without what can not be read', () => {
    const told = { closedAt: null, errorCode: 'HELD', rejected: 0, servedStale: 0 }
    const trips = toTrips([{ ...told, openedAt: '2026-11-26T12:00:05Z' }, { ...told, openedAt: 'soon' }, { ...told, openedAt: '2026-11-26T12:00:00Z' }])
    assert.deepEqual(trips.map(({ openedAt }) => new Date(openedAt).getUTCSeconds()), [0, 5])
  })
})

describe('a link to the board', () => {
  it('names an outage by its fuse and its beginning, or a fuse alone', () => {
    const one = trip(3, 1_000)
    assert.deepEqual(addressOf(tripIdOf('vm/logistics', one)), { fuseId: 'vm/logistics', openedAt: one.openedAt })
    assert.deepEqual(addressOf('vm/logistics'), { fuseId: 'vm/logistics', openedAt: null })
    assert.deepEqual(addressOf('a@b@'), { fuseId: 'a@b@', openedAt: null })
  })

  it('steps from outage to outage over all fuses, in time, and stops at the ends', () => {
    const all = inTime(new Map([['a', [trip(30, 1), trip(10, 1)]], ['b', [trip(20, 1)]]]))
    assert.deepEqual(all.map(({ fuseId }) => fuseId), ['a', 'b', 'a'])
    const newest = stepFrom(all, null, -1)
    assert.ok(newest)
    assert.equal(newest, all[2])
    assert.equal(stepFrom(all, tripIdOf('a', newest.trip), -1), all[1])
    assert.equal(stepFrom(all, tripIdOf('a', newest.trip), 1), null)
    assert.equal(stepFrom([], null, 1), null)
  })
})

describe('the order of the fuses', () => {
  const ids = ['b/crm', 'a/orders', 'a/crm', 'c/new']
  const fuses = ids.map((id) => ({ id, instance: id.slice(0, 1), backend: id.slice(2) }))

  it("is the hub's, those of one backend beside each other, and does not depend on who was heard of first", () => {
    const listed = ['a/orders', 'a/crm', 'b/crm']
    const expected = ['a/orders', 'a/crm', 'b/crm', 'c/new']
    assert.deepEqual(inOrder(fuses, listed).map(({ id }) => id), expected)
    assert.deepEqual(inOrder(fuses.toReversed(), listed).map(({ id }) => id), expected)
  })

  it('names the process where there is more than one', () => {
    assert.equal(manyInstances(fuses), true)
    assert.equal(manyInstances(fuses.filter(({ instance }) => instance === 'a')), false)
    assert.deepEqual(fuses.slice(0, 1).map((one) => [nameOf(one, true), nameOf(one, false)]), [['crm (b)', 'crm']])
  })
})

describe('the icon of the tab', () => {
  const closed = { state: 'CLOSED' } as const
  it('follows the worst state', () => {
    assert.equal(worstOf([]), 'CLOSED')
    assert.equal(worstOf([closed, { state: 'HALF_OPEN' }]), 'HALF_OPEN')
    assert.equal(worstOf([{ state: 'OPEN' }, closed, { state: 'HALF_OPEN' }]), 'OPEN')
  })

  it('is another drawing for each state, not another colour alone', () => {
    const shapes = (['CLOSED', 'HALF_OPEN', 'OPEN'] as const).map((state) => /d="([^"]+)"/.exec(decodeURIComponent(iconOf(state)))?.[1])
    assert.equal(new Set(shapes).size, 3)
  })

  it('is counted up by state where there is one', () => {
    assert.deepEqual(countByState([closed, closed, { state: 'OPEN' }]), [{ state: 'CLOSED', count: 2 }, { state: 'OPEN', count: 1 }])
  })
})

describe('what is said of a fuse', () => {
  it('is its state, since when, and what comes next', () => {
    const open = fuse({ state: 'OPEN', lastErrorCode: 'BACKEND_TIMEOUT' })
    assert.equal(
      sentenceOf(saying(), 'logistics', open, [], { now, retryInMs: 8_200 }),
      'logistics: Open, refusing calls · since 41 s · next try in 9 s · last failure: it did not answer in time',
    )
    assert.equal(sentenceOf(saying('zh'), 'logistics', fuse(), [], { now, retryInMs: null }), 'logistics：正常（闭合），放行调用 · 已持续 41 s')
  })

  it('counts down to the probe, then says that it is tried, and tells a hold by what is left of it', () => {
    const open = fuse({ state: 'OPEN' })
    assert.equal(statusOf(saying(), open, { now, retryInMs: 1 }), 'next try in 1 s')
    assert.equal(statusOf(saying(), open, { now, retryInMs: 0 }), 'being tried')
    assert.equal(statusOf(saying(), fuse({ state: 'OPEN', heldUntil: new Date(now + 60_000).toISOString() }), { now, retryInMs: 60_000 }), 'held for 60 s')
    assert.equal(statusOf(saying(), fuse({ state: 'HALF_OPEN', calls: 12 }), { now, retryInMs: null }), '2 probes')
  })

  it('gives the cause by its code, and an unknown code as it is', () => {
    assert.equal(causeOf(saying(), 'BACKEND_MALFORMED'), 'its answer could not be read')
    assert.equal(causeOf(saying(), 'toString'), 'it failed with toString')
  })

  it('reads one second, and tells an idle one from one that was refused', () => {
    assert.equal(readingOf(saying(), 12, second(12, { failures: 1 }), false), '12 s ago · p50 20 ms · p99 80 ms · 3 calls · 1 failed')
    assert.equal(readingOf(saying(), 3, null, false), '3 s ago · nothing asked')
    assert.equal(readingOf(saying(), 3, null, true), '3 s ago · open')
  })

  it('makes a note of an outage that can be pasted', () => {
    const note = incidentNote(saying(), { fuseId: 'vm/logistics', name: 'logistics', protocol: 'soap', trip: trip(3, 41_000), link: 'https://hub.example/fuses/x' }, now)
    assert.equal(note, [
      'Incident: logistics, 2027-01-15',
      'The fuse was open from 07:57:00 to 07:57:41 (41 s).',
      'Why: it did not answer in time (BACKEND_TIMEOUT).',
      'Cost: 7 calls refused at once, 2 values answered from stale.',
      'Fuse: vm/logistics, SOAP.',
      'https://hub.example/fuses/x',
    ].join('\n'))
  })
})

describe('what a screen reader is told', () => {
  const states = (a: 'CLOSED' | 'OPEN' | 'HALF_OPEN', b: 'CLOSED' | 'OPEN' | 'HALF_OPEN' = 'CLOSED') => [{ id: 'a', state: a }, { id: 'b', state: b }] as const

  it('is at first what is not closed, and then what has changed', () => {
    const first = newsOf(new Map(), states('CLOSED', 'OPEN'))
    assert.deepEqual(first.news.map(({ id }) => id), ['b'])
    assert.deepEqual(newsOf(first.spoken, states('CLOSED', 'OPEN')).news, [])
    assert.deepEqual(newsOf(first.spoken, states('OPEN', 'CLOSED')).news.map(({ id, state }) => `${id} ${state}`), ['a OPEN', 'b CLOSED'])
  })

  it('says once that an open fuse is tried, however often its probes fail', () => {
    let spoken: ReturnType<typeof newsOf>['spoken'] = new Map()
    const said = (['OPEN', 'HALF_OPEN', 'OPEN', 'HALF_OPEN', 'OPEN', 'CLOSED', 'OPEN'] as const).flatMap((state) => {
      const found = newsOf(spoken, states(state))
      spoken = found.spoken
      return found.news.map((one) => one.state)
    })
    assert.deepEqual(said, ['OPEN', 'HALF_OPEN', 'CLOSED', 'OPEN'])
  })
})
