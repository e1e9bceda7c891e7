import { Worker } from 'node:worker_threads'
import { identify, readCached, writeCached } from './cache.ts'
import { openModel } from './model.ts'
import type { IntentModel } from './model.ts'
import { unpack } from './trained.ts'
import type { IntentExample } from '../../intent-examples.ts'
import { openSegmenter, segmentNothing } from './words.ts'

export type { Classified, IntentModel, IntentScore } from './model.ts'

export type TrainingOptions = {
  /** Where trained models are kept for the next start; null keeps none. */
  readonly cacheDirectory: string | null
  /** Ends the training, which then rejects with its reason. */
  readonly signal?: AbortSignal
  readonly log?: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
}

/**
 * Learns to tell intents apart by examples. Trains in a worker that never keeps the process alive: whoever only waits for this has to stay alive by something
 * else. The same examples make the same model, in whatever order. Rejects where the worker fails, or with the signal's reason.
 */
export const trainIntents = async (examples: readonly IntentExample[], opt: TrainingOptions): Promise<IntentModel> => {
  const id = identify(examples)
  opt.signal?.throwIfAborted()
  const cached = await openCached(id, opt)
  if (cached) return cached
  const startedAt = performance.now()
  const bytes = await trainInWorker(examples, opt.signal)
  if (opt.cacheDirectory !== null) await writeCached(opt.cacheDirectory, id, bytes).catch((error: unknown) => opt.log?.warn({ err: error }, 'the trained intents are not kept'))
  const model = await openBytes(id, bytes)
  if (!model) throw new Error('the trained intents arrived broken')
  opt.log?.info({ examples: examples.length, intents: model.intents.length, ms: Math.round(performance.now() - startedAt) }, 'trained the intents')
  return model
}

const openBytes = async (id: string, bytes: ArrayBuffer): Promise<IntentModel | null> => {
  const trained = await unpack(bytes)
  return trained && openModel(id, trained, trained.han ? await openSegmenter() : segmentNothing, bytes.byteLength)
}

const openCached = async (id: string, { cacheDirectory, log }: TrainingOptions): Promise<IntentModel | null> => {
  const bytes = cacheDirectory === null ? null : await readCached(cacheDirectory, id)
  if (!bytes) return null
  const model = await openBytes(id, bytes)
  if (!model) log?.warn({ id }, 'kept intents are broken, and are trained again')
  return model
}

const trainInWorker = (examples: readonly IntentExample[], signal: AbortSignal | undefined): Promise<ArrayBuffer> => {
  const { promise, resolve, reject } = Promise.withResolvers<ArrayBuffer>()
  const workerData = examples.map(({ text, intent }) => ({ text, intent }))
  // Flags of this process, such as --input-type, are none of the worker's.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData, name: 'intents', execArgv: [] })
  const stop = () => void worker.terminate()
  signal?.addEventListener('abort', stop, { once: true })
  worker.once('message', resolve)
  worker.once('error', reject)
  // After the listeners: the first one to a message would have it counted again.
  worker.unref()
  worker.once('exit', (code) => {
    signal?.removeEventListener('abort', stop)
    // Of no effect where it has been settled.
    reject(signal?.aborted === true ? signal.reason : new Error(`training the intents ended with code ${code}`))
  })
  return promise
}
