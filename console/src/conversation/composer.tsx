import { useImperativeHandle, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent, Ref } from 'react'
import { useConsole } from '../console.ts'
import { useWords } from '../words/words.ts'
import { CannedMenu } from './canned-menu.tsx'
import type { CannedMenuHandle } from './canned-menu.tsx'
import { cannedSearch } from './canned.ts'
import { ComposerModes } from './composer-modes.tsx'
import styles from './composer.module.css'
import { isOfInputMethod, sends } from './composing.ts'
import type { KeyPress } from './composing.ts'
import type { Draft } from './shelf.ts'
import { useField } from './use-field.ts'

export type ComposerHandle = {
  /** To write what the draft is, or else a reply or a note. */
  readonly focus: (kind?: Draft['kind']) => void
  /** At the caret; what is there stays. */
  readonly insert: (text: string) => void
  readonly openCanned: () => void
}

type ComposerProps = {
  readonly ref: Ref<ComposerHandle>
  readonly conversationId: string
  readonly visitor: string
  /** False: only notes can be written. */
  readonly canReply: boolean
  readonly isClosed: boolean
  /** Who else is writing a reply. */
  readonly rival: string | null
  readonly onTyping: (typing: boolean) => void
  /** Enough written: the keys are the page's again. */
  readonly onLeave: () => void
}

/** The hub's own limit, in UTF-16 units. */
const mostChars = 10_000

// UI Events keeps `keyCode` for what `key` can't tell: which Enter an input method has taken.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const pressOf = ({ key, keyCode, shiftKey, nativeEvent: { isComposing }, timeStamp }: KeyboardEvent): KeyPress => ({ key, keyCode, shiftKey, isComposing, timeStamp })

/** Sends once somebody is sure, where another is writing a reply as well. */
const useSending = ({ conversationId, rival, onTyping }: ComposerProps, kind: Draft['kind'], clear: () => void) => {
  const { outbox } = useConsole()
  const [isWarned, setWarned] = useState(false)
  const send = (text: string, isSure: boolean) => {
    const body = text.trim()
    if (body === '' || text.length > mostChars) return
    if (kind === 'TEXT' && rival !== null && !isSure) return setWarned(true)
    setWarned(false)
    void outbox.add({ clientMessageId: crypto.randomUUID(), conversationId, kind, body, writtenAt: Date.now() })
    onTyping(false)
    clear()
  }
  return { send, isWarned: isWarned && rival !== null }
}

export const Composer = (props: ComposerProps) => {
  const { ref, conversationId, visitor, canReply, isClosed, rival, onTyping, onLeave } = props
  const { drafts, me } = useConsole()
  const { chat } = useWords()
  const menu = useRef<CannedMenuHandle>(null)
  const composedAt = useRef(-Infinity)
  const { field, draft, start, keep, write, insert, read } = useField(drafts, conversationId)
  const kind = canReply ? draft.kind : 'NOTE'
  const search = kind === 'TEXT' ? cannedSearch(draft.text) : null
  const { send, isWarned } = useSending(props, kind, () => write(''))
  const focus = (as?: Draft['kind']) => {
    if (as) keep({ kind: as })
    field.current?.focus()
  }
  useImperativeHandle(ref, () => ({ focus, insert, openCanned: () => { focus('TEXT'); if (draft.text === '') write('/') } }))

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const press = pressOf(event)
    if (isOfInputMethod(press, composedAt.current)) return
    if (search !== null && menu.current?.take(press.key)) return event.preventDefault()
    if (press.key === 'Escape') return onLeave()
    if (!sends(press, composedAt.current)) return
    event.preventDefault()
    send(event.currentTarget.value, false)
  }
  const onInput = () => {
    const text = read()
    if (kind === 'TEXT' && !text.startsWith('/')) onTyping(text !== '')
  }
  const placeholder = kind === 'NOTE' ? chat.notePlaceholder : isClosed ? chat.closedPlaceholder : chat.replyPlaceholder
  const tooMany = draft.text.length - mostChars
  return (
    <section className={styles.composer} data-kind={kind}>
      {search !== null && <CannedMenu ref={menu} search={search} names={{ visitor, agent: me.displayName }} onChoose={(text) => { write(text); field.current?.focus() }} />}
      {isWarned && <p className={styles.warning} role="alert">{chat.replying(rival ?? '')} <button type="button" onClick={() => send(draft.text, true)}>{chat.sendAnyway}</button></p>}
      <ComposerModes kind={kind} canReply={canReply} isClosed={isClosed} onChoose={focus} />
      <div className={styles.line}>
        <textarea
          ref={field} rows={1} defaultValue={start.text} aria-label={kind === 'NOTE' ? chat.note : chat.reply} placeholder={placeholder}
          onKeyDown={onKeyDown} onPaste={(event) => pasteAsText(event, insert)} onInput={onInput} onBlur={() => onTyping(false)} onSelect={() => read()}
          onCompositionEnd={(event) => { composedAt.current = event.timeStamp }}
        />
        <button type="button" className={styles.send} disabled={draft.text.trim() === '' || tooMany > 0} onClick={() => send(draft.text, false)}>
          {kind === 'NOTE' ? chat.addNote : chat.send}
        </button>
      </div>
      {tooMany > 0 && <p className={styles.warning} role="alert">{chat.tooLong(tooMany)}</p>}
    </section>
  )
}

const pasteAsText = (event: ClipboardEvent, insert: (text: string) => void) => {
  event.preventDefault()
  const text = event.clipboardData.getData('text/plain').replaceAll('\r\n', '\n')
  // Deprecated, and the only way in which the browser's own undo knows of it.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  if (!document.execCommand('insertText', false, text)) insert(text)
}
