import type { CallOptions, Row } from '../../fuse/call.ts'

/** One knowledge source, in business words. Times are ISO 8601 in UTC. */
export type KnowledgeBackend = {
  /** One row per id (the source's own, without its name), in the order of `ids`. */
  findArticles(ids: readonly string[], opt: CallOptions): Promise<readonly Row<Article>[]>
}

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
}
