import { formatLocalTime } from '../local-time.ts'

/* How reasons quote what somebody wrote, and how they name a time. */

const maxQuoted = 80

/** In quotation marks, on one line, cut to 80 characters, and without what can't be seen or turns the text around it. */
export const quote = (text: string): string => {
  // A long text begins with what is shown of it: the rest is not looked at.
  const clean = text.slice(0, 4_000).replaceAll(/[\s\u2028\u2029]+/gu, ' ').replaceAll(/\p{C}/gu, '').trim()
  const letters = [...clean]
  return `“${letters.length > maxQuoted ? `${letters.slice(0, maxQuoted - 1).join('')}…` : clean}”`
}

export const shareOf = (score: number): string => `${Math.round(score * 100)} %`

const weekMs = 7 * 86_400_000
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const

/** `Mon 09:00 (Asia/Shanghai)`; the date instead of the day where it is a week away or more. */
export const timeOf = (instantMs: number, nowMs: number, zone: string): string => {
  const local = formatLocalTime(instantMs, zone)
  const weekday = weekdays[new Date(`${local.slice(0, 10)}T00:00:00Z`).getUTCDay()] ?? ''
  return `${instantMs - nowMs < weekMs ? weekday : local.slice(0, 10)} ${local.slice(11, 16)} (${zone})`
}
