import type { Placement } from '../visibility.ts'
import type { Article } from './backend.ts'

/** That an agent rests an answer on an article. Times are Unix milliseconds. */
export type Citation = {
  readonly id: string
  readonly conversationId: string
  /** Where the conversation is now. */
  readonly placement: Placement
  readonly agentId: string
  readonly source: string
  /** The source's own. */
  readonly articleId: string
  /** Where the article is now, and who may read it; of one that is gone, where it was. */
  readonly access: Pick<Article, 'place' | 'readers'>
  /** As they were cited. */
  readonly title: string
  readonly revision: string
  readonly citedAt: number
  readonly state: 'CURRENT' | 'CHANGED' | 'GONE'
  /** The same while the article says the same. */
  readonly version: string
}

export type NewCitation = Pick<Citation, 'conversationId' | 'agentId' | 'source' | 'articleId'>

/** Who has cited what. Each rejects with `Unreachable` of the backend `knowledge` where the database can't be asked now. */
export type Citations = {
  /** Cites an article as it is kept now; again: anew. Null where the conversation or the article is not there. */
  cite(what: NewCitation): Promise<Citation | null>
  /** One place per id. */
  find(ids: readonly string[]): Promise<readonly (Citation | null)[]>
  /** One place per conversation, the first cited first. */
  listIn(conversationIds: readonly string[]): Promise<readonly (readonly Citation[])[]>
  /** What these agents have cited and not seen as it is now; each one's newest first, at most 1,000 of each. */
  listUnseen(agentIds: readonly string[]): Promise<readonly Citation[]>
  /** The agent has seen it as it is now. */
  see(id: string, agentId: string): Promise<void>
  /** Null where there is no such conversation. */
  findPlacement(conversationId: string): Promise<Placement | null>
}
