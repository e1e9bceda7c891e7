import { z } from 'zod'

/* What the index and its two threads say to each other. */

const span = z.tuple([z.number(), z.number()]).readonly()
const texts = z.array(z.string())

export const articles = z.array(z.object({
  id: z.string(), source: z.string(), title: z.string(), body: z.string(), tags: texts, readers: texts, updatedAt: z.number(), revision: z.string(),
}))
const remember = z.record(z.string(), z.string())
const cutPassage = z.object({ text: z.string(), headings: z.string(), body: z.string(), strong: z.string(), pairs: z.string() })
/** Tokens have a blank between them; `words` are those of the title. */
const cutOne = z.object({
  id: z.string(), source: z.string(), title: z.string(), readers: texts, updatedAt: z.number(), revision: z.string(), language: z.enum(['zh', 'en']), length: z.number(), digest: z.string(),
  sketch: z.instanceof(Uint32Array), words: z.string(), tags: z.string(), passages: z.array(cutPassage),
})
export const cutArticles = z.array(cutOne)
export const bytes = z.instanceof(Uint8Array)
export type CutArticle = z.infer<typeof cutOne>
export type CutPassage = z.infer<typeof cutPassage>
const wanted = z.object({ text: z.string(), readers: texts, sources: texts.nullable(), limit: z.number() })

export const hits = z.array(z.object({
  id: z.string(), source: z.string(), title: z.string(), score: z.number(), passage: z.object({ text: z.string(), highlights: z.array(span) }), duplicates: texts,
}))
export const pairs = z.array(z.tuple([z.string(), z.string()]).readonly())
export const counts = z.array(z.tuple([z.string(), z.number()]).readonly())

export const writerAsked = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('put'), cut: z.instanceof(Uint8Array), remember }),
  z.object({ kind: z.literal('remove'), ids: texts, remember }),
  /** Not sound: it was found broken, and is to be looked at when it is opened again. */
  z.object({ kind: z.literal('close'), isSound: z.boolean() }),
])
export type WriterAsked = z.infer<typeof writerAsked>

export const synonymGroups = z.array(z.array(z.string()))

export const readerAsked = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('search'), wanted }),
  z.object({ kind: z.literal('passages'), wanted }),
  z.object({ kind: z.literal('count'), readers: texts }),
  z.object({ kind: z.literal('recall'), name: z.string() }),
  z.object({ kind: z.literal('revisions'), source: z.string(), after: z.string(), limit: z.number() }),
  z.object({ kind: z.literal('synonyms'), groups: synonymGroups }),
  z.object({ kind: z.literal('close') }),
])
export type ReaderAsked = z.infer<typeof readerAsked>

/** Of one question after the other, in their order. The first answer is to being started. */
export const answered = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), value: z.unknown() }),
  z.object({ kind: z.literal('failed'), message: z.string(), isBroken: z.boolean() }),
])

export const opened = z.object({ aside: z.object({ file: z.string(), why: z.string() }).nullable() })
