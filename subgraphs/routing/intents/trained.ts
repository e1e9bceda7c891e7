import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Calibration } from './calibration.ts'
import type { Linear } from './linear.ts'
import type { Network } from './network.ts'
import type { Vocabulary } from './vocabulary.ts'

/* A trained model as plain arrays, and as the bytes that leave the worker and lie in the cache. */

/** A matrix of one byte a number; `scales` is what a row's numbers are times. */
export type Quantized = { readonly rows: Int8Array; readonly scales: Float32Array }

export type Trained = {
  readonly intents: readonly string[]
  /** Whether an example has a Han character, without which there is no need for a dictionary. */
  readonly han: boolean
  readonly vocabulary: Vocabulary
  readonly linear: Quantized
  readonly linearBias: Float32Array
  readonly hidden: Quantized
  readonly hiddenBias: Float32Array
  readonly output: Float32Array
  readonly outputBias: Float32Array
  readonly calibration: Calibration
}

const quantize = (matrix: Float32Array, width: number): Quantized => {
  const rows = new Int8Array(matrix.length)
  const scales = new Float32Array(width === 0 ? 0 : matrix.length / width)
  for (let row = 0; row < scales.length; row += 1) {
    const [start, end] = [row * width, (row + 1) * width]
    let most = 0
    for (let at = start; at < end; at += 1) most = Math.max(most, Math.abs(matrix[at] ?? 0))
    const scale = most / 127 || 1
    scales[row] = scale
    for (let at = start; at < end; at += 1) rows[at] = Math.round((matrix[at] ?? 0) / scale)
  }
  return { rows, scales }
}

export const compile = (from: { readonly intents: readonly string[]; readonly han: boolean; readonly vocabulary: Vocabulary; readonly calibration: Calibration }, linear: Linear, network: Network): Trained => ({
  ...from,
  linear: quantize(linear.weights, linear.bias.length),
  linearBias: linear.bias,
  hidden: quantize(network.hidden, network.hiddenBias.length),
  hiddenBias: Float32Array.from(network.hiddenBias),
  output: Float32Array.from(network.output),
  outputBias: Float32Array.from(network.outputBias),
})

const number = z.number()
const length = z.int().nonnegative()
const header = z.object({
  intents: z.array(z.string()),
  han: z.boolean(),
  unknown: number,
  calibration: z.object({ linear: number, network: number, belongs: z.array(number), familiar: number, power: number, threshold: number }),
  lengths: z.array(length),
})

const digestBytes = 32
const lengthBytes = 4
const align = (bytes: number) => Math.ceil(bytes / 4) * 4

const arraysOf = ({ vocabulary, linear, linearBias, hidden, hiddenBias, output, outputBias }: Trained) =>
  [vocabulary.table.keys, vocabulary.table.places, vocabulary.weights, linear.rows, linear.scales, linearBias, hidden.rows, hidden.scales, hiddenBias, output, outputBias]

/** A SHA-256 of all that follows, the length of the header, the header as JSON, then the arrays, each at a multiple of four bytes. */
export const pack = (trained: Trained): ArrayBuffer => {
  const { intents, han, vocabulary, calibration } = trained
  const arrays = arraysOf(trained)
  const head = Buffer.from(JSON.stringify({ intents, han, unknown: vocabulary.unknown, calibration, lengths: arrays.map((array) => array.length) }))
  const start = align(digestBytes + lengthBytes + head.length)
  const bytes = new Uint8Array(arrays.reduce((sum, array) => sum + align(array.byteLength), start))
  new DataView(bytes.buffer).setUint32(digestBytes, head.length)
  bytes.set(head, digestBytes + lengthBytes)
  let at = start
  for (const array of arrays) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
    at += align(array.byteLength)
  }
  bytes.set(createHash('sha256').update(bytes.subarray(digestBytes)).digest())
  return bytes.buffer
}

const isWhole = async (buffer: ArrayBuffer): Promise<boolean> => {
  if (buffer.byteLength < digestBytes + lengthBytes) return false
  const digest = await crypto.subtle.digest('SHA-256', new Uint8Array(buffer, digestBytes))
  return Buffer.from(digest).equals(Buffer.from(buffer, 0, digestBytes))
}

/** Null where the bytes are not those that were packed. The arrays are views of `buffer`. */
export const unpack = async (buffer: ArrayBuffer): Promise<Trained | null> => {
  if (!(await isWhole(buffer))) return null
  const headLength = new DataView(buffer).getUint32(digestBytes)
  const parsed = header.safeParse(JSON.parse(Buffer.from(buffer, digestBytes + lengthBytes, headLength).toString()))
  return parsed.success ? viewArrays(buffer, parsed.data, align(digestBytes + lengthBytes + headLength)) : null
}

const viewArrays = (buffer: ArrayBuffer, { lengths, unknown, ...head }: z.infer<typeof header>, start: number): Trained => {
  let at = start
  let next = 0
  const take = <T extends { readonly byteLength: number }>(view: new (buffer: ArrayBuffer, offset: number, length: number) => T): T => {
    const taken = new view(buffer, at, lengths[next] ?? 0)
    at += align(taken.byteLength)
    next += 1
    return taken
  }
  return {
    ...head,
    vocabulary: { table: { keys: take(Uint32Array), places: take(Int32Array) }, weights: take(Float32Array), unknown },
    ...{ linear: { rows: take(Int8Array), scales: take(Float32Array) }, linearBias: take(Float32Array) },
    ...{ hidden: { rows: take(Int8Array), scales: take(Float32Array) }, hiddenBias: take(Float32Array) },
    ...{ output: take(Float32Array), outputBias: take(Float32Array) },
  }
}
