export type Segment = { readonly text: string; readonly marked: boolean }

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff

/** Inside of a character of two units. */
const splits = (text: string, at: number) => at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at))

const pairsOf = (text: string, flat: readonly number[]): readonly (readonly [number, number])[] =>
  Array.from({ length: Math.floor(flat.length / 2) }, (_, i) => [flat[2 * i] ?? 0, flat[2 * i + 1] ?? 0] as const)
    .filter(([start, end]) => Number.isInteger(start) && Number.isInteger(end) && start < end && end > 0 && start < text.length)
    .map(([start, end]) => [Math.max(0, start), Math.min(text.length, end)] as const)
    .map(([start, end]) => [splits(text, start) ? start - 1 : start, splits(text, end) ? end + 1 : end] as const)
    .toSorted((a, b) => a[0] - b[0])

/**
 * A passage in pieces, those that matched marked. `highlights` are starts and ends in UTF-16 units, one after the other; they may overlap, touch, lie
 * outside or cut a character in two: what can't be marked is not, and the pieces always make up the passage.
 */
export const segmentsOf = (text: string, highlights: readonly number[]): readonly Segment[] => {
  const segments: Segment[] = []
  let at = 0
  for (const [start, end] of pairsOf(text, highlights)) {
    if (end <= at) continue
    const last = segments.at(-1)
    if (start > at) segments.push({ text: text.slice(at, start), marked: false })
    if (start <= at && last?.marked) segments[segments.length - 1] = { text: last.text + text.slice(at, end), marked: true }
    else segments.push({ text: text.slice(Math.max(start, at), end), marked: true })
    at = end
  }
  if (at < text.length) segments.push({ text: text.slice(at), marked: false })
  return segments
}
