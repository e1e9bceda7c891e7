import { countUp, openRandom, shuffle } from './random.ts'
import type { Rows } from './vocabulary.ts'

/*
 * One linear support vector machine an intent, each against all others: squared hinge, solved in the dual, a coordinate at a time (Hsieh, Chang, Lin,
 * Keerthi, Sundararajan, "A dual coordinate descent method for large-scale linear SVM", 2008). What belongs nowhere scores low with all of them, which no
 * softmax tells.
 */

/** `weights[feature * intents + intent]`. */
export type Linear = { readonly weights: Float32Array; readonly bias: Float32Array }

export type Labelled = { readonly rows: Rows; readonly labels: Int32Array; readonly features: number; readonly intents: number }

const cost = 2
/** Few examples are gone through more often, as they cost little. */
const passesFor = (examples: number) => Math.min(30, Math.max(4, Math.round(40_000 / Math.max(1, examples))))
/** The bias is the weight of a feature that all texts have with this value. */
const biasValue = 0.5
const slack = 0.5 / cost
/** An example that is this much beyond its margin is not looked at again. */
const farBeyond = 0.05

const squaresOf = ({ starts, values }: Rows, count: number): Float64Array =>
  Float64Array.from({ length: count }, (_, row) => {
    let square = biasValue * biasValue
    for (let at = starts[row] ?? 0; at < (starts[row + 1] ?? 0); at += 1) square += (values[at] ?? 0) ** 2
    return square
  })

type Solving = { readonly weights: Float64Array; bias: number; readonly alphas: Float64Array }

const marginOf = ({ starts, ids, values }: Rows, row: number, { weights, bias }: Solving): number => {
  let margin = bias * biasValue
  const end = starts[row + 1] ?? 0
  for (let at = starts[row] ?? 0; at < end; at += 1) margin += (values[at] ?? 0) * (weights[ids[at] ?? 0] ?? 0)
  return margin
}

const move = ({ starts, ids, values }: Rows, row: number, by: number, solving: Solving) => {
  const end = starts[row + 1] ?? 0
  for (let at = starts[row] ?? 0; at < end; at += 1) {
    const id = ids[at] ?? 0
    solving.weights[id] = (solving.weights[id] ?? 0) + by * (values[at] ?? 0)
  }
  solving.bias += by * biasValue
}

/** One step for one example; whether it is to be looked at again. */
const stepAt = (rows: Rows, row: number, side: number, square: number, solving: Solving): boolean => {
  const alpha = solving.alphas[row] ?? 0
  const gradient = side * marginOf(rows, row, solving) - 1 + slack * alpha
  if (alpha === 0 && gradient > 0) return gradient <= farBeyond
  const moved = Math.max(0, alpha - gradient / (square + slack))
  solving.alphas[row] = moved
  if (moved !== alpha) move(rows, row, (moved - alpha) * side, solving)
  return true
}

const solveOne = ({ rows, labels, features }: Labelled, intent: number, squares: Float64Array): Solving => {
  const solving = { weights: new Float64Array(features), bias: 0, alphas: new Float64Array(labels.length) }
  const order = countUp(labels.length)
  const random = openRandom(intent + 1)
  const passes = passesFor(labels.length)
  let left = labels.length
  for (let pass = 0; pass < passes; pass += 1) {
    shuffle(order, random, left)
    let kept = 0
    for (let index = 0; index < left; index += 1) {
      const row = order[index] ?? 0
      if (!stepAt(rows, row, labels[row] === intent ? 1 : -1, squares[row] ?? 0, solving)) continue
      order[kept] = row
      kept += 1
    }
    left = kept
  }
  return solving
}

export const trainLinear = (given: Labelled): Linear => {
  const { labels, features, intents } = given
  const [weights, bias] = [new Float32Array(features * intents), new Float32Array(intents)]
  const squares = squaresOf(given.rows, labels.length)
  for (let intent = 0; intent < intents; intent += 1) {
    const solved = solveOne(given, intent, squares)
    for (let feature = 0; feature < features; feature += 1) weights[feature * intents + intent] = solved.weights[feature] ?? 0
    bias[intent] = solved.bias * biasValue
  }
  return { weights, bias }
}
