import { memo } from 'react'
import type { Language } from '../words/language.ts'
import { exactly, spanOf, timeOf } from '../words/times.ts'
import type { Words } from '../words/words.ts'
import { warmthOf } from './inbox.ts'
import type { InboxRow } from './inbox.ts'
import styles from './inbox-row.module.css'

type RowProps = {
  readonly row: InboxRow
  readonly isOpen: boolean
  /** The keyboard is at it. */
  readonly isAt: boolean
  readonly waitedMs: number
  readonly draft: string
  readonly words: Words
  readonly language: Language
  readonly onOpen: (id: string) => void
  readonly onTake: (id: string) => void
}

const isWaiting = ({ conversation: { status } }: InboxRow) => status === 'WAITING' || status === 'OFFERED'

const previewOf = ({ last, conversation }: InboxRow, words: Words): string =>
  last === null ? conversation.subject ?? words.inbox.noSubject : `${last.kind === 'NOTE' ? `${words.inbox.note}: ` : ''}${last.body}`

/** Same answers, same row: the seconds of one that does not wait change nothing on it. */
const isSame = (a: RowProps, b: RowProps) =>
  a.row === b.row && a.isOpen === b.isOpen && a.isAt === b.isAt && a.draft === b.draft && a.words === b.words
  && (!isWaiting(a.row) || Math.floor(a.waitedMs / 1_000) === Math.floor(b.waitedMs / 1_000))

export const InboxRowView = memo(({ row, isOpen, isAt, waitedMs, draft, words, language, onOpen, onTake }: RowProps) => {
  const { conversation: { id, visitor, status, department, lastActivityAt }, unread } = row
  return (
    <div className={styles.row} data-open={isOpen} data-at={isAt} data-conversation={id} data-status={status}>
      <button type="button" className={styles.open} aria-current={isOpen} onClick={() => onOpen(id)}>
        <span className={styles.first}>
          <strong className={styles.name}>{visitor.displayName}</strong>
          {isWaiting(row)
            ? <span className={styles.waited} data-warmth={warmthOf(waitedMs)}>◷ {words.inbox.waited(spanOf(language, waitedMs))}</span>
            : <time className={styles.time} dateTime={lastActivityAt} title={exactly(language, lastActivityAt)}>{timeOf(language, lastActivityAt)}</time>}
        </span>
        <span className={styles.second}>
          <span className={styles.preview}>{draft === '' ? previewOf(row, words) : <><em>{words.inbox.draft}</em> {draft}</>}</span>
          {unread > 0 && <span className={styles.unread} aria-label={words.inbox.unread(unread)}>{unread > 99 ? '99+' : unread}</span>}
        </span>
        <span className={styles.third}>{department?.path ?? ''} · {words.inbox.statuses[status]}</span>
      </button>
      {isWaiting(row) && <button type="button" className={styles.take} onClick={() => onTake(id)}>{words.inbox.accept}</button>}
    </div>
  )
}, isSame)
