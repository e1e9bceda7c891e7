import type { KeyboardEvent } from 'react'
import { useFocusBack } from '../kit/focus-back.ts'
import { useWords } from '../words/words.ts'
import styles from './find-bar.module.css'
import type { Finding } from './use-finding.ts'

/** Looks for words in the conversation: the browser's own search sees only the lines that are on the screen. */
export const FindBar = ({ finding }: { readonly finding: Finding }) => {
  const { chat, frame } = useWords()
  const { text, place, count, isReading, hasMore, look, older, newer } = finding
  useFocusBack()
  const onKeyDown = ({ key, shiftKey, nativeEvent }: KeyboardEvent) => {
    if (nativeEvent.isComposing) return
    if (key === 'Escape') look(null)
    if (key === 'Enter') (shiftKey ? newer : older)()
  }
  const said = text?.trim() === '' ? '' : isReading ? chat.findReading : count > 0 ? chat.found(place, count) : hasMore ? chat.findFurther : chat.findNothing
  return (
    <search className={styles.bar}>
      <input type="search" autoFocus value={text ?? ''} aria-label={chat.search} placeholder={chat.search} autoComplete="off" onChange={({ currentTarget }) => look(currentTarget.value)} onKeyDown={onKeyDown} />
      <span role="status" className={styles.said}>{said}</span>
      <button type="button" aria-label={chat.findOlder} title={`${chat.findOlder} (↵)`} onClick={older}>↑</button>
      <button type="button" aria-label={chat.findNewer} title={`${chat.findNewer} (⇧ ↵)`} onClick={newer}>↓</button>
      <button type="button" aria-label={frame.close} onClick={() => look(null)}>×</button>
    </search>
  )
}
