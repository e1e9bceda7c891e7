import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseRow } from '../parsing.ts'
import type { Article } from './backend.ts'
import { storageToMarkdown } from './markdown.ts'

export const time = z.iso.datetime({ offset: true }).transform((text) => new Date(text).toISOString())

// ── Confluence's words ──

const links = z.object({ base: z.string().optional(), webui: z.string().optional() })

const markdown = z.string().transform((storage, ctx) => {
  try {
    return storageToMarkdown(storage)
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no storage format' })
    return z.NEVER
  }
})

const content = z
  .object({
    id: z.string().min(1),
    title: z.string(),
    version: z.object({ number: z.int(), when: time, by: z.object({ displayName: z.string() }).nullish() }),
    body: z.object({ storage: z.object({ value: markdown }) }),
    _links: links,
  })
  .transform(({ id, title, version, body, _links }): Article => ({
    id,
    title,
    body: body.storage.value,
    url: _links.base !== undefined && _links.webui !== undefined ? `${_links.base}${_links.webui}` : null,
    revision: String(version.number),
    updatedAt: version.when,
    author: version.by?.displayName ?? null,
  }))

const named = z.object({ id: z.string().min(1) })

/** Whose row it is; null where it does not say. */
export const confluenceId = (row: unknown): string | null => named.safeParse(row).data?.id ?? null

export const decodeContent = (row: unknown, backend: string): Article | Malformed => parseRow(content, row, backend, 'an article')

/** `_links.base` is that of the whole answer where a row has none of its own. */
export const confluenceResults = z
  .object({ results: z.array(z.looseObject({ _links: links.optional() })), _links: links.optional() })
  .transform(({ results, _links }) => results.map((row) => ({ ...row, _links: { ..._links, ...row._links } })))

// ── Our own words, over JSON-RPC ──

export const rpcArticle: z.ZodType<Article> = z.object({
  id: z.string().min(1),
  title: z.string(),
  body: z.string(),
  url: z.string().nullable().default(null),
  revision: z.string(),
  updatedAt: time,
  author: z.string().nullable().default(null),
})
