import { isDeepStrictEqual } from 'node:util'
import { OperationTypeNode } from 'graphql'
import type { Freshness } from '../../fuse/call.ts'
import type { RequestContext } from '../../subgraphs/context.ts'
import type { FetchResult } from '../fetch-result.ts'
import type { Ask, AskSubgraph } from './run.ts'

/*
 * What a caller asks twice at once is asked once: the same text with the same variables, accepting the same freshness. Only reads are shared, and none that
 * was begun before a change of the same caller's was carried out, as they may have been told of that change already. (Of changes that went by another
 * process this one knows nothing.)
 */

type Flying = {
  readonly ask: Ask
  readonly freshness: Freshness
  readonly owner: RequestContext
  readonly waiting: ((result: FetchResult | null) => void)[]
}

/** Of a caller who has more in the air than this only the latest are looked at. */
const maxLooked = 16

export const shareFetches = (ask: AskSubgraph): AskSubgraph => {
  const flying = new Map<string, Set<Flying>>()
  const forget = ({ caller: { id } }: RequestContext) => void flying.delete(id)
  const change: AskSubgraph = async (asked, context) => {
    forget(context)
    try {
      return await ask(asked, context)
    } finally {
      forget(context)
    }
  }
  return (asked, context) => {
    if (asked.kind === OperationTypeNode.MUTATION) return change(asked, context)
    // What is joined to an event has to be of after it.
    if (asked.kind === OperationTypeNode.SUBSCRIPTION) return ask(asked, context)
    const known = findSame(flying.get(context.caller.id), asked, context)
    if (known) return join(known, asked, context, ask)
    const own: Flying = { ask: asked, freshness: context.freshness, owner: context, waiting: [] }
    const ofCaller = flying.get(context.caller.id) ?? new Set()
    flying.set(context.caller.id, ofCaller.add(own))
    const land = (result: FetchResult | null) => {
      ofCaller.delete(own)
      if (ofCaller.size === 0 && flying.get(context.caller.id) === ofCaller) flying.delete(context.caller.id)
      // Whoever gets a result writes into it.
      for (const take of own.waiting) take(result === null ? null : structuredClone(result))
    }
    return ask(asked, context).then(
      (result) => {
        land(result)
        return result
      },
      (error: unknown) => {
        land(null)
        throw error
      },
    )
  }
}

const findSame = (flying: ReadonlySet<Flying> | undefined, { service, text, variables }: Ask, { caller, freshness }: RequestContext): Flying | undefined => {
  if (!flying) return undefined
  return [...flying].slice(-maxLooked).find(
    (one) =>
      one.ask.text === text && one.ask.service === service && !one.owner.signal.aborted
      && isDeepStrictEqual(one.owner.caller, caller) && isDeepStrictEqual(one.freshness, freshness) && isDeepStrictEqual(one.ask.variables, variables),
  )
}

/** Whoever began it may hang up: then those who joined ask themselves. */
const join = ({ owner, waiting }: Flying, asked: Ask, context: RequestContext, ask: AskSubgraph): Promise<FetchResult> =>
  new Promise((resolve, reject) => {
    waiting.push((result) => {
      if (result !== null && !owner.signal.aborted) resolve(result)
      else ask(asked, context).then(resolve, reject)
    })
  })
