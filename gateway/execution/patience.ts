import type { RequestContext } from '../../subgraphs/context.ts'
import type { FetchResult } from '../fetch-result.ts'
import type { Ask, AskSubgraph } from './run.ts'

/** What stands for the answer of a subgraph that nobody waits for any longer. */
export type GiveUp = (asked: Ask, context: RequestContext) => FetchResult

/** Where a request is cancelled, its subgraphs have been told, and have so long to say what they know. */
const graceMs = 50

/**
 * Waits for a subgraph as long as the request lasts: when the budget is spent or the client has hung up, what has no answer is given up, whatever
 * its subgraph is doing, and a client who has gone is asked nothing more for.
 */
export const askPatiently = (ask: AskSubgraph, giveUp: GiveUp): AskSubgraph => {
  const onAbort = openAborts()
  return (asked, context) => {
    const { signal } = context
    if (signal.aborted && isGone(signal.reason)) return Promise.resolve(giveUp(asked, context))
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | null = null
      const forget = onAbort(signal, () => {
        timer = setTimeout(() => resolve(giveUp(asked, context)), graceMs)
      })
      const over = () => {
        forget()
        if (timer) clearTimeout(timer)
      }
      ask(asked, context).then(
        (result) => {
          over()
          resolve(result)
        },
        (error: unknown) => {
          over()
          reject(error instanceof Error ? error : new Error(String(error)))
        },
      )
    })
  }
}

const isGone = (reason: unknown): boolean => reason instanceof DOMException && reason.name === 'AbortError'

/** One listener for all fetches of a request: a signal's own cost more than the rest of a fetch. */
const openAborts = () => {
  const known = new WeakMap<AbortSignal, Set<() => void>>()
  return (signal: AbortSignal, abort: () => void): (() => void) => {
    if (signal.aborted) {
      abort()
      return () => undefined
    }
    const ofSignal = known.get(signal) ?? listen(signal, known)
    ofSignal.add(abort)
    return () => void ofSignal.delete(abort)
  }
}

const listen = (signal: AbortSignal, known: WeakMap<AbortSignal, Set<() => void>>): Set<() => void> => {
  const aborts = new Set<() => void>()
  known.set(signal, aborts)
  signal.addEventListener('abort', () => aborts.forEach((abort) => abort()), { once: true })
  return aborts
}
