/** Levenshtein's distance: how many characters have to be inserted, deleted or replaced. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1]
    for (const [j, other] of [...b].entries()) {
      next.push(Math.min((next[j] ?? 0) + 1, (row[j + 1] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)))
    }
    row = next
  }
  return row.at(-1) ?? 0
}

/** The word that was probably meant; null where none is near. */
export const nearest = (word: string, known: readonly string[]): string | null => {
  const [best] = known.map((name) => ({ name, far: distance(word.toLowerCase(), name.toLowerCase()) })).toSorted((a, b) => a.far - b.far)
  return best && best.far <= Math.max(1, Math.floor(word.length / 3)) ? best.name : null
}
