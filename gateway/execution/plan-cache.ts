import type { DocumentNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { CompiledOperation } from './compile.ts'

/** An operation of a client's: a document, and which of its operations is meant. */
export type Asked = {
  /** The hash of the document's text. */
  readonly hash: string
  readonly document: DocumentNode
  readonly operationName: string | undefined
}

export type PlanCache = {
  /** The compiled operation, and whether it was known. Throws what `plan` throws, and keeps nothing then. */
  find(asked: Asked): { readonly compiled: CompiledOperation; readonly isKnown: boolean }
  /** Those that were asked for most often of late, the busiest first. */
  busiest(count: number): readonly Asked[]
  /** About as much memory as what is kept takes. */
  readonly bytes: number
}

type Kept = { readonly asked: Asked; readonly compiled: CompiledOperation; uses: number }

export type PlanCacheOptions = {
  readonly maxBytes: number
  readonly plan: (document: DocumentNode, operationName: string | undefined) => CompiledOperation
}

/** A count is halved when so many have been asked for, so that what was busy once is not for ever. */
const halveAfter = 100_000

/** Operations that were planned and compiled, by what clients sent. The least recently used are forgotten first. */
export const openPlanCache = ({ maxBytes, plan }: PlanCacheOptions): PlanCache => {
  const kept = new LRUCache<string, Kept>({ maxSize: maxBytes, sizeCalculation: ({ compiled }) => compiled.bytes })
  let finds = 0
  const halve = () => {
    finds = 0
    for (const one of kept.values()) one.uses /= 2
  }
  return {
    find: (asked) => {
      finds += 1
      if (finds >= halveAfter) halve()
      const key = asked.operationName === undefined ? asked.hash : `${asked.hash} ${asked.operationName}`
      const known = kept.get(key)
      if (known) {
        known.uses += 1
        return { compiled: known.compiled, isKnown: true }
      }
      const compiled = plan(asked.document, asked.operationName)
      kept.set(key, { asked, compiled, uses: 1 })
      return { compiled, isKnown: false }
    },
    busiest: (count) =>
      [...kept.values()]
        .toSorted((a, b) => b.uses - a.uses)
        .slice(0, count)
        .map(({ asked }) => asked),
    get bytes() {
      return kept.calculatedSize
    },
  }
}
