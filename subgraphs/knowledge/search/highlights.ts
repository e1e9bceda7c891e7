import type { Span } from './indexed.ts'
import { pairsOf, partsOf, runsOf } from './tokens.ts'
import type { Run, Tokenizer } from './tokens.ts'

/** What is shown of a passage at most, around its first match, in characters. */
const shown = 600
const before = 80

const occurrences = (han: string, word: string, offset: number): readonly Span[] => {
  const spans: Span[] = []
  for (let at = han.indexOf(word); at !== -1; at = han.indexOf(word, at + word.length)) spans.push([offset + at, offset + at + word.length])
  return spans
}

const spansIn = (run: Run, tokens: ReadonlySet<string>, han: readonly string[], tokenizer: Tokenizer): readonly Span[] => {
  if (!run.han) return tokenizer.words(run).some((token) => tokens.has(token)) ? [[run.start, run.start + run.text.length]] : []
  const simple = tokenizer.simplify(run.text)
  return han.flatMap((word) => occurrences(simple, word, run.start))
}

/** Ordered, and one where they touch or overlap. */
const mergeSpans = (spans: readonly Span[]): readonly Span[] => {
  const merged: (readonly [number, number])[] = []
  for (const [start, end] of spans.toSorted(([one], [other]) => one - other)) {
    const last = merged.at(-1)
    if (last && start <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], end)]
    else merged.push([start, end])
  }
  return merged
}

const isHan = (token: string) => /^\p{Script=Han}/u.test(token)

/** Where the tokens of a query stand in a text; where none does, their pairs of characters, or their parts. Units of UTF-16. */
export const highlightsIn = (text: string, tokens: ReadonlySet<string>, tokenizer: Tokenizer): readonly Span[] => {
  const han = [...tokens].filter(isHan)
  const runs = [...runsOf(text)]
  const whole = runs.flatMap((run) => spansIn(run, tokens, han, tokenizer))
  if (whole.length > 0) return mergeSpans(whole)
  const pieces = new Set([...tokens].flatMap(partsOf))
  const pairs = han.flatMap(pairsOf)
  return mergeSpans(runs.flatMap((run) => spansIn(run, pieces, pairs, tokenizer)))
}

const isLow = (text: string, at: number) => /[\udc00-\udfff]/.test(text.charAt(at))

/** The part of a text to be shown, which never begins or ends within a character. */
export const excerptOf = (text: string, highlights: readonly Span[]): { readonly text: string; readonly highlights: readonly Span[] } => {
  if (text.length <= shown) return { text, highlights }
  const wanted = Math.max(0, Math.min((highlights[0]?.[0] ?? 0) - before, text.length - shown))
  const start = isLow(text, wanted) ? wanted + 1 : wanted
  const wantedEnd = start + shown
  const end = isLow(text, wantedEnd) ? wantedEnd - 1 : wantedEnd
  const within = highlights.filter(([from, to]) => from >= start && to <= end).map(([from, to]) => [from - start, to - start] as const)
  return { text: text.slice(start, end), highlights: within }
}
