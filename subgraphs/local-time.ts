/**
 * Local times without a zone, as backends write them, to UTC and back. Pure: the zone rules are those of Node's own ICU.
 *
 * Where clocks go back, a local time happens twice: the earlier instant is taken. Where they go forward, some local times
 * never happen: such a time is moved on by the length of the gap. Both are Temporal's rule "compatible".
 */
const DAY_MS = 86_400_000
const REMEMBERED_DAYS = 4_096

// Years from 1000: `0000-00-00` and .NET's `0001-01-01` are how backends write that there is no time.
const LOCAL_TIME = /^([1-9]\d{3})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?$/

/**
 * `YYYY-MM-DD HH:mm:ss`, with a space or a `T`, at will with a fraction (cut to milliseconds) → ISO 8601 in UTC.
 * Null where the text is anything else, a zone included, or no day or time that exists, such as 30 February.
 * Throws RangeError for a `timeZone` that ICU does not know.
 */
export function parseLocalTime(text: string, timeZone: string): string | null {
  const wallMs = readWallClock(text)
  return wallMs === null ? null : new Date(instantOf(wallMs, zoneNamed(timeZone))).toISOString()
}

/** An instant in Unix milliseconds → `YYYY-MM-DD HH:mm:ss` on a clock in `timeZone`; milliseconds are cut off. */
export function formatLocalTime(instantMs: number, timeZone: string): string {
  const wallMs = instantMs + offsetAt(instantMs, zoneNamed(timeZone))
  return new Date(wallMs).toISOString().slice(0, 19).replace('T', ' ')
}

/** Whether it is an IANA name. ICU also takes offsets such as `+08:00`, which know nothing of summer time. */
export function isTimeZone(name: string): boolean {
  try {
    zoneNamed(name)
    return /^[A-Z]/i.test(name)
  } catch {
    return false
  }
}

/** How far the clocks of a zone are ahead of UTC, from one instant until another, both in Unix milliseconds. */
export type Offset = { readonly offsetMs: number; readonly from: number; readonly until: number }

/** The offset at an instant, for as long as it holds on the day of UTC that the instant is in. */
export function offsetDuring(instantMs: number, timeZone: string): Offset {
  const offsets = offsetsOn(Math.floor(instantMs / DAY_MS), zoneNamed(timeZone))
  const offset = offsets.find(({ until }) => instantMs < until)
  if (offset === undefined) throw new RangeError(`no instant: ${instantMs}`)
  return offset
}

/** What the clock shows, counted in milliseconds as if it stood in UTC. */
function readWallClock(text: string): number | null {
  const match = LOCAL_TIME.exec(text)
  if (match === null) return null
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '', fraction = ''] = match
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction.padEnd(3, '0').slice(0, 3)}Z`
  const wallMs = Date.parse(iso)
  // Date.parse lets 30 February through as 1 or 2 March and 24:00:00 as the next day; neither comes back as it went in.
  return Number.isNaN(wallMs) || new Date(wallMs).toISOString() !== iso ? null : wallMs
}

type Zone = { readonly clock: Intl.DateTimeFormat; readonly offsets: Map<number, number | 'changes'>; readonly days: Map<number, readonly Offset[]> }

const zones = new Map<string, Zone>()

function zoneNamed(timeZone: string): Zone {
  const known = zones.get(timeZone)
  if (known !== undefined) return known
  const clock = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
    timeZone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  })
  const zone: Zone = { clock, offsets: new Map(), days: new Map() }
  zones.set(timeZone, zone)
  return zone
}

function instantOf(wallMs: number, zone: Zone): number {
  const steady = offsetAround(wallMs, zone)
  return steady === 'changes' ? instantNearChange(wallMs, zone) : wallMs - steady
}

/** Near a change of offset: the instant that the offset before it gives, else that of the one after it, if either is true. */
function instantNearChange(wallMs: number, zone: Zone): number {
  const before = wallMs - offsetAt(wallMs - DAY_MS, zone)
  const after = wallMs - offsetAt(wallMs + DAY_MS, zone)
  const isTrue = (instantMs: number): boolean => instantMs + offsetAt(instantMs, zone) === wallMs
  return isTrue(before) || !isTrue(after) ? before : after
}

/**
 * The offset that holds from a day before to a day after the wall clock's day, and so for every time on it.
 * Remembered, as asking ICU costs some microseconds and a page of orders has few days and many times.
 */
function offsetAround(wallMs: number, zone: Zone): number | 'changes' {
  const day = Math.floor(wallMs / DAY_MS)
  const known = zone.offsets.get(day)
  if (known !== undefined) return known
  const [first, middle, last] = [-1, 0.5, 2].map(days => offsetAt((day + days) * DAY_MS, zone))
  const steady = first !== undefined && first === middle && middle === last ? first : 'changes'
  return remember(zone.offsets, day, steady)
}

function remember<T>(days: Map<number, T>, day: number, value: T): T {
  if (days.size >= REMEMBERED_DAYS) days.clear()
  days.set(day, value)
  return value
}

/** The offsets of one day of UTC, in order. Remembered, as those of a whole year are asked for again and again. */
function offsetsOn(day: number, zone: Zone): readonly Offset[] {
  const known = zone.days.get(day)
  if (known !== undefined) return known
  const ends = [day, day + 0.5, day + 1].map((days) => days * DAY_MS)
  const changes = ends.slice(1).flatMap((until, index) => changesBetween(ends[index] ?? until, until, zone))
  const bounds = [...new Set([day * DAY_MS, ...changes, (day + 1) * DAY_MS])]
  return remember(zone.days, day, bounds.slice(1).map((until, index) => {
    const from = bounds[index] ?? until
    return { offsetMs: offsetAt(from, zone), from, until }
  }))
}

/** The instants at which another offset begins, to the second; none where both ends have the same. */
function changesBetween(from: number, until: number, zone: Zone): readonly number[] {
  if (offsetAt(from, zone) === offsetAt(until, zone)) return []
  if (until - from <= 1000) return [until]
  const middle = from + Math.floor((until - from) / 2000) * 1000
  return [...changesBetween(from, middle, zone), ...changesBetween(middle, until, zone)]
}

/** Local minus UTC at an instant, in milliseconds. */
function offsetAt(instantMs: number, zone: Zone): number {
  const shown: Record<string, number> = {}
  for (const { type, value } of zone.clock.formatToParts(instantMs)) shown[type] = Number(value)
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = shown
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / 1000) * 1000
}
