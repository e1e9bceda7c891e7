/*
 * Markdown as blocks of plain text. No parser of the whole language: those take more than linear time of what is broken on purpose, and a megabyte of theirs
 * takes seconds. Whatever is read wrongly here is read as its own characters.
 */

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'prose'; readonly text: string }
  /** Code and tables: their lines belong together. */
  | { readonly kind: 'whole'; readonly text: string }

const heading = /^ {0,3}(#{1,6})(?:[ \t]+|$)/
const fence = /^ {0,3}(`{3,}|~{3,})/
const tableRow = /^\s{0,3}\|/
const tableRule = /^[\s|:-]+$/
const underline = /^ {0,3}(=+|-{2,})\s*$/
const rule = /^ {0,3}(?:[-*_][ \t]*){3,}$/
const listMark = /^[\s>]{0,40}(?:(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s+)?)?/
const closingMarks = /[ \t]+#{1,20}[ \t]*$/

/** Bounded repetitions: each of these takes a time that grows with the line, however many brackets it opens. */
const image = /!\[([^[\]]{0,300})\]\([^()\s]{0,1000}(?:\s+"[^"]{0,200}")?\)/g
const link = /\[([^[\]]{0,300})\]\([^()\s]{0,1000}(?:\s+"[^"]{0,200}")?\)/g
const tag = /<\/?[a-zA-Z][^<>]{0,300}>|<!--[^<>]{0,300}-->/g
const code = /`{1,3}([^`]{1,300})`{1,3}/g
const strong = /(\*{1,3}|~~)(?=\S)([^*~]{1,500}?)\1/g
const underscores = /(?<![\p{L}\p{N}_])_{1,3}(?=\S)([^_]{1,500}?)_{1,3}(?![\p{L}\p{N}_])/gu
const escape = /\\([!-/:-@[-`{-~])/g
const entities = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': '\'', '&nbsp;': ' ' } as const
const entity = /&(?:amp|lt|gt|quot|#39|nbsp);/g
const entityOf = new Map<string, string>(Object.entries(entities))

/** Without marks: what a reader sees of one line. */
export const plainLine = (line: string): string =>
  line
    .replace(image, '$1').replace(link, '$1').replace(code, '$1').replace(tag, '')
    .replace(strong, '$2').replace(underscores, '$1').replace(escape, '$1')
    .replace(entity, (name) => entityOf.get(name) ?? name)
    .replace(/[ \t\u00a0]+/g, ' ').trim()

type Line = { readonly text: string; readonly next: string }

function* linesOf(markdown: string): Generator<Line> {
  let text: string | null = null
  for (let start = 0; start <= markdown.length;) {
    const at = markdown.indexOf('\n', start)
    const end = at === -1 ? markdown.length : at
    const next = markdown.slice(start, end).replace(/\r$/, '')
    if (text !== null) yield { text, next }
    text = next
    start = end + 1
  }
  yield { text: text ?? '', next: '' }
}

type Open = { readonly kind: 'prose' | 'whole'; readonly lines: string[] }
type Reading = { open: Open | null; fence: string | null; skips: boolean }

const close = (reading: Reading): readonly Block[] => {
  const open = reading.open
  reading.open = null
  const text = open?.lines.join('\n').trim() ?? ''
  return open && text !== '' ? [{ kind: open.kind, text }] : []
}

const add = (reading: Reading, kind: Open['kind'], line: string): readonly Block[] => {
  const closed = reading.open?.kind === kind ? [] : close(reading)
  reading.open ??= { kind, lines: [] }
  if (line !== '') reading.open.lines.push(line)
  return closed
}

const readFenced = (reading: Reading, marks: string, line: string): readonly Block[] => {
  const ends = fence.exec(line)?.[1]
  if (ends?.startsWith(marks) !== true) return add(reading, 'whole', line.trimEnd())
  reading.fence = null
  return close(reading)
}

const cells = (line: string) => line.split('|').map((cell) => plainLine(cell)).filter((cell) => cell !== '').join(' | ')

const readHeading = (reading: Reading, level: number, text: string): readonly Block[] => [...close(reading), { kind: 'heading', level, text: plainLine(text.replace(closingMarks, '')) }]

const readOpenLine = (reading: Reading, { text, next }: Line): readonly Block[] => {
  const marks = heading.exec(text)
  if (marks) return readHeading(reading, marks[1]?.length ?? 1, text.slice(marks[0].length))
  const opens = fence.exec(text)?.[1]
  if (opens !== undefined) {
    reading.fence = opens
    return close(reading)
  }
  if (text.trim() === '' || rule.test(text)) return close(reading)
  const under = reading.open === null ? underline.exec(next)?.[1] : undefined
  if (under !== undefined && !tableRow.test(text)) {
    reading.skips = true
    return readHeading(reading, under.startsWith('=') ? 1 : 2, text)
  }
  if (tableRow.test(text)) return add(reading, 'whole', tableRule.test(text) ? '' : cells(text))
  return add(reading, 'prose', plainLine(text.replace(listMark, '')))
}

/** In the text's order, in a time that grows with its length. */
export function* blocksOf(markdown: string): Generator<Block> {
  const reading: Reading = { open: null, fence: null, skips: false }
  for (const line of linesOf(markdown)) {
    if (reading.skips) {
      reading.skips = false
      continue
    }
    yield* reading.fence === null ? readOpenLine(reading, line) : readFenced(reading, reading.fence, line.text)
  }
  yield* close(reading)
}
