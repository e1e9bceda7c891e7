import type { IntentExample } from '../../intent-examples.ts'
import { calibrate } from './calibration.ts'
import type { Verdict } from './calibration.ts'
import { featuresOf } from './features.ts'
import type { Features } from './features.ts'
import { trainLinear } from './linear.ts'
import type { Labelled, Linear } from './linear.ts'
import { trainNetwork, units } from './network.ts'
import type { Network } from './network.ts'
import { countUp, openRandom, shuffle } from './random.ts'
import { addRows } from './rows.ts'
import { hasHan } from '../../text-forms.ts'
import { normalizeText } from './text.ts'
import { compile } from './trained.ts'
import type { Trained } from './trained.ts'
import { buildVocabulary, encodeAll, openEncoder } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'
import { openSegmenter, segmentNothing, wordsOf } from './words.ts'

/* Examples to a model. Runs in a worker; takes as long as it takes. */

/** Raised whenever the same examples would make another model. */
export const algorithm = 1

/** Examples are dealt into so many parts, and intents too. In each round one part of both is held out. */
const parts = 10
const roundsOfFew = 5
/** With more examples than this one round tells enough. */
const manyExamples = 3_000

type Examples = { readonly texts: readonly Features[]; readonly labels: readonly number[]; readonly intents: number }
type Models = { readonly vocabulary: Vocabulary; readonly linear: Linear; readonly network: Network }

const fit = ({ texts, labels, intents }: Examples): Models => {
  const vocabulary = buildVocabulary(texts)
  const given: Labelled = { rows: encodeAll(texts, vocabulary), labels: Int32Array.from(labels), features: vocabulary.weights.length, intents }
  return { vocabulary, linear: trainLinear(given), network: trainNetwork(given) }
}

/** What the models say of texts, each with its own numbers. */
const openJudge = ({ vocabulary, linear, network }: Models) => {
  const encode = openEncoder(vocabulary)
  const activity = new Float64Array(units)
  return (text: Features): Omit<Verdict, 'label'> => {
    const { ids, values, count, known } = encode(text)
    const margins = Float64Array.from(linear.bias)
    addRows(margins, margins.length, linear.weights, ids, values, count)
    activity.set(network.hiddenBias)
    addRows(activity, units, network.hidden, ids, values, count)
    const scores = Float64Array.from(network.outputBias)
    activity.forEach((value, unit) => {
      for (let intent = 0; value > 0 && intent < scores.length; intent += 1) scores[intent] = (scores[intent] ?? 0) + value * (network.output[unit * scores.length + intent] ?? 0)
    })
    return { linear: margins, network: scores, known }
  }
}

const deal = (count: number, random: () => number): Int32Array => {
  const order = countUp(count)
  shuffle(order, random)
  return order.map((place) => place % parts)
}

type Dealt = { readonly ofExample: Int32Array; readonly ofIntent: Int32Array }

/** What models that saw neither a part of the examples nor a part of the intents say of both. */
const judgeRound = ({ texts, labels, intents }: Examples, { ofExample, ofIntent }: Dealt, part: number): readonly Verdict[] => {
  const isForeign = (index: number) => ofIntent[labels[index] ?? 0] === part
  const isHeldOut = (index: number) => isForeign(index) || ofExample[index] === part
  const seen = [...labels.keys()].filter((index) => !isHeldOut(index))
  if (seen.length === 0) return []
  const pick = <T>(from: readonly T[]) => from.filter((_, index) => !isHeldOut(index))
  const judge = openJudge(fit({ texts: pick(texts), labels: pick(labels), intents }))
  return [...labels.keys()].filter(isHeldOut).flatMap((index) => {
    const text = texts[index]
    return text ? [{ ...judge(text), label: isForeign(index) ? null : (labels[index] ?? 0) }] : []
  })
}

const judgeAll = (set: Examples): readonly Verdict[] => {
  const random = openRandom(11)
  const dealt = { ofExample: deal(set.labels.length, random), ofIntent: deal(set.intents, random) }
  const rounds = set.labels.length > manyExamples ? 1 : roundsOfFew
  return [...new Array<undefined>(rounds).keys()].flatMap((part) => judgeRound(set, dealt, part))
}

/** The same for the same examples, in whatever order they are given. */
const inOrder = (examples: readonly IntentExample[]): readonly IntentExample[] => {
  const keyed = examples.map(({ text, intent }) => ({ text, intent, key: `${intent}\0${text}` }))
  return keyed.sort((one, other) => (one.key < other.key ? -1 : Number(one.key > other.key))).map(({ text, intent }) => ({ text, intent }))
}

export const train = async (given: readonly IntentExample[]): Promise<Trained> => {
  const examples = inOrder(given)
  const normalized = examples.map(({ text }) => normalizeText(text))
  const han = normalized.some(hasHan)
  const segment = han ? await openSegmenter() : segmentNothing
  const intents = [...new Set(examples.map(({ intent }) => intent))]
  const places = new Map(intents.map((intent, place) => [intent, place]))
  const set = { texts: normalized.map((text) => featuresOf(wordsOf(text, segment))), labels: examples.map(({ intent }) => places.get(intent) ?? 0), intents: intents.length }
  const { vocabulary, linear, network } = fit(set)
  return compile({ intents, han, vocabulary, calibration: calibrate(judgeAll(set)) }, linear, network)
}
