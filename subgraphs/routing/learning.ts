import type { Logger } from 'pino'
import type { RoutingFiles, RuleBook } from '../rule-book.ts'
import { trainIntents } from './intents/classifier.ts'
import type { IntentModel } from './intents/classifier.ts'

/** What is learned from the present examples, and learned anew when they change. */
/** `why`: in words that follow “as”; null where there is no example, and so nothing to be learned. */
export type Learned = { readonly kind: 'model'; readonly model: IntentModel } | { readonly kind: 'nothing'; readonly why: string | null }

export type Learning = AsyncDisposable & {
  /** The one before it serves until a new one is there. */
  readonly learned: Learned
  /** Whether the first training has ended, well or badly. */
  readonly isReady: boolean
  /** Told when it becomes ready. */
  onReady(listener: () => void): void
}

export type LearningOptions = {
  readonly book: RuleBook
  /** Where what was learned is kept, so that a start need not learn it again; null: nowhere. */
  readonly cacheDirectory: string | null
  readonly log: Logger
}

export const openLearning = ({ book, cacheDirectory, log }: LearningOptions): Learning => {
  const state: { learned: Learned; isReady: boolean } = { learned: { kind: 'nothing', why: 'the examples are still being learned' }, isReady: false }
  const listeners: (() => void)[] = []
  const learn = async ({ examples }: RoutingFiles, signal: AbortSignal): Promise<void> => {
    const startedAt = performance.now()
    try {
      const model = examples.length === 0 ? null : await trainIntents(examples, { cacheDirectory, signal, log })
      if (signal.aborted) return
      state.learned = model ? { kind: 'model', model } : { kind: 'nothing', why: null }
      if (model) log.info({ intents: model.intents.length, examples: examples.length, threshold: model.threshold, ms: Math.round(performance.now() - startedAt) }, 'what visitors write is read by these intents')
    } catch (error) {
      if (signal.aborted) return
      if (state.learned.kind === 'nothing') state.learned = { kind: 'nothing', why: 'the examples could not be learned' }
      log.error({ err: error }, 'the intents can not be learned; what was learned before stays')
    }
    const wasReady = state.isReady
    state.isReady = true
    if (!wasReady) for (const listener of listeners) listener()
  }
  const latest = openLatest(learn)
  latest.run(book.current)
  let { examples } = book.current
  const endChange = book.onChange((files) => {
    if (files.examples !== examples) latest.run(files)
    examples = files.examples
  })
  return {
    get learned() {
      return state.learned
    },
    get isReady() {
      return state.isReady
    },
    onReady: (listener) => void listeners.push(listener),
    [Symbol.asyncDispose]: () => {
      endChange()
      return latest.end()
    },
  }
}

/** Of several pieces of work only the one that was begun last goes on. */
const openLatest = <T>(work: (what: T, signal: AbortSignal) => Promise<void>) => {
  let controller = new AbortController()
  const running = new Set<Promise<void>>()
  return {
    run: (what: T) => {
      controller.abort()
      controller = new AbortController()
      const begun = work(what, controller.signal).finally(() => running.delete(begun))
      running.add(begun)
    },
    end: async () => {
      controller.abort()
      await Promise.all(running)
    },
  }
}
