import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { formatLocalTime, parseLocalTime } from '../../subgraphs/local-time.ts'

describe('local times without a zone', () => {
  const cases: readonly (readonly [string, string, string | null])[] = [
    ['2026-11-03 14:05:09', 'Asia/Shanghai', '2026-11-03T06:05:09.000Z'],
    ['2026-11-03T14:05:09', 'Asia/Shanghai', '2026-11-03T06:05:09.000Z'],
    ['2026-11-03 07:59:59', 'Asia/Shanghai', '2026-11-02T23:59:59.000Z'],
    ['2026-11-03T14:05:09.123456', 'Asia/Shanghai', '2026-11-03T06:05:09.123Z'],
    ['2026-11-03T14:05:09.5', 'UTC', '2026-11-03T14:05:09.500Z'],
    ['2026-07-01 12:00:00', 'America/New_York', '2026-07-01T16:00:00.000Z'],
    ['2026-12-01 12:00:00', 'America/New_York', '2026-12-01T17:00:00.000Z'],
    ['2026-06-01 12:00:00', 'Asia/Kathmandu', '2026-06-01T06:15:00.000Z'],
    ['2024-02-29 00:00:00', 'UTC', '2024-02-29T00:00:00.000Z'],
    // China kept summer time in 1986: +09:00 in June.
    ['1986-06-01 12:00:00', 'Asia/Shanghai', '1986-06-01T03:00:00.000Z'],
    // An hour before and after New York's clocks change, on the days themselves.
    ['2026-03-08 01:59:59', 'America/New_York', '2026-03-08T06:59:59.000Z'],
    ['2026-03-08 03:00:00', 'America/New_York', '2026-03-08T07:00:00.000Z'],
    ['2026-11-01 00:59:59', 'America/New_York', '2026-11-01T04:59:59.000Z'],
    ['2026-11-01 02:00:00', 'America/New_York', '2026-11-01T07:00:00.000Z'],
  ]
  for (const [text, zone, expected] of cases) {
    test(`${text} in ${zone} is ${String(expected)}`, () => assert.equal(parseLocalTime(text, zone), expected))
  }

  test('of a time that happens twice, the earlier instant is taken', () => {
    assert.equal(parseLocalTime('2026-11-01 01:30:00', 'America/New_York'), '2026-11-01T05:30:00.000Z')
    assert.equal(parseLocalTime('2026-10-25 02:30:00', 'Europe/Berlin'), '2026-10-25T00:30:00.000Z')
  })

  test('a time that never happens is moved on by the length of the gap', () => {
    assert.equal(parseLocalTime('2026-03-08 02:30:00', 'America/New_York'), '2026-03-08T07:30:00.000Z')
    assert.equal(parseLocalTime('2026-03-29 02:30:00', 'Europe/Berlin'), '2026-03-29T01:30:00.000Z')
    // Samoa skipped 30 December 2011 as a whole.
    assert.equal(parseLocalTime('2011-12-30 12:00:00', 'Pacific/Apia'), '2011-12-30T22:00:00.000Z')
  })

  const unreadable = [
    '', '2026-11-03', '2026-11-03 14:05', '2026-11-03 14:05:09Z', '2026-11-03T14:05:09+08:00', '2026-02-30 00:00:00', '2026-13-01 00:00:00',
    '2026-11-03 24:00:00', '2026-11-03 14:60:00', '2026-11-03 14:05:60', '03.11.2026 14:05:09', ' 2026-11-03 14:05:09',
    '2026-11-03 14:05:09\n',
    '２０２６-11-03 14:05:09', '0000-00-00 00:00:00', '0001-01-01T00:00:00',
  ]
  for (const text of unreadable) {
    test(`${JSON.stringify(text)} is not a local time`, () => assert.equal(parseLocalTime(text, 'Asia/Shanghai'), null))
  }

  test('a zone that does not exist is an error, not a guess', () => {
    assert.throws(() => parseLocalTime('2026-11-03 14:05:09', 'Asia/Shanghaj'), RangeError)
  })

  test('an instant is written as the clock in the zone shows it', () => {
    assert.equal(formatLocalTime(Date.parse('2026-11-03T06:05:09.999Z'), 'Asia/Shanghai'), '2026-11-03 14:05:09')
    assert.equal(formatLocalTime(Date.parse('2026-11-02T16:00:00Z'), 'Asia/Shanghai'), '2026-11-03 00:00:00')
    assert.equal(formatLocalTime(Date.parse('2026-07-01T16:00:00Z'), 'America/New_York'), '2026-07-01 12:00:00')
  })

  for (const zone of ['Asia/Shanghai', 'America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia']) {
    test(`what is written in ${zone} reads back as the same instant, save for the hours that happen twice`, () => {
      let twice = 0
      for (let hour = 0; hour < 24 * 366; hour += 1) {
        const instantMs = Date.UTC(2026, 0, 1) + hour * 3_600_000
        const back = Date.parse(parseLocalTime(formatLocalTime(instantMs, zone), zone) ?? '')
        if (back !== instantMs) twice += 1
        assert.ok(back === instantMs || (back < instantMs && formatLocalTime(back, zone) === formatLocalTime(instantMs, zone)))
      }
      assert.ok(twice <= 1)
    })
  }
})
