import type { Features } from './features.ts'

/* The features of the examples, numbered, and how much each tells. */

/** Slots for twice as many, a power of two: a key is in the first free one from where its own bits point. 0 is no key. */
export type Table = { readonly keys: Uint32Array; readonly places: Int32Array }

const emptyTable = (expected: number): Table => {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, expected * 2 + 2)))
  return { keys: new Uint32Array(slots), places: new Int32Array(slots) }
}

/** An open hash table in typed arrays: 32-bit numbers to their place in the order in which they were added. */
class Places {
  size = 0
  #keys: Uint32Array
  #places: Int32Array

  constructor({ keys, places }: Table) {
    this.#keys = keys
    this.#places = places
  }

  get table(): Table {
    return { keys: this.#keys, places: this.#places }
  }

  /** -1 where it was never added. */
  find(key: number): number {
    const at = this.#slot(key)
    return this.#keys[at] === key ? (this.#places[at] ?? -1) : -1
  }

  add(key: number): number {
    if (this.size * 2 >= this.#keys.length) this.#grow()
    const at = this.#slot(key)
    if (this.#keys[at] === key) return this.#places[at] ?? -1
    this.#keys[at] = key
    this.#places[at] = this.size
    this.size += 1
    return this.size - 1
  }

  #slot(key: number): number {
    const mask = this.#keys.length - 1
    let at = key & mask
    while (this.#keys[at] !== 0 && this.#keys[at] !== key) at = (at + 1) & mask
    return at
  }

  #grow() {
    const [keys, places] = [this.#keys, this.#places]
    this.#keys = new Uint32Array(keys.length * 2)
    this.#places = new Int32Array(keys.length * 2)
    keys.forEach((key, index) => {
      if (key === 0) return
      const at = this.#slot(key)
      this.#keys[at] = key
      this.#places[at] = places[index] ?? -1
    })
  }
}

/** `weights`: inverse document frequency, by place. `unknown`: what a feature would weigh that is in no example. */
export type Vocabulary = { readonly table: Table; readonly weights: Float32Array; readonly unknown: number }

/** One text as the models see it: features and values of length 1 altogether; `known`: the share of its words, weighed, that examples have. */
export type Encoded = { readonly ids: Int32Array; readonly values: Float64Array; readonly count: number; readonly known: number }

const inverse = (documents: number, having: number) => Math.log((documents + 1) / (having + 0.5))

/** A word or a few letters of one example may be all that is known of a wish; two words that met once are chance. */
const leastTextsOfTwo = 2

type Tally = { readonly keys: number[]; readonly texts: number[]; readonly own: boolean[]; readonly lastIn: number[] }

const tally = (texts: readonly Features[]): Tally => {
  const places = new Places(emptyTable(1 << 16))
  const found: Tally = { keys: [], texts: [], own: [], lastIn: [] }
  texts.forEach(({ hashes, own }, text) => {
    for (let index = 0; index < hashes.length; index += 1) {
      const hash = hashes[index] ?? 0
      const place = places.add(hash)
      if (found.lastIn[place] === text) continue
      found.lastIn[place] = text
      found.keys[place] = hash
      found.texts[place] = (found.texts[place] ?? 0) + 1
      found.own[place] = index < own
    }
  })
  return found
}

export const buildVocabulary = (texts: readonly Features[]): Vocabulary => {
  const { keys, texts: having, own } = tally(texts)
  const kept = keys.keys().filter((place) => own[place] === true || (having[place] ?? 0) >= leastTextsOfTwo).toArray()
  const places = new Places(emptyTable(kept.length))
  for (const place of kept) places.add(keys[place] ?? 0)
  return {
    table: places.table,
    weights: Float32Array.from(kept, (place) => inverse(texts.length, having[place] ?? 0)),
    unknown: inverse(texts.length, 0),
  }
}

/** The returned function's answer is overwritten by its next call. */
export const openEncoder = ({ table, weights, unknown }: Vocabulary): ((features: Features) => Encoded) => {
  const places = new Places(table)
  const seenIn = new Uint32Array(weights.length)
  let ids = new Int32Array(1_024)
  let values = new Float64Array(1_024)
  let turn = 0
  return ({ hashes, words }) => {
    if (hashes.length > ids.length) [ids, values] = [new Int32Array(hashes.length * 2), new Float64Array(hashes.length * 2)]
    turn += 1
    let [count, square, known, all] = [0, 0, 0, 0]
    for (let index = 0; index < hashes.length; index += 1) {
      const place = places.find(hashes[index] ?? 0)
      const weight = place === -1 ? unknown : (weights[place] ?? 0)
      if (index < words) all += weight
      if (place === -1) continue
      if (index < words) known += weight
      if (seenIn[place] === turn) continue
      seenIn[place] = turn
      ids[count] = place
      values[count] = weight
      count += 1
      square += weight * weight
    }
    const scale = square > 0 ? 1 / Math.sqrt(square) : 0
    for (let index = 0; index < count; index += 1) values[index] = (values[index] ?? 0) * scale
    return { ids, values, count, known: all > 0 ? known / all : 0 }
  }
}

/** Many texts, one after another: those of text t are from `starts[t]` to `starts[t + 1]`. */
export type Rows = { readonly starts: Int32Array; readonly ids: Int32Array; readonly values: Float32Array }

export const encodeAll = (texts: readonly Features[], vocabulary: Vocabulary): Rows => {
  const encode = openEncoder(vocabulary)
  const most = texts.reduce((sum, { hashes }) => sum + hashes.length, 0)
  const [starts, ids, values] = [new Int32Array(texts.length + 1), new Int32Array(most), new Float32Array(most)]
  texts.forEach((features, index) => {
    const start = starts[index] ?? 0
    const text = encode(features)
    ids.set(text.ids.subarray(0, text.count), start)
    values.set(text.values.subarray(0, text.count), start)
    starts[index + 1] = start + text.count
  })
  const end = starts[texts.length] ?? 0
  return { starts, ids: ids.subarray(0, end), values: values.subarray(0, end) }
}
