import { useMantineColorScheme } from '@mantine/core'
import { chooseLanguage, tagOf, useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import styles from './choices.module.css'

const schemes = ['auto', 'light', 'dark'] as const

/** Language and theme; each is remembered for the next page. */
export const Choices = () => {
  const { frame } = useWords()
  const language = useLanguage()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const next = schemes[(schemes.indexOf(colorScheme) + 1) % schemes.length] ?? 'auto'
  const other = language === 'en' ? 'zh' : 'en'
  return (
    <div className={styles.choices}>
      <button type="button" lang={tagOf(other)} onClick={() => chooseLanguage(other)}>{frame.otherLanguage}</button>
      <button type="button" aria-label={`${frame.theme}: ${frame[colorScheme]}`} title={`${frame.theme}: ${frame[colorScheme]}`} onClick={() => setColorScheme(next)}>
        {{ auto: '◐', light: '○', dark: '●' }[colorScheme]}
      </button>
    </div>
  )
}
