import DataLoader from 'dataloader'
import type { Fuse } from '../../fuse/fuse.ts'
import type { Sourced } from '../answers.ts'
import { readOptions } from '../context.ts'
import type { FetchContext, RequestContext } from '../context.ts'
import { openLoader } from '../loading.ts'
import type { Article, ChangePage, IdPage, KnowledgeBackend, ListOptions } from './backend.ts'
import type { Citation } from './citing.ts'
import type { Shelf } from './shelf.ts'

/** One source behind its fuse. */
export type FusedSource = ReturnType<typeof fuseSource>

export const fuseSource = (backend: KnowledgeBackend, fuse: Fuse) => ({
  findArticles: fuse.batch<string, Article>('article', (ids, opt) => backend.findArticles(ids, opt)),
  listChanges: fuseList<ChangePage>(fuse, 'articleChanges', (after, opt) => backend.listChanges(after, opt)),
  listIds: fuseList<IdPage>(fuse, 'articleIds', (after, opt) => backend.listIds(after, opt)),
})

type List<T> = (after: string | null, opt: ListOptions) => Promise<T>

/** The same call through the fuse, live each time: a page that was kept would tell an older state, and thousands of them would push out what others keep. */
const fuseList = <T>(fuse: Fuse, kind: string, list: List<T>): List<T> => {
  const ask = fuse.live<{ readonly after: string | null; readonly limit: number }, T>(kind, ({ after, limit }, opt) => list(after, { ...opt, limit }))
  return (after, { limit, ...opt }) => ask({ after, limit }, opt)
}

export type Loaders = {
  readonly shelf: Shelf
  /** By `<source>:<the source's own id>`; null at once where no such source is configured. */
  findArticle(id: string): Promise<Sourced<Article | null> | null>
  /** By the conversation's id. */
  readonly citationsIn: DataLoader<string, readonly Citation[]>
}

export type Context = FetchContext<Loaders>

export const openLoaders = (shelf: Shelf, context: RequestContext): Loaders => {
  const loaders = new Map(
    [...shelf.sources].map(([name, source]) => [name, openLoader((ids) => source.findArticles(ids, readOptions(context)))]),
  )
  return {
    shelf,
    citationsIn: new DataLoader((ids) => shelf.citations.listIn(ids)),
    findArticle: async (id) => {
      const at = id.indexOf(':')
      return (await loaders.get(id.slice(0, Math.max(at, 0)))?.load(id.slice(at + 1))) ?? null
    },
  }
}
