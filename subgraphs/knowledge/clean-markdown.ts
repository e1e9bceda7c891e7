/** A fence at the start of a line, be it in a quote or a list item: its run of signs, and what stands after them. */
const fencePattern = /^\s*(?:>\s*)*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}|~{3,})(.*)$/

// Each pattern starts at a sign of its own and reads on only as far as to the next one, so that the time is linear in the length.
const codeSpan = /((?<!`)`+(?!`)[^`]+`+)/
const anchor = /<a\s+(?:name|id)="[^"<>]*"\s*><\/a>/gi
const styling = /<\/?(?:font|span|u)\b[^<>]*>/gi
const lineBreak = /<br\s*\/?>/gi

/** What would begin a block of its own if a line began with it. */
const blockStart = /^(?:#{1,6}\s|>|[-+*]\s|\d{1,9}[.)]\s|=|-{2}|`{3}|~{3}|\|)/

/**
 * Markdown as Yuque exports it from its own editor, without the HTML that the export leaves in it: anchors before headings, `<br />`, colours. Code stays
 * as it is. Other HTML that an author wrote stays too: whoever shows an article sanitises it.
 */
export const cleanMarkdown = (markdown: string): string => {
  const cleaned: string[] = []
  let fence = ''
  for (const line of markdown.split(/\r?\n/)) {
    const [, run = '', rest = ''] = fencePattern.exec(line) ?? []
    if (fence !== '') {
      cleaned.push(line)
      if (run.startsWith(fence) && rest.trim() === '') fence = ''
    } else if (run !== '' && !rest.includes('`')) {
      cleaned.push(line)
      fence = run
    } else {
      cleaned.push(...cleanLine(line))
    }
  }
  return cleaned.join('\n').replace(/^\n+/, '').trimEnd()
}

/** No line at all where nothing is left of one. */
const cleanLine = (line: string): readonly string[] => {
  const kept = line.split(codeSpan).map((part, at) => (at % 2 === 1 ? part : cleanWords(part))).join('')
  if (kept === line) return [line]
  const parts = kept.split('\n').map((part, at) => (at === 0 ? part.trimEnd() : part.trim())).filter((part) => part !== '')
  return parts.length === 0 ? [] : [joinParts(parts)]
}

const cleanWords = (words: string): string =>
  words.replaceAll(anchor, '').replaceAll(styling, '').replaceAll('&nbsp;', '\u00a0').replaceAll(lineBreak, '\n')

/** A hard line break between two parts (CommonMark section 6.7); a space where there can be none, as in a table, or where the next part would become a block. */
const joinParts = ([first = '', ...rest]: readonly string[]): string => {
  const isOneLine = /^\s*(?:\||#{1,6}\s)/.test(first)
  return rest.reduce((line, part) => `${line}${isOneLine || blockStart.test(part) ? ' ' : '\\\n'}${part}`, first)
}
