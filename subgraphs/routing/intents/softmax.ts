/** Scores to probabilities, in place. The largest is subtracted first, so that no power is infinite. */
export const softmax = (scores: Float64Array) => {
  let largest = -Infinity
  for (const score of scores) largest = Math.max(largest, score)
  let sum = 0
  for (let index = 0; index < scores.length; index += 1) {
    const power = Math.exp((scores[index] ?? 0) - largest)
    scores[index] = power
    sum += power
  }
  for (let index = 0; index < scores.length; index += 1) scores[index] = (scores[index] ?? 0) / sum
}
