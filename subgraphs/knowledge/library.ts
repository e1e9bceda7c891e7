import type { Article, ListedArticle } from './backend.ts'

/** What was read of the sources, kept for all processes. Each rejects with `Unreachable` of the backend `knowledge` where the database can't be asked now. Times are Unix milliseconds. */
export type Library = {
  /** Makes `holder` the one that reads a source, for so long, or for longer. Null: somebody else is. */
  lease(source: string, holder: string, forMs: number): Promise<Progress | null>
  release(source: string, holder: string): Promise<void>
  /** Keeps what was read, and how far that is, at once; rows that are as they were are left alone. False: another process has the lease, and nothing is kept. */
  keep(source: string, holder: string, read: Read): Promise<boolean>
  /** What of these ids the source no longer has is marked as gone. */
  listKept(source: string, after: string | null, limit: number): Promise<readonly string[]>
  /** In the order of changes, from the one after `change` on; those that are gone too. */
  listChanged(source: string, change: number, limit: number): Promise<readonly KeptArticle[]>
  /** One place per id of the source, in the order of `ids`; null of one that is not there, or is gone. */
  find(source: string, ids: readonly string[]): Promise<readonly (KeptArticle | null)[]>
  /** By name; those that nobody has read yet are not there. */
  listSources(): Promise<readonly SourceState[]>
}

export type Progress = { readonly marker: string | null; readonly sweptAt: number | null }

export type Read = {
  readonly written?: readonly Article[]
  /** Of articles that are otherwise as they were. */
  readonly moved?: readonly ListedArticle[]
  readonly gone?: readonly string[]
  readonly marker?: string | null
  readonly syncedAt?: number
  readonly sweptAt?: number
  /** Null: it answers. */
  readonly failureCode?: string | null
}

export type KeptArticle = Article & { readonly source: string; readonly change: number; readonly isGone: boolean }

export type SourceState = {
  readonly name: string
  readonly lastChange: number
  readonly syncedAt: number | null
  readonly failureCode: string | null
}
