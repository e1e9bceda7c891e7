import type { CallOptions, Row } from '../../fuse/call.ts'

/** One knowledge source, in business words. Times are ISO 8601 in UTC. */
export type KnowledgeBackend = {
  /** One row per id (the source's own, without its name), in the order of `ids`. */
  findArticles(ids: readonly string[], opt: CallOptions): Promise<readonly Row<Article>[]>
  /**
   * What was written, and deleted where the source tells of that, since `after`: a marker of an earlier page's; null: from the beginning. Oldest first, at
   * most `limit` changes (1 to 1,000). A page may have fewer, or none, and still there may be more: only `more` says so. Whoever takes each page's marker to the
   * next call misses no change, also of many at one time, and of those made meanwhile; a change may come twice. What a marker can't tell of is in `listIds`.
   */
  listChanges(after: string | null, opt: ListOptions): Promise<ChangePage>
  /**
   * All articles that there are now, in an order of the source's own, at most `limit` (1 to 1,000) a page; `after` as above. What is in none of its pages is
   * deleted, if `findArticles` does not find it either: one that is moved while somebody pages may be in none.
   */
  listIds(after: string | null, opt: ListOptions): Promise<IdPage>
}

export type ListOptions = CallOptions & { readonly limit: number }

type Paged = {
  /** The adapter's own words, at most 1,000 characters: where the next page begins, also days later. */
  readonly marker: string
  /** False: that is all for now. */
  readonly more: boolean
  /** What was given as `after` is no marker of this source, or is one no longer: this page is the first of all again. */
  readonly isAnew: boolean
}

export type ChangePage = Paged & { readonly changes: readonly ArticleChange[] }

/** Of an article that is moved: the same id, `WRITTEN`, where the source keeps ids; else one `DELETED` and the other `WRITTEN`. */
export type ArticleChange =
  /** `revision` is that of the article at the time of the listing, or of the change; empty where the source's row does not say it. By now it may be gone. */
  | { readonly kind: 'WRITTEN'; readonly id: string; readonly revision: string }
  | { readonly kind: 'DELETED'; readonly id: string }

export type IdPage = Paged & { readonly rows: readonly ListedArticle[] }

/** With it, what may change without the article being written. */
export type ListedArticle = Pick<Article, 'id' | 'place' | 'readers'>

export type Article = {
  /** The source's own id. */
  readonly id: string
  readonly title: string
  /** Markdown, whatever the source stores. Untrusted: whoever shows it sanitises it. */
  readonly body: string
  /** Where a person opens it; null where the source has no page for it. */
  readonly url: string | null
  /** The source's own revision. */
  readonly revision: string
  readonly updatedAt: string
  readonly author: string | null
  readonly tags: readonly string[]
  /** What rights are configured by: Confluence's space key, Yuque's namespace, Subversion's folder (`/` for the configured one). */
  readonly place: string
  /**
   * Who alone may read it, in the source's own words, any of them: `group:hr-only`, `user:nora`. Null: it is not restricted beyond its place. Empty: nobody
   * that the source names may.
   */
  readonly readers: readonly string[] | null
}
