import { tagOf } from '../words/language.ts'
import type { Language } from '../words/language.ts'
import { timeOf } from '../words/times.ts'

/** A day with its year, as customers and articles outlive one. */
export const dateOf = (language: Language, iso: string) => new Intl.DateTimeFormat(tagOf(language), { dateStyle: 'medium' }).format(new Date(iso))
export const momentOf = (language: Language, iso: string) => `${dateOf(language, iso)} ${timeOf(language, iso)}`
