/* A text's sketch: so many of the smallest hashes of its shingles (three tokens in a row), which tell how alike two texts are. */

const sketchSize = 64
const shingle = 3
/** Shorter texts are alike by accident. */
const fewestTokens = 12

const step = (hash: number, value: number) => Math.imul(hash ^ value, 0x01000193)

const hashToken = (token: string): number => {
  let hash = 0x811c9dc5
  for (let at = 0; at < token.length; at += 1) hash = step(hash, token.charCodeAt(at))
  return hash
}

/** Spreads a number over all of its bits (MurmurHash3's last step). */
const finish = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** Ascending, none twice; empty of a text of a few words. */
export const sketchOf = (tokens: readonly string[]): Uint32Array<ArrayBuffer> => {
  if (tokens.length < fewestTokens) return new Uint32Array()
  const hashes = tokens.map(hashToken)
  const shingles = new Uint32Array(tokens.length - shingle + 1)
  for (let at = 0; at < shingles.length; at += 1) shingles[at] = finish(step(step(step(0x2545f491, hashes[at] ?? 0), hashes[at + 1] ?? 0), hashes[at + 2] ?? 0))
  shingles.sort()
  return shingles.filter((hash, index) => index === 0 || hash !== shingles[index - 1]).slice(0, sketchSize)
}
