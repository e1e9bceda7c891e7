import { Worker } from 'node:worker_threads'
import { answered } from './messages.ts'

export class IndexFailed extends Error {
  override readonly name = 'IndexFailed'
  /** The file is broken: whoever opens it next begins anew. */
  readonly isBroken: boolean
  constructor(message: string, opt: { readonly isBroken?: boolean; readonly cause?: unknown } = {}) {
    super(message, { cause: opt.cause })
    this.isBroken = opt.isBroken ?? false
  }
}

export type Thread = {
  /** What it answered to being started. */
  readonly begun: unknown
  /** Of what is asked, bytes in `cut` are moved, not copied. One question at a time; the others wait here, where they can be taken back. Rejects with `IndexFailed`, or with the signal's reason. */
  ask(asked: object, signal?: AbortSignal): Promise<unknown>
  /** At once, whatever it does. */
  end(): Promise<void>
}

type Waiting = { readonly asked: unknown; readonly promise: Promise<unknown>; resolve(value: unknown): void; reject(reason: unknown): void }
type State = { readonly kind: 'runs' } | { readonly kind: 'ended'; readonly why: unknown }

/** A heap grows to what it may before it is cleaned; an article of the longest kind needs some 150 MB for a moment. */
const resourceLimits = { maxOldGenerationSizeMb: 320, maxYoungGenerationSizeMb: 12 } as const

/** Rejects where the thread can't begin, and with the signal's reason where that is aborted before it has. It never keeps the process alive, but while a question waits for its answer. */
export const startThread = async (script: URL, workerData: object, signal?: AbortSignal): Promise<Thread> => {
  signal?.throwIfAborted()
  // Flags of this process, such as --input-type, are none of the worker's.
  const worker = new Worker(script, { workerData, name: 'knowledge', execArgv: [], resourceLimits })
  const queue: Waiting[] = []
  const seen: { state: State; current: Waiting | null } = { state: { kind: 'runs' }, current: null }
  const next = () => {
    if (seen.current || seen.state.kind === 'ended') return
    seen.current = queue.shift() ?? null
    if (!seen.current) return worker.unref()
    worker.ref()
    if (seen.current.asked !== null) worker.postMessage(seen.current.asked, movedWith(seen.current.asked))
  }
  const enqueue = (asked: unknown): Waiting => {
    const waiting = { asked, ...Promise.withResolvers<unknown>() }
    queue.push(waiting)
    next()
    return waiting
  }
  const end = (why: unknown) => {
    if (seen.state.kind === 'runs') seen.state = { kind: 'ended', why }
    const reason = new IndexFailed('the search index ended', { cause: why })
    for (const one of [seen.current, ...queue.splice(0)]) one?.reject(reason)
    seen.current = null
  }
  worker.on('message', (message) => {
    const current = seen.current
    seen.current = null
    const answer = answered.parse(message)
    if (answer.kind === 'done') current?.resolve(answer.value)
    else current?.reject(new IndexFailed(answer.message, { isBroken: answer.isBroken }))
    next()
  })
  worker.on('error', end)
  worker.on('exit', (code) => end(new Error(`the thread ended with code ${code}`)))
  const begun = await withSignal(enqueue(null), queue, signal).catch(async (error: unknown) => {
    await worker.terminate()
    throw error
  })
  return {
    begun,
    end: async () => {
      await worker.terminate()
    },
    ask: (asked, until) => {
      if (until?.aborted === true) return Promise.reject(toError(until.reason))
      if (seen.state.kind === 'ended') return Promise.reject(new IndexFailed('the search index ended', { cause: seen.state.why }))
      return withSignal(enqueue(asked), queue, until)
    },
  }
}

const movedWith = (asked: unknown): ArrayBuffer[] => {
  const bytes = typeof asked === 'object' && asked !== null && 'cut' in asked ? asked.cut : null
  return bytes instanceof Uint8Array && bytes.buffer instanceof ArrayBuffer ? [bytes.buffer] : []
}

const toError = (reason: unknown): Error => (reason instanceof Error ? reason : new Error(String(reason)))

/** What has not been asked yet is not asked any more; what has, is answered to nobody. */
const withSignal = (waiting: Waiting, queue: Waiting[], signal: AbortSignal | undefined): Promise<unknown> => {
  if (!signal) return waiting.promise
  const stop = () => {
    const at = queue.indexOf(waiting)
    if (at !== -1) queue.splice(at, 1)
    waiting.reject(toError(signal.reason))
  }
  signal.addEventListener('abort', stop, { once: true })
  return waiting.promise.finally(() => signal.removeEventListener('abort', stop))
}
