import { z } from 'zod'
import type { SubgraphResult } from '../subgraphs/define.ts'

/** What came back of one fetch. Paths are the fetch's own; `supergraph.ts` maps them to the client's. */
export type FetchResult = z.infer<typeof fetchResult>

const path = z.array(z.union([z.string(), z.int()]))

/** As it came: a copy would cost as much as reading it did, and zod's leaves out what is called `__proto__`. */
const data = z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null && !Array.isArray(value))

const fetchResult = z.object({
  data: data.nullish(),
  errors: z
    .array(z.object({ message: z.string(), path: path.exactOptional(), extensions: z.record(z.string(), z.unknown()).exactOptional() }))
    .optional(),
  degraded: z.array(z.object({ path, backend: z.string(), state: z.enum(['CACHED', 'STALE']), ageMs: z.number() })).default([]),
})

/** What a subgraph in another process answers, by HTTP or by socket. */
const answerBody = z.object({
  data: fetchResult.shape.data,
  errors: fetchResult.shape.errors,
  extensions: z.object({ degraded: fetchResult.shape.degraded }).optional(),
})

/** Throws where it is no answer of a subgraph. */
export const readAnswer = (body: unknown): FetchResult => {
  const { data, errors, extensions } = answerBody.parse(body)
  return { data, errors, degraded: extensions?.degraded ?? [] }
}

/** The same of a subgraph in this process. */
export const toFetchResult = ({ data, errors, degraded }: SubgraphResult): FetchResult => ({
  data: data ?? null,
  degraded: degraded.map((value) => ({ ...value, path: [...value.path] })),
  ...(errors ? { errors: errors.map(({ message, path: at, extensions }) => ({ message, extensions, ...(at ? { path: [...at] } : {}) })) } : {}),
})
