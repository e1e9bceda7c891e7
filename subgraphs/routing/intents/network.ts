import { countUp, openRandom, shuffle } from './random.ts'
import type { Labelled } from './linear.ts'
import { addRows } from './rows.ts'
import { softmax } from './softmax.ts'

/*
 * A network of one hidden layer, for what no sum of features tells. Stochastic gradient descent with steps by AdaGrad, one for a feature. At each step most
 * features and some hidden units are left out (dropout), which is what makes it better than a linear model, and faster to train.
 */

/** `hidden[feature * units + unit]`, `output[unit * intents + intent]`. */
export type Network = { readonly hidden: Float32Array; readonly hiddenBias: Float64Array; readonly output: Float64Array; readonly outputBias: Float64Array }

export const units = 64
const unitsLeftOut = 0.3
const firstRate = 0.04
const lastRate = 0.05 * firstRate
const firstWeight = 0.1
const firstSquare = 1e-4
const randomBits = 30
/** An example that is told with an error (root of the sum of squares) below this is passed over the next time. */
const wellKnown = 0.1

/** Few examples are gone through more often. */
const epochsFor = (examples: number) => Math.min(25, Math.max(6, Math.round(60_000 / Math.max(1, examples))))

type Training = Network & {
  readonly given: Labelled
  readonly random: () => number
  readonly squares: { readonly hidden: Float64Array; readonly output: Float64Array }
  /** The features of the step that are not left out. */
  readonly ids: Int32Array
  readonly values: Float64Array
  readonly activity: Float64Array
  readonly active: Int32Array
  readonly blame: Float64Array
  /** The error: what the network holds likely, less what is so. */
  readonly error: Float64Array
}

const spread = (length: number, random: () => number, width: number) => {
  const weights = new Float32Array(length)
  for (let at = 0; at < length; at += 1) weights[at] = (random() - 0.5) * 2 * width
  return weights
}

const begin = (given: Labelled, seed: number): Training => {
  const { rows, labels, features, intents } = given
  const random = openRandom(seed)
  const longest = labels.reduce((most, _, row) => Math.max(most, (rows.starts[row + 1] ?? 0) - (rows.starts[row] ?? 0)), 0)
  return {
    ...{ given, random, hidden: spread(features * units, random, firstWeight), hiddenBias: new Float64Array(units) },
    ...{ output: Float64Array.from(spread(units * intents, random, Math.sqrt(3 / units))), outputBias: new Float64Array(intents) },
    squares: { hidden: new Float64Array(features).fill(firstSquare), output: new Float64Array(units).fill(firstSquare) },
    ...{ ids: new Int32Array(longest), values: new Float64Array(longest), activity: new Float64Array(units) },
    ...{ active: new Int32Array(units), blame: new Float64Array(units), error: new Float64Array(intents) },
  }
}

/** Every other feature or so, by the bits of a random number, and twice as much of it. */
const leaveOut = ({ given: { rows }, random, ids, values }: Training, row: number): number => {
  const [start, end] = [rows.starts[row] ?? 0, rows.starts[row + 1] ?? 0]
  let [count, bits] = [0, 0]
  for (let at = start; at < end; at += 1) {
    bits = (at - start) % randomBits === 0 ? Math.floor(random() * 2 ** randomBits) : bits >>> 1
    if ((bits & 1) === 0) continue
    ids[count] = rows.ids[at] ?? 0
    values[count] = 2 * (rows.values[at] ?? 0)
    count += 1
  }
  return count
}

/** How many hidden units are active; which ones, and how much. */
const activate = ({ hidden, hiddenBias, activity, active, ids, values, random }: Training, count: number): number => {
  activity.set(hiddenBias)
  addRows(activity, units, hidden, ids, values, count)
  let working = 0
  for (let unit = 0; unit < units; unit += 1) {
    const value = activity[unit] ?? 0
    if (value <= 0 || random() < unitsLeftOut) continue
    active[working] = unit
    activity[unit] = value / (1 - unitsLeftOut)
    working += 1
  }
  return working
}

/** Fills in the error for an example of `label`; its mean square. */
const compare = ({ given: { intents }, output, outputBias, error, activity, active }: Training, working: number, label: number): number => {
  error.set(outputBias)
  for (let index = 0; index < working; index += 1) {
    const unit = active[index] ?? 0
    const value = activity[unit] ?? 0
    for (let intent = 0; intent < intents; intent += 1) error[intent] = (error[intent] ?? 0) + value * (output[unit * intents + intent] ?? 0)
  }
  softmax(error)
  error[label] = (error[label] ?? 0) - 1
  let square = 0
  for (const one of error) square += one * one
  return square / intents
}

/** Moves what a unit says, and returns how much it is to blame. */
const correctOutput = ({ given: { intents }, output, error, activity, squares }: Training, unit: number, rate: number, meanSquare: number): number => {
  const value = activity[unit] ?? 0
  const square = (squares.output[unit] ?? 0) + value * value * meanSquare
  squares.output[unit] = square
  const step = (rate * value) / Math.sqrt(square)
  let blame = 0
  for (let intent = 0; intent < intents; intent += 1) {
    const at = unit * intents + intent
    const wrong = error[intent] ?? 0
    const weight = output[at] ?? 0
    blame += wrong * weight
    output[at] = weight - step * wrong
  }
  return blame / (1 - unitsLeftOut)
}

const correctHidden = ({ hidden, squares, ids, values, active, blame }: Training, count: number, working: number, rate: number, meanSquare: number) => {
  for (let index = 0; index < count; index += 1) {
    const id = ids[index] ?? 0
    const value = values[index] ?? 0
    const square = (squares.hidden[id] ?? 0) + value * value * meanSquare
    squares.hidden[id] = square
    const step = (rate * value) / Math.sqrt(square)
    const start = id * units
    for (let which = 0; which < working; which += 1) {
      const at = start + (active[which] ?? 0)
      hidden[at] = (hidden[at] ?? 0) - step * (blame[which] ?? 0)
    }
  }
}

/** Whether it was well known already. */
const learn = (training: Training, row: number, rate: number): boolean => {
  const count = leaveOut(training, row)
  const working = activate(training, count)
  const meanSquare = compare(training, working, training.given.labels[row] ?? 0)
  let blameSquare = 0
  for (let index = 0; index < working; index += 1) {
    const blame = correctOutput(training, training.active[index] ?? 0, rate, meanSquare)
    training.blame[index] = blame
    blameSquare += blame * blame
  }
  for (let intent = 0; intent < training.given.intents; intent += 1) training.outputBias[intent] = (training.outputBias[intent] ?? 0) - 0.1 * rate * (training.error[intent] ?? 0)
  correctHidden(training, count, working, rate, blameSquare / units)
  return meanSquare * training.given.intents < wellKnown ** 2
}

export const trainNetwork = (given: Labelled, seed = 5): Network => {
  const training = begin(given, seed)
  const order = countUp(given.labels.length)
  const resting = new Uint8Array(order.length)
  const epochs = epochsFor(order.length)
  for (let epoch = 0; epoch < epochs; epoch += 1) {
    shuffle(order, training.random)
    const rate = firstRate + ((lastRate - firstRate) * epoch) / epochs
    for (const row of order) resting[row] = resting[row] === 1 ? 0 : Number(learn(training, row, rate))
  }
  return training
}
