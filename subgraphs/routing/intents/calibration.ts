import { separate, sigmoid } from './logistic.ts'
import { softmax } from './softmax.ts'

/*
 * From what the two models say to a probability: how much each counts, whether the text belongs to any intent, and below which score nothing fits. All of it
 * is learned from examples that the models were not trained with, among them whole intents.
 */

/** What was said of a text that was held out; `label` null where its whole intent was. */
export type Verdict = { readonly linear: Float64Array; readonly network: Float64Array; readonly known: number; readonly label: number | null }

export type Calibration = {
  readonly linear: number
  readonly network: number
  /** Log odds of belonging to any intent: a constant, and for each of the signals what one more of it adds. */
  readonly belongs: readonly number[]
  /** The share of a text's words that examples have, from which on it is as familiar as what belongs to an intent. */
  readonly familiar: number
  /** Scores are what is likely to this power, which brings them to the share that is right. It changes no order. */
  readonly power: number
  readonly threshold: number
}

/** Where there are too few examples to learn from. */
const guess: Calibration = { linear: 4, network: 0.5, belongs: [-3, 0, 0, 10], familiar: 0.3, power: 1, threshold: 0.4 }
const fewestVerdicts = 20
/** Held-out intents resemble the others more than what people ask beside the point, and are fewer: they count as this share of all that is asked. */
const foreignShare = 0.03
/** Of 100 questions, so many that were answered rightly may be lost to the threshold. */
const tolerated = 5
/** So many of 100 texts that belong to an intent are less familiar than the rest. */
const unfamiliar = 25

/** Fills `into` with what is likely if the text belongs to any intent. */
export const mix = (linear: Float64Array, network: Float64Array, weights: { readonly linear: number; readonly network: number }, into: Float64Array) => {
  for (let intent = 0; intent < into.length; intent += 1) into[intent] = weights.linear * (linear[intent] ?? 0) + weights.network * (network[intent] ?? 0)
  softmax(into)
}

const largestOf = (numbers: Float64Array) => numbers.reduce((most, one) => Math.max(most, one), -Infinity)

/** What tells whether a text belongs anywhere: the log odds of the likeliest intent, the best margin of the linear model, the share of it that is known. */
const signalsOf = (probabilities: Float64Array, linear: Float64Array, known: number): readonly [odds: number, margin: number, known: number] => {
  const largest = Math.min(1 - 1e-6, largestOf(probabilities))
  return [Math.log(largest / (1 - largest)), largestOf(linear), known]
}

/**
 * How probable it is that a text belongs to any intent. Held-out intents are asked for in the words of the others, so they do not teach how little is known of
 * what is quite beside the point; a text that is less familiar than most that belong counts as so much less.
 */
export const belonging = ({ belongs, familiar }: Pick<Calibration, 'belongs' | 'familiar'>, probabilities: Float64Array, linear: Float64Array, known: number): number => {
  const signals = signalsOf(probabilities, linear, known)
  return Math.min(1, known / familiar) * sigmoid(signals.reduce((sum, signal, index) => sum + signal * (belongs[index + 1] ?? 0), belongs[0] ?? 0))
}

type Own = Verdict & { readonly label: number }
const isOwn = (verdict: Verdict): verdict is Own => verdict.label !== null

const lossOf = (own: readonly Own[], weights: { readonly linear: number; readonly network: number }): number => {
  const probabilities = new Float64Array(own[0]?.linear.length ?? 0)
  return own.reduce((loss, { linear, network, label }) => {
    mix(linear, network, weights, probabilities)
    return loss - Math.log(Math.max(1e-9, probabilities[label] ?? 0))
  }, 0)
}

const quantile = (values: readonly number[], share: number) => values.toSorted((one, other) => one - other)[Math.floor(values.length * share)] ?? 0

const linearWeights = [0, 1, 2, 3, 4, 5, 6, 8]
const networkWeights = [0, 0.2, 0.35, 0.5, 0.65, 0.8, 1, 1.25]

/** The pair of weights under which what is so was likeliest. It is temperature and mixture at once. */
const weigh = (own: readonly Own[]) => {
  const pairs = linearWeights.flatMap((linear) => networkWeights.map((network) => ({ linear, network })))
  const losses = pairs.map((pair) => lossOf(own, pair))
  return pairs[losses.indexOf(Math.min(...losses))] ?? guess
}

/** The largest score below which no more right answers lie than are tolerated: the one that tells most of what fits nowhere. */
const chooseThreshold = (rightScores: readonly number[], asked: number): number => {
  const sorted = rightScores.toSorted((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor((asked * tolerated) / 100))] ?? guess.threshold
}

type Answer = { readonly likely: number; readonly isRight: boolean }

const [lowestPower, highestPower, halvings] = [0.1, 4, 30] as const

/** Under which scores are on average as high as answers are often right. The higher the power, the lower they are. */
const powerFor = (answers: readonly Answer[]): number => {
  const right = answers.filter(({ isRight }) => isRight).length
  let [low, high]: [number, number] = [lowestPower, highestPower]
  for (let halving = 0; halving < halvings; halving += 1) {
    const middle = (low + high) / 2
    const sum = answers.reduce((total, { likely }) => total + likely ** middle, 0)
    if (sum > right) low = middle
    else high = middle
  }
  return (low + high) / 2
}

export const calibrate = (verdicts: readonly Verdict[]): Calibration => {
  const own = verdicts.filter(isOwn)
  const foreign = verdicts.length - own.length
  if (own.length < fewestVerdicts || foreign < fewestVerdicts) return guess
  const weights = weigh(own)
  const judged = verdicts.map((verdict) => {
    const probabilities = new Float64Array(verdict.linear.length)
    mix(verdict.linear, verdict.network, weights, probabilities)
    return { verdict, probabilities }
  })
  const belongs = separate(judged.map(({ verdict, probabilities }) => ({
    signals: signalsOf(probabilities, verdict.linear, verdict.known),
    weight: isOwn(verdict) ? (1 - foreignShare) / own.length : foreignShare / foreign,
    is: isOwn(verdict),
  })))
  const familiar = quantile(own.map(({ known }) => known), unfamiliar / 100) || guess.familiar
  const answers = judged.flatMap(({ verdict, probabilities }) => {
    const largest = largestOf(probabilities)
    const likely = largest * belonging({ belongs, familiar }, probabilities, verdict.linear, verdict.known)
    return isOwn(verdict) ? [{ likely, isRight: verdict.label === probabilities.indexOf(largest) }] : []
  })
  const power = powerFor(answers)
  const right = answers.flatMap(({ likely, isRight }) => (isRight ? [likely ** power] : []))
  return { ...weights, belongs, familiar, power, threshold: chooseThreshold(right, own.length) }
}
