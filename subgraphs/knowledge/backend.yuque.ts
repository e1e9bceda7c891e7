import { z } from 'zod'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Malformed, Refused } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openRestWire } from '../../fuse/wires/rest.ts'
import type { RestWire } from '../../fuse/wires/rest.ts'
import { gather } from '../gather.ts'
import { atItsPlace } from '../parsing.ts'
import type { Article, KnowledgeBackend } from './backend.ts'
import { listYuqueChanges, listYuqueIds } from './changes.yuque.ts'
import { yuqueDocs } from './decode.yuque.ts'

/** Documents asked for at once for one call of ours: the API gives one at a time. */
const abreast = 8

/** `group/book`, of characters that stay what they are in a path. */
const namespace = z.string('expected group/book').regex(/^(?!\.)[\w.-]+\/(?!\.)[\w.-]+$/, 'expected group/book')

const yuqueOptions = z.strictObject({
  /** The books whose documents are articles, asked in this order. */
  namespace: z.preprocess((given): unknown => (Array.isArray(given) ? given : [given]), z.array(namespace).min(1).max(8)),
})

type Shelf = { readonly namespace: string; readonly path: string; readonly decode: ReturnType<typeof yuqueDocs> }
type Api = { readonly wire: RestWire; readonly name: string; readonly shelves: readonly Shelf[] }

/**
 * Articles from Yuque's API v2 (https://www.yuque.com/yuque/developer/api). `url` is the site's; the token goes into `headers` as `X-Auth-Token`;
 * `options.namespace` says which books are read. An article's id is the document's number, which outlives a rename.
 *
 * The API has no batch: each document is a call, in each book until one has it, eight at a time. One that can't be read, or that the token may not
 * read, costs its own place; trouble of the API's own (no connection, 5xx, 429) ends the whole, so that a limit which is reached is not run into further.
 * Throws `TypeError` where `options` can't be read.
 */
export const openKnowledgeOverYuque: OpenAdapter<KnowledgeBackend> = (settings) => {
  const shelves = readNamespaces(settings).map((one): Shelf => ({
    namespace: one, path: `/api/v2/repos/${one}/docs`, decode: yuqueDocs({ site: settings.url, namespace: one }),
  }))
  const wire = openRestWire(withUserAgent(settings))
  const api: Api = { wire, name: settings.name, shelves }
  return {
    findArticles: (ids, opt) => findArticles(api, ids, opt),
    listChanges: (after, opt) => listYuqueChanges(api, after, opt),
    listIds: (after, opt) => listYuqueIds(api, after, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

const readNamespaces = ({ name, options }: BackendSettings): readonly string[] => {
  const parsed = yuqueOptions.safeParse(options)
  if (parsed.success) return parsed.data.namespace
  const mistakes = parsed.error.issues.map(({ path, message }) => `${['options', ...path].join('.')}: ${message}`)
  throw new TypeError(`backends.${name}.${mistakes.join('; ')}`)
}

/** The API refuses whoever does not say who they are. */
const withUserAgent = (settings: BackendSettings): BackendSettings => {
  const isNamed = Object.keys(settings.headers).some((header) => header.toLowerCase() === 'user-agent')
  return isNamed ? settings : { ...settings, headers: { ...settings.headers, 'user-agent': 'fuseboard' } }
}

/** Only digits go into the path; anything else would be taken for a slug, and names nothing. */
const isAskable = (id: string) => /^[1-9]\d{0,15}$/.test(id)

const findArticles = async (api: Api, ids: readonly string[], opt: CallOptions): Promise<readonly Row<Article>[]> => {
  const asked = [...new Set(ids)].filter(isAskable)
  const trouble = new AbortController()
  const signal = AbortSignal.any([opt.signal, trouble.signal])
  const rows = await gather(asked, abreast, async (id) => {
    try {
      return await findArticle(api, id, { ...opt, signal })
    } catch (error) {
      if (error instanceof BackendFailure && !isItsOwn(error)) trouble.abort(error)
      throw error
    }
  }).finally(() => trouble.signal.throwIfAborted())
  const found = new Map(asked.map((id, at) => [id, rows[at] ?? null]))
  return ids.map((id) => found.get(id) ?? null)
}

/** What says something about one document alone. */
const isItsOwn = (failure: BackendFailure) => failure instanceof Malformed || failure instanceof Refused

const findArticle = async ({ wire, name, shelves }: Api, id: string, opt: CallOptions): Promise<Row<Article>> => {
  for (const { path, decode } of shelves) {
    const answer = await wire.get(`${path}/${id}`, opt)
    if (answer !== null) return atItsPlace(decode(answer, name), id, (article) => article.id, name)
  }
  return null
}
