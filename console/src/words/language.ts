import { openStore, useStore } from '../store.ts'

export const languages = ['en', 'zh'] as const
export type Language = (typeof languages)[number]

/** The tag that `Intl` and `lang` take. */
export const tagOf = (language: Language) => (language === 'zh' ? 'zh-CN' : 'en')

const isLanguage = (value: unknown): value is Language => languages.some((one) => one === value)

/** What the hub wrote into the page, by the cookie; else the browser's. */
const startingLanguage = (): Language => {
  const written = document.documentElement.lang.slice(0, 2)
  if (isLanguage(written)) return written
  return navigator.languages.some((tag) => tag.toLowerCase().startsWith('zh')) ? 'zh' : 'en'
}

const yearSeconds = 31_536_000

/** A choice that the hub should know before it writes the next page. */
export const rememberChoice = (name: 'language' | 'color_scheme', value: string) => {
  document.cookie = `fuseboard_${name}=${value}; Path=/; Max-Age=${yearSeconds}; SameSite=Lax`
}

export const language = openStore<Language>(startingLanguage())
export const useLanguage = (): Language => useStore(language, (one) => one)

export const chooseLanguage = (chosen: Language) => {
  language.set(() => chosen)
  document.documentElement.lang = tagOf(chosen)
  rememberChoice('language', tagOf(chosen))
}
