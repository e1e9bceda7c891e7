import { visibleText } from '../../text-forms.ts'
import { blocksOf } from './plain-markdown.ts'

/** A part of an article that can be read by itself. */
export type ArticlePart = {
  /** The headings above it, outermost first. */
  readonly headings: readonly string[]
  /** Plain text, as it is shown. */
  readonly text: string
}

/** So much of an article is indexed, in characters (UTF-16): some 160,000 English words. What follows is not found. */
export const maxIndexed = 1_000_000

/** About 120 English words or 250 Han characters: a Han character weighs as much as half a word. */
const fullWeight = 120
const hanWeight = 0.48
/** Code and tables stay in one piece up to here, in characters. */
const maxWhole = 2_000
/** A sentence may be longer than a passage, up to here. */
const maxSentence = 1_200
const maxHeading = 200

const sentenceEnd = /[。！？；!?]+["”’」』)）]*|\.+["”’)]*(?=\s)|\n/g

const isHan = (unit: number) => unit >= 0x3400 && unit <= 0x9fff
const isBlank = (unit: number) => unit <= 0x20 || (unit >= 0x3000 && unit <= 0x303f) || unit >= 0xff00

/** Nearly: what stands between blanks is a word. */
const weightOf = (text: string): number => {
  let weight = 0
  let inWord = false
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    const begins = !isHan(unit) && !isBlank(unit)
    if (isHan(unit)) weight += hanWeight
    else if (begins && !inWord) weight += 1
    inWord = begins
  }
  return weight
}

/** Cut where nothing says where: behind a blank of the last part, if there is one; never within a character. */
function* cutHard(text: string, most: number): Generator<string> {
  for (let start = 0; start < text.length;) {
    const whole = start + most >= text.length
    const blank = whole ? -1 : text.slice(start + most / 2, start + most).search(/\s\S*$/)
    const raw = whole ? text.length : blank === -1 ? start + most : start + most / 2 + blank + 1
    const inPair = raw < text.length && /[\ud800-\udbff]/.test(text.charAt(raw - 1))
    const end = inPair ? raw - 1 : raw
    yield text.slice(start, end)
    start = end
  }
}

function* sentencesOf(text: string): Generator<string> {
  let start = 0
  for (const { 0: match, index } of text.matchAll(sentenceEnd)) {
    yield* cutHard(text.slice(start, index + match.length), maxSentence)
    start = index + match.length
  }
  yield* cutHard(text.slice(start), maxSentence)
}

function* linesWithin(text: string): Generator<string> {
  const lines = text.length <= maxWhole ? [text] : text.split(/(?<=\n)/)
  for (const line of lines) yield* cutHard(line, maxWhole)
}

type Filling = { text: string; weight: number }

/** Pieces put together until one more would be too much. */
function* fill(filling: Filling, pieces: Iterable<string>, isFull: (filling: Filling, piece: string, weight: number) => boolean): Generator<string> {
  for (const piece of pieces) {
    const weight = weightOf(piece)
    if (filling.text !== '' && isFull(filling, piece, weight)) {
      yield filling.text
      Object.assign(filling, { text: '', weight: 0 })
    }
    filling.text += piece
    filling.weight += weight
  }
}

const isFullProse = (filling: Filling, _piece: string, weight: number) => filling.weight + weight > fullWeight
const isFullWhole = (filling: Filling, piece: string) => filling.text.length + piece.length > maxWhole

function* takeRest(filling: Filling): Generator<string> {
  if (filling.text.trim() !== '') yield filling.text
  Object.assign(filling, { text: '', weight: 0 })
}

/** Markdown as passages, of its first `maxIndexed` characters, in a time that grows with them. */
export function* passagesOf(markdown: string): Generator<ArticlePart> {
  const above: { readonly level: number; readonly text: string }[] = []
  const filling: Filling = { text: '', weight: 0 }
  const toPart = (text: string): ArticlePart => ({ headings: above.map((one) => one.text), text: text.trim() })
  for (const block of blocksOf(visibleText(markdown.slice(0, maxIndexed)))) {
    if (block.kind === 'heading') {
      for (const text of takeRest(filling)) yield toPart(text)
      while ((above.at(-1)?.level ?? 0) >= block.level) above.pop()
      above.push({ level: block.level, text: block.text.slice(0, maxHeading) })
      continue
    }
    const isProse = block.kind === 'prose'
    // A table or a program stays whole; it shares a passage with what introduces it where both fit.
    const pieces = isProse ? sentencesOf(`${block.text}\n`) : linesWithin(`${block.text}\n`)
    for (const text of fill(filling, pieces, isProse ? isFullProse : isFullWhole)) if (text.trim() !== '') yield toPart(text)
  }
  for (const text of takeRest(filling)) yield toPart(text)
}
