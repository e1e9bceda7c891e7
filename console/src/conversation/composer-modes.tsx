import { useWords } from '../words/words.ts'
import styles from './composer.module.css'
import type { Draft } from './shelf.ts'

type ModesProps = { readonly kind: Draft['kind']; readonly canReply: boolean; readonly isClosed: boolean; readonly onChoose: (kind: Draft['kind']) => void }

/** A reply, or a note that only colleagues see. */
export const ComposerModes = ({ kind, canReply, isClosed, onChoose }: ModesProps) => {
  const { chat } = useWords()
  return (
    <div className={styles.bar} role="group" aria-label={chat.mode}>
      {(['TEXT', 'NOTE'] as const).map((one) => (
        <button key={one} type="button" aria-pressed={kind === one} disabled={one === 'TEXT' && !canReply} onClick={() => onChoose(one)}>
          {one === 'TEXT' ? chat.reply : `✎ ${chat.note}`}
        </button>
      ))}
      <span className={styles.hint}>{kind === 'NOTE' ? chat.noteHint : ''}{!canReply && !isClosed ? ` · ${chat.notYours}` : ''}</span>
    </div>
  )
}
