/** What is to be told apart: signals, how much a row counts, and which side it is on. All weights together are 1. */
export type Row = { readonly signals: readonly number[]; readonly weight: number; readonly is: boolean }

const steps = 400
const rate = 1
const decay = 1e-3

export const sigmoid = (value: number) => 1 / (1 + Math.exp(-value))

type Scale = { readonly mean: number; readonly deviation: number }

const scaleOf = (values: readonly number[]): Scale => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) || 1 }
}

const gradientOf = (rows: readonly Row[], found: readonly number[]): readonly number[] => {
  const gradient = found.map((value, at) => (at === 0 ? 0 : decay * value))
  for (const { signals, weight, is } of rows) {
    const wrong = weight * (sigmoid(signals.reduce((sum, signal, at) => sum + signal * (found[at] ?? 0), 0)) - Number(is))
    signals.forEach((signal, at) => (gradient[at] = (gradient[at] ?? 0) + wrong * signal))
  }
  return gradient
}

/**
 * Logistic regression by gradient descent: a constant, and a coefficient for each signal. None of these is negative: more of any signal may only speak for a
 * row, as against it, it could only by chance.
 */
export const separate = (rows: readonly Row[]): readonly number[] => {
  const scales = (rows[0]?.signals ?? []).map((_, at) => scaleOf(rows.map(({ signals }) => signals[at] ?? 0)))
  const scaled = rows.map((row) => ({ ...row, signals: [1, ...scales.map(({ mean, deviation }, at) => ((row.signals[at] ?? 0) - mean) / deviation)] }))
  let found: readonly number[] = [0, ...scales.map(() => 0)]
  for (let step = 0; step < steps; step += 1) {
    const gradient = gradientOf(scaled, found)
    found = found.map((value, at) => Math.max(at === 0 ? -Infinity : 0, value - rate * (gradient[at] ?? 0)))
  }
  const each = scales.map(({ deviation }, at) => (found[at + 1] ?? 0) / deviation)
  return [each.reduce((rest, value, at) => rest - value * (scales[at]?.mean ?? 0), found[0] ?? 0), ...each]
}
