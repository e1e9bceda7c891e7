import { offsetDuring } from './local-time.ts'

/*
 * When a department is open, by the clock on its own wall: where clocks go back, an hour counts twice, and what they leave out never comes.
 * Pure: the same instant has the same answer, whatever was asked before; what is remembered only makes it quicker.
 */

/** Minutes of the day that it begins on. `to` is past 1440 where it ends on the next day. */
export type Interval = { readonly from: number; readonly to: number }

/** Other intervals on the days from `first` to `last`, counted from 1970-01-01; none: closed. */
export type Holiday = { readonly first: number; readonly last: number; readonly intervals: readonly Interval[] }

export type Schedule = {
  /** An IANA name. */
  readonly zone: string
  /** Seven lists, Monday's first, each in order. */
  readonly week: readonly (readonly Interval[])[]
  /** None on a day of another. */
  readonly holidays: readonly Holiday[]
}

/** Instants are Unix milliseconds. */
export type OpeningHours = {
  readonly schedule: Schedule
  readonly isOpenAt: (instantMs: number) => boolean
  /** The next instant after this one at which it opens; null where it does not on the following 400 days. */
  readonly nextOpening: (instantMs: number) => number | null
  readonly nextClosing: (instantMs: number) => number | null
}

const minuteMs = 60_000
const dayMs = 86_400_000
const minutesOfDay = 1440
const foreseenDays = 400

type Days<T> = { readonly week: readonly (readonly T[])[]; readonly holidays: readonly { readonly first: number; readonly last: number; readonly intervals: readonly T[] }[] }

/** The intervals that begin on a day, which is counted from 1970-01-01, a Thursday. */
export const intervalsOf = <T extends Interval>({ week, holidays }: Days<T>, day: number): readonly T[] =>
  holidays.find(({ first, last }) => first <= day && day <= last)?.intervals ?? week[(((day + 3) % 7) + 7) % 7] ?? []

/** What of yesterday's last interval lasts into today, and today's own. */
const intervalsDuring = (schedule: Schedule, day: number): readonly Interval[] => [
  ...intervalsOf(schedule, day - 1).map(({ from, to }) => ({ from: from - minutesOfDay, to: to - minutesOfDay })),
  ...intervalsOf(schedule, day),
]

/** A time during which nothing changes: open or closed, by instants. */
type Stretch = { readonly isOpen: boolean; readonly from: number; readonly until: number }

/** The stretch that an instant is in, as far as one day and one offset go. */
const stretchAt = (schedule: Schedule, instantMs: number): Stretch => {
  const offset = offsetDuring(instantMs, schedule.zone)
  const wallMs = instantMs + offset.offsetMs
  const day = Math.floor(wallMs / dayMs)
  const minute = (wallMs - day * dayMs) / minuteMs
  const intervals = intervalsDuring(schedule, day)
  const edges = [0, ...intervals.flatMap(({ from, to }) => [from, to]), minutesOfDay]
  const toInstant = (edge: number) => day * dayMs + edge * minuteMs - offset.offsetMs
  return {
    isOpen: intervals.some(({ from, to }) => from <= minute && minute < to),
    from: Math.max(offset.from, toInstant(Math.max(...edges.filter((edge) => edge <= minute)))),
    until: Math.min(offset.until, toInstant(Math.min(...edges.filter((edge) => edge > minute)))),
  }
}

/** The first instant after `instantMs` at which it becomes open, or closed. It is looked for until a day ends, so that the whole day has one answer. */
const findChange = (schedule: Schedule, instantMs: number, toOpen: boolean): number | null => {
  const end = (Math.floor(instantMs / dayMs) + foreseenDays + 1) * dayMs
  let stretch = stretchAt(schedule, instantMs)
  while (stretch.until < end) {
    const next = stretchAt(schedule, stretch.until)
    if (next.isOpen === toOpen && !stretch.isOpen === toOpen) return next.from
    stretch = next
  }
  return null
}

/** A change that was found holds for whoever asks between then and it; that there is none, until the day ends. */
const rememberChange = (schedule: Schedule, toOpen: boolean) => {
  let [from, until] = [0, 0]
  let found: number | null = null
  return (instantMs: number): number | null => {
    if (from <= instantMs && instantMs < until) return found
    found = findChange(schedule, instantMs, toOpen)
    from = instantMs
    until = found ?? (Math.floor(instantMs / dayMs) + 1) * dayMs
    return found
  }
}

export const openingHours = (schedule: Schedule): OpeningHours => {
  let [isOpen, from, until] = [false, 0, 0]
  const look = (instantMs: number): boolean => {
    ({ isOpen, from, until } = stretchAt(schedule, instantMs))
    return isOpen
  }
  return {
    schedule,
    isOpenAt: (instantMs) => (from <= instantMs && instantMs < until ? isOpen : look(instantMs)),
    nextOpening: rememberChange(schedule, true),
    nextClosing: rememberChange(schedule, false),
  }
}
