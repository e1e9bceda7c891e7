import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { openingHours } from '../../subgraphs/opening-hours.ts'
import type { Holiday, Interval, Schedule } from '../../subgraphs/opening-hours.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
const at = (iso: string) => Date.parse(iso)
const dayOf = (date: string) => at(`${date}T00:00:00Z`) / dayMs
const hours = (from: number, to: number): Interval => ({ from: from * 60, to: to * 60 })
const everyDay = (...intervals: readonly Interval[]) => Array.from({ length: 7 }, () => intervals)
const opened = (zone: string, week: Schedule['week'], holidays: readonly Holiday[] = []) => openingHours({ zone, week, holidays })
const iso = (instant: number | null) => (instant === null ? null : new Date(instant).toISOString().replace(':00.000Z', 'Z'))

/** What the clock on the wall shows, by Intl alone. */
const clocks = new Map<string, Intl.DateTimeFormat>()
const wallAt = (zone: string, instant: number) => {
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' })
  clocks.set(zone, clock)
  const [date = '', time = ''] = clock.format(instant).split(' ')
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return { day: dayOf(date), minute: hour * 60 + minute }
}

const isOpenBy = ({ zone, week, holidays }: Schedule, instant: number): boolean => {
  const { day, minute } = wallAt(zone, instant)
  const own = (one: number) => holidays.find(({ first, last }) => one >= first && one <= last)?.intervals ?? week[(new Date(one * dayMs).getUTCDay() + 6) % 7] ?? []
  const covers = (moment: number) => ({ from, to }: Interval) => moment >= from && moment < to
  return own(day).some(covers(minute)) || own(day - 1).some(covers(minute + 1440))
}

describe('opening hours', () => {
  const office = opened('Asia/Shanghai', [...Array.from({ length: 5 }, () => [hours(9, 12), hours(13.5, 18)]), [hours(10, 16)], []])

  it('hold several intervals a day, on the clock of their zone', () => {
    const open = ['2026-11-23T01:00:00Z', '2026-11-23T03:59:59.999Z', '2026-11-23T05:30:00Z', '2026-11-28T02:00:00Z']
    const closed = ['2026-11-23T00:59:59.999Z', '2026-11-23T04:00:00Z', '2026-11-23T10:00:00Z', '2026-11-28T08:00:00Z', '2026-11-29T04:00:00Z']
    for (const time of open) assert.equal(office.isOpenAt(at(time)), true, time)
    for (const time of closed) assert.equal(office.isOpenAt(at(time)), false, time)
  })

  it('tell when they open and close next', () => {
    assert.equal(iso(office.nextOpening(at('2026-11-23T04:10:00Z'))), '2026-11-23T05:30Z')
    assert.equal(iso(office.nextOpening(at('2026-11-28T09:00:00Z'))), '2026-11-30T01:00Z', 'over the Sunday')
    assert.equal(iso(office.nextOpening(at('2026-11-23T02:00:00Z'))), '2026-11-23T05:30Z', 'while open: the next time')
    assert.equal(iso(office.nextClosing(at('2026-11-23T02:00:00Z'))), '2026-11-23T04:00Z')
    assert.equal(iso(office.nextClosing(at('2026-11-23T04:00:00Z'))), '2026-11-23T10:00Z')
  })

  it('may last over midnight', () => {
    const night = opened('Asia/Shanghai', [[hours(22, 30)], [], [], [], [], [], []])
    assert.equal(night.isOpenAt(at('2026-11-23T14:00:00Z')), true)
    assert.equal(night.isOpenAt(at('2026-11-23T21:59:00Z')), true, '05:59 on Tuesday')
    assert.equal(night.isOpenAt(at('2026-11-23T22:00:00Z')), false)
    assert.equal(night.isOpenAt(at('2026-11-22T21:00:00Z')), false, '05:00 on Monday')
    assert.equal(iso(night.nextClosing(at('2026-11-23T15:00:00Z'))), '2026-11-23T22:00Z')
  })

  it('never end where one day of 24 hours meets the next', () => {
    const always = opened('America/New_York', everyDay(hours(0, 24)))
    assert.deepEqual([always.isOpenAt(at('2026-11-01T05:30:00Z')), always.nextOpening(at('2026-01-01T00:00:00Z')), always.nextClosing(at('2026-01-01T00:00:00Z'))], [true, null, null])
  })

  it('never come where there are none, and not where they are too far away', () => {
    assert.deepEqual([opened('UTC', everyDay()).isOpenAt(0), opened('UTC', everyDay()).nextOpening(0)], [false, null])
    const far = opened('UTC', everyDay(), [{ first: 500, last: 500, intervals: [hours(9, 10)] }])
    assert.equal(far.nextOpening(0), null)
    assert.equal(far.nextOpening(100 * dayMs), 500 * dayMs + 9 * 60 * minuteMs)
    assert.equal(far.nextOpening(0), null, 'asked again')
  })

  it('are others on holidays, from the first day to the last', () => {
    const shop = opened('Asia/Shanghai', everyDay(hours(9, 18)), [
      { first: dayOf('2026-10-01'), last: dayOf('2026-10-07'), intervals: [] },
      { first: dayOf('2026-12-31'), last: dayOf('2026-12-31'), intervals: [hours(9, 12)] },
    ])
    assert.equal(iso(shop.nextOpening(at('2026-09-30T10:00:00Z'))), '2026-10-08T01:00Z')
    assert.equal(shop.isOpenAt(at('2026-10-07T04:00:00Z')), false)
    assert.equal(shop.isOpenAt(at('2026-12-31T03:59:00Z')), true)
    assert.equal(shop.isOpenAt(at('2026-12-31T04:00:00Z')), false)
  })

  it('let a night that began before a holiday end as it does', () => {
    const bar = opened('UTC', everyDay(hours(20, 26)), [{ first: 10, last: 10, intervals: [] }])
    assert.deepEqual([1.5, 2, 21].map((hour) => bar.isOpenAt(10 * dayMs + hour * 60 * minuteMs)), [true, false, false])
  })

  it('count an hour that happens twice twice, and one that never happens never', () => {
    const early = opened('America/New_York', everyDay(hours(1, 2), hours(2.5, 3.5)))
    assert.equal(iso(early.nextClosing(at('2026-11-01T05:00:00Z'))), '2026-11-01T07:00Z', 'from 01:00 to 02:00 are two hours')
    assert.equal(iso(early.nextClosing(at('2026-03-08T06:30:00Z'))), '2026-03-08T07:30Z', 'the clock goes from 02:00 to 03:00, which is open')
    const howe = opened('Australia/Lord_Howe', everyDay(hours(1.5, 2)))
    assert.equal(iso(howe.nextClosing(at('2026-04-04T14:30:00Z'))), '2026-04-04T15:30Z', 'half an hour happens twice')
  })

  it('answer the same in whatever order they are asked', () => {
    const times = ['2026-11-23T01:00:00Z', '2026-11-25T15:00:00Z', '2026-11-23T01:00:00Z', '2020-01-01T02:00:00Z', '2026-11-23T04:00:00Z'].map(at)
    assert.deepEqual(times.map(office.isOpenAt), times.map((time) => isOpenBy(office.schedule, time)))
  })
})

const interval = fc.tuple(fc.integer({ min: 0, max: 47 }), fc.integer({ min: 1, max: 20 })).map(([from, length]) => ({ from: from * 30, to: (from + length) * 30 }))
const intervals = fc.array(interval, { maxLength: 3 })
const changes = [['America/New_York', '2026-03-08'], ['America/New_York', '2026-11-01'], ['Australia/Lord_Howe', '2026-04-05'], ['Australia/Lord_Howe', '2026-10-04'], ['Asia/Shanghai', '2026-10-01'], ['Pacific/Apia', '2011-12-30'], ['Africa/Casablanca', '2026-02-15']] as const

describe('any opening hours, minute by minute', () => {
  const cases = fc.record({ where: fc.constantFrom(...changes), week: fc.array(intervals, { minLength: 7, maxLength: 7 }), off: intervals, shift: fc.integer({ min: -2, max: 2 }) })

  it('are what the clock on the wall says, also where clocks change, and change when it does', () => {
    fc.assert(fc.property(cases, ({ where: [zone, date], week, off, shift }) => {
      const schedule: Schedule = { zone, week, holidays: [{ first: dayOf(date) + shift, last: dayOf(date) + shift, intervals: off }] }
      const { isOpenAt, nextOpening, nextClosing } = openingHours(schedule)
      const start = dayOf(date) * dayMs - dayMs
      const expected = Array.from({ length: 3 * 1440 }, (_, minute) => isOpenBy(schedule, start + minute * minuteMs))
      assert.deepEqual(expected.map((_, minute) => isOpenAt(start + minute * minuteMs)), expected)
      for (const [toOpen, next] of [[true, nextOpening], [false, nextClosing]] as const) {
        const first = expected.findIndex((isOpen, minute) => minute > 0 && isOpen === toOpen && expected[minute - 1] !== toOpen)
        if (first > 0) assert.equal(next(start), start + first * minuteMs)
      }
    }), { numRuns: 60 })
  })

  it('are the same when they are asked out of order', () => {
    fc.assert(fc.property(cases, fc.array(fc.integer({ min: -4 * 1440, max: 4 * 1440 }), { maxLength: 40 }), ({ where: [zone, date], week, off, shift }, minutes) => {
      const schedule: Schedule = { zone, week, holidays: [{ first: dayOf(date) + shift, last: dayOf(date) + shift, intervals: off }] }
      const asked = openingHours(schedule)
      for (const minute of minutes) {
        const time = dayOf(date) * dayMs + minute * minuteMs
        const fresh = openingHours(schedule)
        assert.deepEqual([asked.isOpenAt(time), asked.nextOpening(time), asked.nextClosing(time)], [isOpenBy(schedule, time), fresh.nextOpening(time), fresh.nextClosing(time)])
      }
    }), { numRuns: 40 })
  })
})
