import { tagOf } from './language.ts'
import type { Language } from './language.ts'

/* Times in the agent's own zone and language. */

const secondMs = 1_000
const minuteMs = 60_000
const hourMs = 3_600_000
const dayMs = 86_400_000

const formats = new Map<string, Intl.DateTimeFormat>()
const formatOf = (language: Language, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${language}/${name}`
  const known = formats.get(key) ?? new Intl.DateTimeFormat(tagOf(language), options)
  formats.set(key, known)
  return known
}

export const timeOf = (language: Language, iso: string) => formatOf(language, 'time', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(iso))
/** The same for all of a day in this zone, and quick: it is asked for each line of a conversation. */
export const dayKeyOf = (iso: string): string => {
  const at = new Date(iso)
  return `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`
}
export const wholeDayOf = (language: Language, iso: string) => formatOf(language, 'whole day', { weekday: 'long', month: 'long', day: 'numeric' }).format(new Date(iso))
export const dayOf = (language: Language, iso: string) => formatOf(language, 'day', { weekday: 'short', month: 'short', day: 'numeric' }).format(new Date(iso))
export const exactly = (language: Language, iso: string) => formatOf(language, 'exact', { dateStyle: 'full', timeStyle: 'medium' }).format(new Date(iso))

const unitsOf = {
  en: { s: 's', m: 'min', h: 'h', d: 'd' },
  zh: { s: '秒', m: '分钟', h: '小时', d: '天' },
} as const

/** A span in its two largest units at most: `9 s`, `4 min`, `2 h 12 min`, `6 d 4 h`. */
export const spanOf = (language: Language, ms: number): string => {
  const { s, m, h, d } = unitsOf[language]
  if (ms < minuteMs) return `${Math.max(0, Math.round(ms / secondMs))} ${s}`
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} ${m}`
  if (ms < dayMs) return joined(Math.floor(ms / hourMs), h, Math.floor((ms % hourMs) / minuteMs), m)
  return joined(Math.floor(ms / dayMs), d, Math.floor((ms % dayMs) / hourMs), h)
}

const joined = (large: number, largeUnit: string, small: number, smallUnit: string) =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

export const numberOf = (language: Language, value: number) => new Intl.NumberFormat(tagOf(language)).format(value)
