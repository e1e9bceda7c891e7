/**
 * Finds a path, or the nearest above it, in one pass over its characters: each level's hash goes on from the one above it, so that no
 * segment is cut out and no map is asked. What is found is compared with the path itself before it counts.
 */
export type Indexed<T> = { readonly path: string; readonly value: T }

const slash = 47
const offsetBasis = 0x811c9dc5 | 0
/** FNV-1a's prime: see `mix`. */
const prime = 16_777_619
const twins = -1

const mix = (hash: number, unit: number): number => Math.imul(hash ^ unit, prime)

const hashOf = (path: string): number => {
  let hash = offsetBasis
  for (let at = 0; at < path.length; at += 1) hash = mix(hash, path.charCodeAt(at))
  return hash
}

/** The place of a hash, or a free one. A table has two numbers a place: a hash, and the number of its path, counted from 1; 0 where it is free. */
const placeOf = (table: Int32Array, hash: number): number => {
  const last = table.length - 2
  let place = ((hash ^ (hash >>> 15)) << 1) & last
  while (table[place + 1] !== 0 && table[place] !== hash) place = (place + 2) & last
  return place
}

const fillTable = (paths: readonly string[]): Int32Array => {
  const table = new Int32Array(2 ** Math.ceil(Math.log2(paths.length + 1)) * 4)
  for (const [index, path] of paths.entries()) {
    const hash = hashOf(path)
    const place = placeOf(table, hash)
    table[place + 1] = table[place + 1] === 0 ? index + 1 : twins
    table[place] = hash
  }
  return table
}

/** Whether the part of a raw path is `path`, but for slashes that are there twice. */
const isSame = (raw: string, start: number, end: number, path: string): boolean => {
  if (end - start === path.length) return raw.slice(start, end) === path
  let length = 0
  for (let at = start; at < end; at += 1) {
    const unit = raw.charCodeAt(at)
    if (unit === slash && raw.charCodeAt(at - 1) === slash) continue
    if (unit !== path.charCodeAt(length)) return false
    length += 1
  }
  return length === path.length
}

/**
 * `nodes` are normalized paths, each once, and with each of them all that are above it. `findExactly` answers where two of them have one hash:
 * names that were chosen for that get right answers too, only later. Null where nothing is found.
 */
export const indexPaths = <T>(nodes: readonly Indexed<T>[], findExactly: (raw: string) => T | null): ((raw: string) => T | null) => {
  const paths = nodes.map(({ path }) => path)
  const values = nodes.map(({ value }) => value)
  const table = fillTable(paths)
  return (raw) => {
    let start = 0
    while (raw.charCodeAt(start) === slash) start += 1
    let hash = offsetBasis
    let found = 0
    let foundEnd = start
    let unit = 0
    for (let at = start; at < raw.length; at += 1) {
      const before = unit
      unit = raw.charCodeAt(at)
      if (unit === slash) {
        if (before === slash) continue
        const number = table[placeOf(table, hash) + 1]
        if (number === 0 || number === undefined) break
        found = number
        foundEnd = at
      }
      hash = mix(hash, unit)
    }
    if (unit !== slash) {
      const number = table[placeOf(table, hash) + 1] ?? 0
      if (number !== 0) {
        found = number
        foundEnd = raw.length
      }
    }
    if (found === 0) return null
    const path = paths[found - 1]
    return path !== undefined && isSame(raw, start, foundEnd, path) ? (values[found - 1] ?? null) : findExactly(raw)
  }
}
