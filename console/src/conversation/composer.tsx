import { useImperativeHandle, useLayoutEffect, useRef, useState } from 'react'
import type { ClipboardEvent, KeyboardEvent, Ref } from 'react'
import { useConsole } from '../console.ts'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import { CannedMenu } from './canned-menu.tsx'
import type { CannedMenuHandle } from './canned-menu.tsx'
import { cannedSearch } from './canned.ts'
import styles from './composer.module.css'
import { isOfInputMethod, sends } from './composing.ts'
import type { KeyPress } from './composing.ts'
import { noDraft } from './drafts.ts'
import type { Draft } from './shelf.ts'

export type ComposerHandle = {
  focus(kind: Draft['kind']): void
  /** At the caret; what is there stays. */
  insert(text: string): void
  openCanned(): void
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
}

/** The hub's own limit, in UTF-16 units. */
const mostChars = 10_000

const pressOf = ({ key, keyCode, shiftKey, nativeEvent: { isComposing }, timeStamp }: KeyboardEvent): KeyPress => ({ key, keyCode, shiftKey, isComposing, timeStamp })

/** The field is the browser's own: nothing writes into it while an input method composes. */
export const Composer = ({ ref, conversationId, visitor, canReply, isClosed, rival, onTyping }: ComposerProps) => {
  const { outbox, drafts, me } = useConsole()
  const { chat } = useWords()
  const field = useRef<HTMLTextAreaElement>(null)
  const menu = useRef<CannedMenuHandle>(null)
  const composedAt = useRef(-Infinity)
  const draft = useStore(drafts.all, (all) => all.get(conversationId)) ?? noDraft
  const [start] = useState(draft)
  const [isWarned, setWarned] = useState(false)
  const kind = canReply ? draft.kind : 'NOTE'
  const search = kind === 'TEXT' ? cannedSearch(draft.text) : null
  const tooMany = Math.max(0, draft.text.length - mostChars)

  const keep = (change: Partial<Draft>) => drafts.set(conversationId, { ...draft, ...change })
  const grow = () => {
    const element = field.current
    if (!element) return
    element.style.height = 'auto'
    element.style.height = `${Math.min(element.scrollHeight, 220)}px`
  }
  const write = (text: string, caret = text.length) => {
    const element = field.current
    if (!element) return
    element.value = text
    element.setSelectionRange(caret, caret)
    grow()
    keep({ text, caret })
  }
  const insert = (added: string) => {
    const element = field.current
    if (!element) return
    const { value, selectionStart, selectionEnd } = element
    write(value.slice(0, selectionStart) + added + value.slice(selectionEnd), selectionStart + added.length)
    element.focus()
  }
  const focus = (as: Draft['kind']) => {
    keep({ kind: as })
    field.current?.focus()
  }
  useImperativeHandle(ref, () => ({ focus, insert, openCanned: () => { focus('TEXT'); if (draft.text === '') write('/') } }))
  useLayoutEffect(() => {
    field.current?.setSelectionRange(start.caret, start.caret)
    grow()
  }, [start])

  const send = (isSure: boolean) => {
    const body = field.current?.value.trim() ?? ''
    if (body === '' || tooMany > 0) return
    if (kind === 'TEXT' && rival !== null && !isSure) return setWarned(true)
    setWarned(false)
    void outbox.add({ clientMessageId: crypto.randomUUID(), conversationId, kind, body, writtenAt: Date.now() })
    onTyping(false)
    write('')
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    const press = pressOf(event)
    if (isOfInputMethod(press, composedAt.current)) return
    if (search !== null && menu.current?.take(press.key)) return event.preventDefault()
    if (press.key === 'Escape') return field.current?.blur()
    if (!sends(press, composedAt.current)) return
    event.preventDefault()
    send(false)
  }
  const onPaste = (event: ClipboardEvent) => {
    event.preventDefault()
    const text = event.clipboardData.getData('text/plain').replaceAll('\r\n', '\n')
    // By this command the browser's own undo knows of it.
    if (!document.execCommand('insertText', false, text)) insert(text)
  }
  const onInput = () => {
    const element = field.current
    if (!element) return
    grow()
    keep({ text: element.value, caret: element.selectionStart })
    if (kind === 'TEXT' && !element.value.startsWith('/')) onTyping(element.value !== '')
  }
  const placeholder = kind === 'NOTE' ? chat.notePlaceholder : isClosed ? chat.closedPlaceholder : chat.replyPlaceholder
  return (
    <section className={styles.composer} data-kind={kind}>
      {search !== null && <CannedMenu ref={menu} search={search} names={{ visitor, agent: me.displayName }} onChoose={(text) => { write(text); field.current?.focus() }} />}
      {isWarned && rival !== null && (
        <p className={styles.warning} role="alert">{chat.replying(rival)} <button type="button" onClick={() => send(true)}>{chat.sendAnyway}</button></p>
      )}
      <div className={styles.bar} role="radiogroup" aria-label={chat.mode}>
        {(['TEXT', 'NOTE'] as const).map((one) => (
          <button key={one} type="button" role="radio" aria-checked={kind === one} disabled={one === 'TEXT' && !canReply} onClick={() => focus(one)}>
            {one === 'TEXT' ? chat.reply : `✎ ${chat.note}`}
          </button>
        ))}
        <span className={styles.hint}>{kind === 'NOTE' ? chat.noteHint : ''}{!canReply && !isClosed ? ` · ${chat.notYours}` : ''}</span>
      </div>
      <div className={styles.line}>
        <textarea
          ref={field} rows={1} defaultValue={start.text} aria-label={kind === 'NOTE' ? chat.note : chat.reply} placeholder={placeholder}
          onKeyDown={onKeyDown} onPaste={onPaste} onInput={onInput} onBlur={() => onTyping(false)}
          onSelect={() => { const caret = field.current?.selectionStart ?? 0; if (caret !== draft.caret && draft.text !== '') keep({ caret }) }}
          onCompositionEnd={(event) => { composedAt.current = event.timeStamp }}
        />
        <button type="button" className={styles.send} disabled={draft.text.trim() === '' || tooMany > 0} onClick={() => send(false)}>
          {kind === 'NOTE' ? chat.addNote : chat.send}
        </button>
      </div>
      {tooMany > 0 && <p className={styles.warning} role="alert">{chat.tooLong(tooMany)}</p>}
    </section>
  )
}
