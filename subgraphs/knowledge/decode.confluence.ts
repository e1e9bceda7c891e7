import { z } from 'zod'
import type { Malformed } from '../../fuse/errors.ts'
import { parseRow } from '../parsing.ts'
import type { Article, ListedArticle } from './backend.ts'
import { time } from './decode.ts'
import { storageToMarkdown } from './markdown.ts'

/** Confluence's words; `demo/confluence.ts` shows the API. */

const links = z.object({ base: z.string().optional(), webui: z.string().optional() })

const markdown = z.string().transform((storage, ctx) => {
  try {
    return storageToMarkdown(storage)
  } catch (error) {
    ctx.addIssue({ code: 'custom', message: error instanceof Error ? error.message : 'no storage format' })
    return z.NEVER
  }
})

// ── Who may read ──

const user = z
  .object({ username: z.string().min(1).nullish(), accountId: z.string().min(1).nullish(), userKey: z.string().min(1).nullish() })
  .transform(({ username, accountId, userKey }, ctx) => {
    const name = username ?? accountId ?? userKey
    if (name == null) ctx.addIssue({ code: 'custom', message: 'a user without a name' })
    return `user:${name ?? ''}`
  })
const group = z.object({ name: z.string().min(1) }).transform(({ name }) => `group:${name}`)

/** Of one page, itself; nobody is listed where it is not restricted. Where it is not told, the page can't be read: it might be restricted. */
const restrictions = z
  .object({ read: z.object({ restrictions: z.object({ user: z.object({ results: z.array(user) }), group: z.object({ results: z.array(group) }) }) }) })
  .transform(({ read }) => [...read.restrictions.group.results, ...read.restrictions.user.results])

const guarded = z.object({ restrictions, ancestors: z.array(z.object({ restrictions })).default([]) })

/**
 * A page is restricted by what is above it, too, and whoever reads it has to be named at each level that names anybody. Who is in which group is not told: a
 * user who is named at one level, and is in a group that is named at another, is left out.
 */
const readersOf = ({ restrictions: own, ancestors }: z.infer<typeof guarded>): readonly string[] | null => {
  const levels = [own, ...ancestors.map((above) => above.restrictions)].filter((names) => names.length > 0)
  const [first, ...others] = levels
  return first === undefined ? null : first.filter((name) => others.every((names) => names.includes(name)))
}

export const restrictionsExpanded = ['', 'ancestors.'].flatMap((of) => ['user', 'group'].map((kind) => `${of}restrictions.read.restrictions.${kind}`)).join(',')

// ── Articles ──

const listed = guarded.extend({ id: z.string().min(1), space: z.object({ key: z.string().min(1) }) })

const content = listed
  .extend({
    title: z.string(),
    version: z.object({ number: z.int(), when: time, by: z.object({ displayName: z.string() }).nullish() }),
    body: z.object({ storage: z.object({ value: markdown }) }),
    metadata: z.object({ labels: z.object({ results: z.array(z.object({ name: z.string() })) }).optional() }).optional(),
    _links: links,
  })
  .transform(({ id, title, version, body, space, metadata, _links, ...rest }): Article => ({
    id,
    title,
    body: body.storage.value,
    url: _links.base !== undefined && _links.webui !== undefined ? `${_links.base}${_links.webui}` : null,
    revision: String(version.number),
    updatedAt: version.when,
    author: version.by?.displayName ?? null,
    tags: (metadata?.labels?.results ?? []).map(({ name }) => name),
    place: space.key,
    readers: readersOf(rest),
  }))

const named = z.object({ id: z.string().min(1) })

/** Whose row it is; null where it does not say. */
export const confluenceId = (row: unknown): string | null => named.safeParse(row).data?.id ?? null

export const decodeContent = (row: unknown, backend: string): Article | Malformed => parseRow(content, row, backend, 'an article')

/** `_links.base` is that of the whole answer where a row has none of its own. */
export const confluenceResults = z
  .object({ results: z.array(z.looseObject({ _links: links.optional() })), _links: links.optional() })
  .transform(({ results, _links }) => results.map((row) => ({ ...row, _links: { ..._links, ...row._links } })))

// ── Lists ──

/** A window of a list; `start` and `limit` are those that the server took, which may be others than it was asked for. */
export const confluenceWindow = z
  .object({ results: z.array(z.unknown()), start: z.int().optional(), limit: z.int().min(1).optional(), _links: z.object({ next: z.string().optional() }).optional() })

export const listedContent: z.ZodType<ListedArticle> = listed.transform(({ id, space, ...rest }) => ({ id, place: space.key, readers: readersOf(rest) }))

/** When a page was last written, and as what; null where its row does not say it. */
export const writtenContent = z
  .object({
    id: z.string().regex(/^\d{1,19}$/),
    version: z.object({ number: z.int().nullable().catch(null), when: time.nullable().catch(null) }).catch({ number: null, when: null }),
  })
  .transform(({ id, version }) => ({ id, revision: version.number === null ? '' : String(version.number), when: version.when }))
