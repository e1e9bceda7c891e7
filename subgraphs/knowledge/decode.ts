import { z } from 'zod'
import type { Article, ChangePage, IdPage } from './backend.ts'

export const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

// ── Our own words, over JSON-RPC ──

const readers = z.array(z.string().min(1)).nullable()

export const rpcArticle: z.ZodType<Article> = z.object({
  id: z.string().min(1),
  title: z.string(),
  body: z.string(),
  url: z.string().nullable().default(null),
  revision: z.string(),
  updatedAt: time,
  author: z.string().nullable().default(null),
  tags: z.array(z.string()).default([]),
  place: z.string().default(''),
  readers: readers.default(null),
})

const paged = { marker: z.string().max(4_000), more: z.boolean(), isAnew: z.boolean().default(false) }

export const rpcChanges: z.ZodType<ChangePage> = z.object({
  changes: z.array(z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('WRITTEN'), id: z.string().min(1), revision: z.string() }),
    z.object({ kind: z.literal('DELETED'), id: z.string().min(1) }),
  ])),
  ...paged,
})

export const rpcIds: z.ZodType<IdPage> = z.object({
  rows: z.array(z.object({ id: z.string().min(1), place: z.string().default(''), readers: readers.default(null) })),
  ...paged,
})
