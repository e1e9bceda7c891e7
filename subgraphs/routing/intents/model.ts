import { belonging, mix } from './calibration.ts'
import { featuresOf } from './features.ts'
import { addRows } from './rows.ts'
import { normalizeText } from './text.ts'
import type { Quantized, Trained } from './trained.ts'
import { openEncoder } from './vocabulary.ts'
import type { Encoded } from './vocabulary.ts'
import { wordsOf } from './words.ts'
import type { Segment } from './words.ts'

/** `score`: how probable it is, from 0 to 1, that this is what the text is about; nothing at all may be. */
export type IntentScore = { readonly name: string; readonly score: number }

export type Classified = {
  /** Null where nothing reached the threshold, or nothing of the text is known. */
  readonly best: IntentScore | null
  /** The highest few, best first. */
  readonly scores: readonly IntentScore[]
}

export type IntentModel = {
  /** Of the examples and the way it was trained: the same id, the same answers. */
  readonly id: string
  readonly threshold: number
  readonly intents: readonly string[]
  /** What it holds in memory, the dictionary of Chinese words aside. */
  readonly bytes: number
  /** Any string has an answer, and the same string the same one. */
  classify(text: string): Classified
}

const shown = 5
const unknown: Classified = { best: null, scores: [] }

/** Adds the rows of a matrix of bytes; `scaled` is room for their values. */
const addQuantized = (sum: Float64Array, { rows, scales }: Quantized, { ids, values, count }: Encoded, scaled: Float64Array) => {
  for (let index = 0; index < count; index += 1) scaled[index] = (values[index] ?? 0) * (scales[ids[index] ?? 0] ?? 0)
  addRows(sum, sum.length, rows, ids, scaled, count)
}

/** What both models say of a text. The answer is overwritten by the next call. */
const openModels = ({ linear, linearBias, hidden, hiddenBias, output, outputBias }: Trained) => {
  const [margins, activity, scores] = [new Float64Array(linearBias.length), new Float64Array(hiddenBias.length), new Float64Array(outputBias.length)]
  const positive = { ids: new Int32Array(activity.length), values: new Float64Array(activity.length) }
  let scaled = new Float64Array(1_024)
  return (text: Encoded) => {
    if (text.count > scaled.length) scaled = new Float64Array(text.count * 2)
    margins.set(linearBias)
    addQuantized(margins, linear, text, scaled)
    activity.set(hiddenBias)
    addQuantized(activity, hidden, text, scaled)
    let count = 0
    for (let unit = 0; unit < activity.length; unit += 1) {
      const value = activity[unit] ?? 0
      if (value <= 0) continue
      positive.ids[count] = unit
      positive.values[count] = value
      count += 1
    }
    scores.set(outputBias)
    addRows(scores, scores.length, output, positive.ids, positive.values, count)
    return { margins, scores }
  }
}

const highest = (probabilities: Float64Array, count: number): readonly number[] => {
  const found: number[] = []
  for (let place = 0; place < probabilities.length; place += 1) {
    const score = probabilities[place] ?? 0
    let at = found.length
    while (at > 0 && (probabilities[found[at - 1] ?? 0] ?? 0) < score) at -= 1
    if (at < count) found.splice(at, 0, place)
    if (found.length > count) found.pop()
  }
  return found
}

export const openModel = (id: string, trained: Trained, segment: Segment, bytes: number): IntentModel => {
  const { intents, vocabulary, calibration } = trained
  const encode = openEncoder(vocabulary)
  const judge = openModels(trained)
  const probabilities = new Float64Array(intents.length)
  const classify = (text: string): Classified => {
    const encoded = encode(featuresOf(wordsOf(normalizeText(text), segment)))
    if (encoded.count === 0) return unknown
    const { margins, scores: said } = judge(encoded)
    mix(margins, said, calibration, probabilities)
    const belongs = belonging(calibration, probabilities, margins, encoded.known)
    const scores = highest(probabilities, shown).map((place) => ({ name: intents[place] ?? '', score: ((probabilities[place] ?? 0) * belongs) ** calibration.power }))
    const first = scores[0]
    return { best: first && first.score >= calibration.threshold ? first : null, scores }
  }
  return { id, threshold: calibration.threshold, intents, bytes, classify }
}
