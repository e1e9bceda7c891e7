import { z } from 'zod'
import type { Row } from '../../fuse/call.ts'
import { Malformed } from '../../fuse/errors.ts'
import { parseRow } from '../parsing.ts'
import type { Article } from './backend.ts'
import { cleanMarkdown } from './clean-markdown.ts'
import { time } from './decode.ts'
import { htmlToMarkdown } from './markdown.ts'

/** Yuque's words (https://www.yuque.com/yuque/developer/api); `demo/yuque.ts` shows the API. */

/** Where a document was asked for: the site, such as `https://www.yuque.com`, and the book in it. */
export type Book = { readonly site: string; readonly namespace: string }

const person = z.object({ name: z.string().nullish() }).nullish()

const standing = z.looseObject({ status: z.union([z.int(), z.string()]).transform(String), type: z.string().nullish(), deleted_at: z.unknown().optional() })

const envelope = z.object({ data: standing })

/** Not for drafts, deleted documents, sheets and boards. */
const isArticle = ({ status, type, deleted_at: deletedAt }: z.infer<typeof standing>): boolean =>
  status === '1' && deletedAt == null && (type == null || type.toLowerCase() === 'doc')

/** 1: everybody; 2: whoever is in the organisation that the book belongs to; 0, and what is not told: the book's own members. */
const openness = z.union([z.literal(0), z.literal(1), z.literal(2)]).catch(0)

const readersOf = (open: z.infer<typeof openness>, namespace: string): readonly string[] | null =>
  (open === 1 ? null : [`group:${open === 2 ? namespace.slice(0, namespace.indexOf('/')) : namespace}`])

const openSchema = ({ site, namespace }: Book) => z
  .object({
    id: z.int().min(1),
    slug: z.string().min(1),
    title: z.string(),
    format: z.string().nullish(),
    body: z.string().nullish(),
    body_html: z.string().nullish(),
    content_updated_at: time.nullish(),
    updated_at: time.nullish(),
    public: openness,
    tags: z.array(z.object({ title: z.string() })).nullish(),
    last_editor: person,
    user: person,
  })
  .transform((doc, ctx): Article => {
    // Not `updated_at` where there is the other: that one moves with each like, too.
    const updatedAt = doc.content_updated_at ?? doc.updated_at
    if (updatedAt == null) ctx.addIssue({ code: 'custom', message: 'without a time' })
    return {
      id: String(doc.id),
      title: doc.title,
      body: readBody(doc, ctx),
      url: new URL(`/${namespace}/${encodeURIComponent(doc.slug.toWellFormed())}`, site).href,
      revision: updatedAt ?? '',
      updatedAt: updatedAt ?? '',
      author: doc.last_editor?.name ?? doc.user?.name ?? null,
      tags: (doc.tags ?? []).map(({ title }) => title),
      place: namespace,
      readers: readersOf(doc.public, namespace),
    }
  })

type Written = { readonly format?: string | null | undefined; readonly body?: string | null | undefined; readonly body_html?: string | null | undefined }

const doctype = /^\s*<!doctype[^<>]*>/i

/** `body` is Markdown, of Yuque's own export where the document is in its own format; else it is HTML, as `body_html` always is. */
const readBody = ({ format, body, body_html: html }: Written, ctx: z.RefinementCtx): string => {
  const markdown = body && format !== 'html' && !doctype.test(body) ? body : null
  const source = markdown ?? (html || body || html) ?? body
  try {
    if (source != null) return markdown === null ? htmlToMarkdown(source.replace(doctype, '')) : cleanMarkdown(markdown)
    ctx.addIssue({ code: 'custom', message: 'without a body' })
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no HTML' })
  }
  return z.NEVER
}

/**
 * One document's answer → an article; null for what is not there for readers: a draft, a deleted document, a sheet or a board, which are no text.
 */
export const yuqueDocs = (book: Book): ((answer: unknown, backend: string) => Row<Article>) => {
  const schema = openSchema(book)
  return (answer, backend) => {
    if (answer === null) return null
    const opened = parseRow(envelope, answer, backend, 'a document')
    if (opened instanceof Malformed) return opened
    return isArticle(opened.data) ? parseRow(schema, opened.data, backend, 'a document') : null
  }
}

// ── Lists ──

/** A document as a list of its book tells it. `updatedAt` is null where the row does not say it. */
export type ListedDoc = Pick<Article, 'id' | 'place' | 'readers'> & { readonly updatedAt: string | null; readonly isArticle: boolean }

const listedDoc = standing.extend({
  id: z.int().min(1), content_updated_at: time.nullish().catch(null), updated_at: time.nullish().catch(null), public: openness,
})

const list = z.object({ data: z.array(listedDoc) })

/** A window of a book's list. Throws nothing: what can't be read is `Malformed`. */
export const decodeDocs = (answer: unknown, backend: string, namespace: string): readonly ListedDoc[] | Malformed => {
  const read = parseRow(list, answer, backend, 'a list of documents')
  return read instanceof Malformed ? read : read.data.map((doc) => ({
    id: String(doc.id), place: namespace, readers: readersOf(doc.public, namespace), updatedAt: doc.content_updated_at ?? doc.updated_at ?? null, isArticle: isArticle(doc),
  }))
}
