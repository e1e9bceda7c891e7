import { memo } from 'react'
import { exactly, timeOf, wholeDayOf } from '../words/times.ts'
import type { Language } from '../words/language.ts'
import type { Words } from '../words/words.ts'
import styles from './message-row.module.css'
import type { Outgoing } from './outbox.ts'
import { segmentsOf } from '../kit/highlights.ts'
import { findRanges } from './finding.ts'
import { partsOf } from './rows.ts'
import type { Row } from './rows.ts'
import type { MessageLine } from './transcript.ts'

type RowProps = {
  readonly row: Row
  readonly me: string
  /** How far the visitor has read. */
  readonly readTo: number
  /** What is looked for; empty where nothing is. */
  readonly search: string
  readonly words: Words
  readonly language: Language
  readonly onRetry: (clientMessageId: string) => void
  readonly onDiscard: (clientMessageId: string) => void
}

/** What is looked for is marked in it. */
const Marked = ({ text, search }: { readonly text: string; readonly search: string }) =>
  search === '' ? text : segmentsOf(text, findRanges(text, search)).map((segment, i) => (segment.marked ? <mark key={i}>{segment.text}</mark> : segment.text))

const Text = ({ body, search }: { readonly body: string; readonly search: string }) => (
  <p className={styles.text}>
    {partsOf(body).map(({ text, href }, i) => {
      const marked = <Marked key={i} {...{ text, search }} />
      return href === null ? marked : <a key={i} href={href} target="_blank" rel="noopener noreferrer">{marked}</a>
    })}
  </p>
)

const sideOf = (line: MessageLine, me: string) => {
  const { kind, author } = line.message
  if (kind === 'NOTE') return styles.note
  if (kind === 'SYSTEM' || author.__typename === 'Bot') return styles.system
  return author.id === me || author.__typename === 'Agent' ? styles.mine : styles.theirs
}

const Message = ({ line, isFirst, me, readTo, search, words, language }: Omit<RowProps, 'row'> & { readonly line: MessageLine; readonly isFirst: boolean }) => {
  const { message } = line
  const isOwn = message.author.id === me && message.kind === 'TEXT'
  const state = readTo >= message.position ? words.chat.states.read : words.chat.states.sent
  return (
    <div className={`${styles.message} ${sideOf(line, me)}`} data-kind={message.kind} data-position={message.position}>
      {isFirst && <span className={styles.author}>{message.author.displayName}{message.kind === 'NOTE' && ` · ${words.chat.note} · ${words.chat.noteHint}`}</span>}
      <div className={styles.bubble}><Text body={message.body} search={search} /></div>
      <span className={styles.meta}>
        <time dateTime={message.sentAt} title={exactly(language, message.sentAt)}>{timeOf(language, message.sentAt)}</time>
        {isOwn && <span data-delivery={readTo >= message.position ? 'read' : 'sent'}>{readTo >= message.position ? '✓✓' : '✓'} {state}</span>}
      </span>
    </div>
  )
}

const reasonOf = (words: Words, code: string): string => Object.entries(words.chat.reasons).find(([name]) => name === code)?.[1] ?? words.chat.reasons.other

const Pending = ({ outgoing, search, words, onRetry, onDiscard }: Pick<RowProps, 'search' | 'words' | 'onRetry' | 'onDiscard'> & { readonly outgoing: Outgoing }) => {
  const { state, body, kind, clientMessageId } = outgoing
  const { chat } = words
  return (
    <div className={`${styles.message} ${kind === 'NOTE' ? styles.note : styles.mine} ${styles.pending}`} data-kind={kind} data-delivery={state.is.toLowerCase()}>
      <div className={styles.bubble}><Text body={body} search={search} /></div>
      {state.is === 'FAILED'
        ? (
            <span className={styles.failed} role="alert">
              <strong>! {chat.states.failed}</strong>: {reasonOf(words, state.reason)}
              <button type="button" onClick={() => onRetry(clientMessageId)}>{chat.retry}</button>
              <button type="button" onClick={() => void navigator.clipboard.writeText(body)}>{chat.copy}</button>
              <button type="button" onClick={() => onDiscard(clientMessageId)}>{chat.discard}</button>
            </span>
          )
        : <span className={styles.meta}>◷ {state.is === 'QUEUED' ? chat.states.queued : chat.states.sending}</span>}
    </div>
  )
}

const changeText = (words: Words, { change, by, note }: Extract<Row, { kind: 'CHANGE' }>['line']): string => {
  const said = words.chat.changes[change]
  const who = by === null || change === 'RETURNED' || change === 'ROUTED' ? said : `${by.displayName} ${said}`
  return note === null || note === '' ? who : `${who}: ${note}`
}

/** One row of a conversation. */
export const MessageRow = memo((props: RowProps) => {
  const { row, search, words, language } = props
  switch (row.kind) {
    case 'DAY': return <div className={styles.day}><time dateTime={row.at}>{wholeDayOf(language, row.at)}</time></div>
    case 'NEW': return <div className={styles.new} data-new><span>{words.chat.newMessages}</span></div>
    case 'CHANGE': return <div className={styles.change}><Marked text={changeText(words, row.line)} search={search} /> · <time dateTime={row.line.at} title={exactly(language, row.line.at)}>{timeOf(language, row.line.at)}</time></div>
    case 'PENDING': return <Pending {...props} outgoing={row.outgoing} />
    case 'MESSAGE': return <Message {...props} line={row.line} isFirst={row.isFirst} />
  }
})
