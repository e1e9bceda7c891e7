import { z } from 'zod'
import { isTimeZone, parseLocalTime } from './local-time.ts'
import { intervalsOf } from './opening-hours.ts'
import type { Interval, Schedule } from './opening-hours.ts'
import { textThat } from './yaml-text.ts'

/* How opening hours are written: `mon-fri: ['09:00-12:00', '22:00-06:00']`, and holidays by date or `2026-10-01..2026-10-07`. */

/** `written` and `where` are for whoever has to correct it. */
type Written = Interval & { readonly written: string; readonly where: readonly PropertyKey[] }
type Mistake = { readonly where: readonly PropertyKey[]; readonly message: string }

const dayNames: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']
const minutesOfDay = 1440
const time = '([01]\\d|2[0-3]):([0-5]\\d)'
const intervalPattern = new RegExp(`^${time}-(?:${time}|24:00)$`)

/** `24:00` is an end; an end that is not after the start is on the next day. */
const parseInterval = (written: string): Interval | null => {
  const match = intervalPattern.exec(written)
  if (!match) return null
  const [hour = 0, minute = 0, endHour = 24, endMinute = 0] = match.slice(1).map((part: string | undefined) => (part === undefined ? undefined : Number(part)))
  const [from, to] = [hour * 60 + minute, endHour * 60 + endMinute]
  return from === to ? null : { from, to: to < from ? to + minutesOfDay : to }
}

const interval = textThat((written) => parseInterval(written) !== null, "expected an interval such as '09:00-12:00' or '22:00-06:00'")
const intervals = z.array(interval, 'expected a list of intervals').max(48, 'expected no more than 48 intervals a day')

/** `mon`, `mon-fri`, `fri-mon` → 0 to 6; null where it is none. */
const parseDays = (written: string): readonly number[] | null => {
  const [first = -1, last = first, ...more] = written.split('-').map((name) => dayNames.indexOf(name))
  if (first < 0 || last < 0 || more.length > 0) return null
  return Array.from({ length: ((last - first + 7) % 7) + 1 }, (_, index) => (first + index) % 7)
}

const days = textThat((written) => parseDays(written) !== null, 'expected a day such as mon, or days such as mon-fri')

const dayMs = 86_400_000

const parseDate = (written: string): number | null => {
  const instant = parseLocalTime(`${written} 00:00:00`, 'UTC')
  return instant === null ? null : Date.parse(instant) / dayMs
}

const parseDates = (written: string): { readonly first: number; readonly last: number } | null => {
  const [first = null, last = first, ...more] = written.split('..').map(parseDate)
  return first === null || last === null || last < first || more.length > 0 ? null : { first, last }
}

const dates = textThat((written) => parseDates(written) !== null, "expected a date such as '2026-12-31', or dates such as '2026-10-01..2026-10-07'")

const hoursMap = z.preprocess(
  (given) => (given instanceof Map ? Object.fromEntries<unknown>(given) : given),
  z.strictObject({
    zone: textThat(isTimeZone, 'expected an IANA time zone such as Asia/Shanghai'),
    week: z.map(days, intervals, 'expected a map of days, such as mon-fri'),
    holidays: z.map(dates, intervals, 'expected a map of dates').nullish(),
  }, 'expected a map of zone, week and holidays'),
)

type HoursMap = z.output<typeof hoursMap>
type WrittenHoliday = { readonly key: string; readonly first: number; readonly last: number; readonly intervals: readonly Written[] }
type WrittenHours = { readonly week: readonly (readonly Written[])[]; readonly holidays: readonly WrittenHoliday[] }

const readIntervals = (list: readonly string[], where: readonly PropertyKey[]): readonly Written[] =>
  list.flatMap((written, index) => {
    const parsed = parseInterval(written)
    return parsed ? [{ ...parsed, written, where: [...where, index] }] : []
  }).toSorted((a, b) => a.from - b.from)

const readWeek = (week: HoursMap['week']): WrittenHours['week'] =>
  dayNames.map((_, day) => [...week].flatMap(([key, list]) => (parseDays(key)?.includes(day) ? readIntervals(list, ['week', key]) : [])))

const readHolidays = (holidays: HoursMap['holidays']): WrittenHours['holidays'] =>
  [...(holidays ?? [])].flatMap(([key, list]) => {
    const parsed = parseDates(key)
    return parsed ? [{ ...parsed, key, intervals: readIntervals(list, ['holidays', key]) }] : []
  }).toSorted((a, b) => a.first - b.first)

/** Keys of which a later one has a day of an earlier one. */
const findTwice = (week: HoursMap['week'], holidays: WrittenHours['holidays']): readonly Mistake[] => {
  const keys = [...week.keys()]
  const twice = keys.flatMap((key, index) => {
    const other = keys.slice(0, index).find((one) => parseDays(one)?.some((day) => parseDays(key)?.includes(day)))
    return other === undefined ? [] : [{ where: ['week', key], message: `expected each day once; found ${JSON.stringify(key)}, and ${other} has that day already` }]
  })
  const overlapping = holidays.flatMap(({ key, first }, index) => {
    const before = holidays[index - 1]
    return before && first <= before.last ? [{ where: ['holidays', key], message: `expected each date once; found ${JSON.stringify(key)}, and ${before.key} has a day of it already` }] : []
  })
  return [...twice, ...overlapping]
}

const overlap = (late: Written, early: Written, day: string): Mistake =>
  ({ where: late.where, message: `expected hours that do not overlap; found ${JSON.stringify(late.written)}, which begins before ${early.written}${day} ends` })

/** What of a day overlaps: with another of the same day, or with what lasts into it from the day before. */
const findOverlaps = (before: readonly Written[], own: readonly Written[]): readonly Mistake[] => [
  ...own.flatMap((late, index) => own.slice(0, index).filter(({ to }) => to > late.from).slice(0, 1).map((early) => overlap(late, early, ''))),
  ...own.flatMap((late) => before.filter(({ to }) => to - minutesOfDay > late.from).slice(0, 1).map((early) => overlap(late, early, ' of the day before'))),
]

const findMistakes = (week: HoursMap['week'], hours: WrittenHours): readonly Mistake[] => {
  const twice = findTwice(week, hours.holidays)
  if (twice.length > 0) return twice
  const usual = hours.week.flatMap((own, day) => findOverlaps(hours.week[(day + 6) % 7] ?? [], own))
  // Of each holiday the days whose hours, or the hours of the day before, are not those of the one before.
  const days = new Set(hours.holidays.flatMap(({ first, last }) => [first, Math.min(first + 1, last), last + 1]))
  const special = [...days].flatMap((day) => findOverlaps(intervalsOf(hours, day - 1), intervalsOf(hours, day)))
  return [...new Map([...usual, ...special].map((mistake) => [`${mistake.where.map(String).join('/')} ${mistake.message}`, mistake])).values()]
}

const withoutText = (list: readonly Written[]): readonly Interval[] => list.map(({ from, to }) => ({ from, to }))

/** Hours as YAML has them, in maps, to a schedule without overlaps. */
export const hoursSchema = hoursMap.transform(({ zone, week, holidays }, context): Schedule => {
  const hours = { week: readWeek(week), holidays: readHolidays(holidays) }
  for (const { where, message } of findMistakes(week, hours)) context.addIssue({ code: 'custom', path: [...where], message })
  return {
    zone,
    week: hours.week.map(withoutText),
    holidays: hours.holidays.map(({ first, last, intervals }) => ({ first, last, intervals: withoutText(intervals) })),
  }
})
