import type { Fuse } from '../../fuse/fuse.ts'
import type { Sourced } from '../answers.ts'
import { readOptions } from '../context.ts'
import type { FetchContext, RequestContext } from '../context.ts'
import { openLoader } from '../loading.ts'
import type { Article, KnowledgeBackend } from './backend.ts'

/** One source behind its fuse. */
export type FusedSource = ReturnType<typeof fuseSource>

export const fuseSource = (backend: KnowledgeBackend, fuse: Fuse) => ({
  findArticles: fuse.batch<string, Article>('article', (ids, opt) => backend.findArticles(ids, opt)),
})

export type Loaders = {
  /** By `<source>:<the source's own id>`; null at once where no such source is configured. */
  findArticle(id: string): Promise<Sourced<Article | null> | null>
}

export type Context = FetchContext<Loaders>

export const openLoaders = (sources: ReadonlyMap<string, FusedSource>, context: RequestContext): Loaders => {
  const loaders = new Map(
    [...sources].map(([name, source]) => [name, openLoader((ids) => source.findArticles(ids, readOptions(context)))]),
  )
  return {
    findArticle: async (id) => {
      const at = id.indexOf(':')
      return (await loaders.get(id.slice(0, Math.max(at, 0)))?.load(id.slice(at + 1))) ?? null
    },
  }
}
