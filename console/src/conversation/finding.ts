import type { Line } from './transcript.ts'

/* What is found in one conversation. Pure. */

/** As it was typed, whatever the case; null where nothing was. */
const patternOf = (text: string): RegExp | null => (text.trim() === '' ? null : new RegExp(text.trim().replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`), 'giu'))

const textOf = (line: Line): string => (line.kind === 'MESSAGE' ? line.message.body : line.note ?? '')

/** Keys of the lines that say it, the newest first. */
export const findLines = (lines: readonly Line[], text: string): readonly string[] => {
  const pattern = patternOf(text)
  if (!pattern) return []
  return lines.filter((line) => textOf(line).search(pattern) !== -1).map(({ key }) => key).toReversed()
}

/** Starts and ends of what is found in a text, one after the other. */
export const findRanges = (body: string, text: string): readonly number[] => {
  const pattern = patternOf(text)
  return pattern ? [...body.matchAll(pattern)].flatMap(({ index, 0: found }) => [index, index + found.length]) : []
}
