import { useMemo } from 'react'
import { tagOf, useLanguage } from '../words/language.ts'
import { dayOf, numberOf, spanOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import type { Saying } from './sentences.ts'

/** Words, spans and numbers in the language of who reads. */
export const useSaying = (): Saying => {
  const language = useLanguage()
  const words = useWords().fuses
  return useMemo(() => {
    const clock = new Intl.DateTimeFormat(tagOf(language), { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
    return {
      words,
      span: (ms) => spanOf(language, ms),
      number: (value) => numberOf(language, value),
      time: (at) => clock.format(at),
      day: (at) => dayOf(language, new Date(at).toISOString()),
    }
  }, [language, words])
}
