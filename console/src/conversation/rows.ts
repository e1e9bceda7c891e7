import type { Outgoing } from './outbox.ts'
import { keyOf } from './transcript.ts'
import type { ChangeLine, Line, MessageLine } from './transcript.ts'

/* What a conversation looks like, row by row. Pure. */

export type Row =
  | { readonly kind: 'DAY'; readonly key: string; readonly at: string }
  | { readonly kind: 'NEW'; readonly key: string }
  | { readonly kind: 'MESSAGE'; readonly key: string; readonly line: MessageLine; readonly isFirst: boolean }
  | { readonly kind: 'CHANGE'; readonly key: string; readonly line: ChangeLine }
  | { readonly kind: 'PENDING'; readonly key: string; readonly outgoing: Outgoing }

export type RowsOptions = {
  readonly me: string
  /** What is behind it was new when the conversation was entered; null where nothing was. */
  readonly newAfter: number | null
  /** There is more before the earliest line: what day or what news begins with that line is not known, and a heading above it would move. */
  readonly hasEarlier: boolean
  /** The day of a time, in the agent's zone. */
  readonly dayOf: (iso: string) => string
}

const timeOf = (line: Line) => (line.kind === 'MESSAGE' ? line.message.sentAt : line.at)

/** Of the same author, shortly after. */
const continues = (line: MessageLine, before: Line | undefined): boolean =>
  before?.kind === 'MESSAGE' && before.message.author.id === line.message.author.id && before.message.kind === line.message.kind
  && Date.parse(line.message.sentAt) - Date.parse(before.message.sentAt) < 120_000

type Made = { readonly before: Line | undefined; readonly dayOf: RowsOptions['dayOf']; readonly day: string; readonly row: Row }

/** A line between the same lines is the same row, which is neither worked out nor rendered again: there are thousands of them, and an event adds one. */
const made = new WeakMap<Line, Made>()

const makeRow = (line: Line, before: Line | undefined, dayOf: RowsOptions['dayOf']): Made => {
  const known = made.get(line)
  if (known !== undefined && known.before === before && known.dayOf === dayOf) return known
  const row: Row = line.kind === 'MESSAGE' ? { kind: 'MESSAGE', key: line.key, line, isFirst: !continues(line, before) } : { kind: 'CHANGE', key: line.key, line }
  const fresh = { before, dayOf, day: dayOf(timeOf(line)), row }
  made.set(line, fresh)
  return fresh
}

/** What was sent, then what is still to be sent; one that is both is shown once, in its place. */
export const rowsOf = (lines: readonly Line[], pending: readonly Outgoing[], { me, newAfter, hasEarlier, dayOf }: RowsOptions): readonly Row[] => {
  const rows: Row[] = []
  let day = ''
  let isNewShown = newAfter === null
  for (const [i, line] of lines.entries()) {
    const { day: thisDay, row } = makeRow(line, lines[i - 1], dayOf)
    const isBegun = i === 0 && hasEarlier
    if (thisDay !== day && !isBegun) rows.push({ kind: 'DAY', key: `day/${thisDay}`, at: timeOf(line) })
    day = thisDay
    if (!isNewShown && newAfter !== null && line.position > newAfter && line.kind === 'MESSAGE' && line.message.author.id !== me) {
      if (!isBegun) rows.push({ kind: 'NEW', key: 'new' })
      isNewShown = true
    }
    rows.push(row)
  }
  if (pending.length === 0) return rows
  const known = new Set(lines.map(({ key }) => key))
  for (const outgoing of pending) {
    const key = keyOf(me, outgoing.clientMessageId)
    if (!known.has(key)) rows.push({ kind: 'PENDING', key, outgoing })
  }
  return rows
}

export type TextPart = { readonly text: string; readonly href: string | null }

const linkPattern = /https?:\/\/[^\s<>"'）】」，。]+|[\w.+-]+@[\w-]+\.[\w.-]*\w/g

/** A text with its links; nothing else of it means anything. */
export const partsOf = (text: string): readonly TextPart[] => {
  const parts: TextPart[] = []
  let end = 0
  for (const { 0: found, index } of text.matchAll(linkPattern)) {
    const link = found.replace(/[.,;:!?)]+$/, '')
    if (index > end) parts.push({ text: text.slice(end, index), href: null })
    parts.push({ text: link, href: link.startsWith('http') ? link : `mailto:${link}` })
    end = index + link.length
  }
  if (end < text.length) parts.push({ text: text.slice(end), href: null })
  return parts
}
