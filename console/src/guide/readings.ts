import type { ArticleQuery, CitationsQuery, CitedFragment, HitFragment, PassagesQuery, RoutingQuery, SearchKnowledgeQuery } from '../../gql/graphql.ts'
import type { Failure } from '../graphql/failure.ts'
import type { Reading, Stamp } from '../kit/freshness-words.ts'

/* What an answer has for each block of the guide, or that it has nothing. */

export type Decision = NonNullable<NonNullable<RoutingQuery['conversation']>['routing']>
export type Hit = HitFragment
export type Cited = CitedFragment
export type Article = NonNullable<ArticleQuery['article']>
export type Search = NonNullable<SearchKnowledgeQuery['searchKnowledge']>

export type RoutingBlock = { readonly is: 'ROUTED'; readonly decision: Decision } | { readonly is: 'NOT_ROUTED' } | { readonly is: 'MISSING' }
/** Null where the route names no source. */
export type PassagesBlock = { readonly chosen: { readonly source: string; readonly hits: readonly Hit[] } | null }
export type CitationsBlock = { readonly citations: readonly Cited[] }
export type ArticleBlock = { readonly article: Article | null }

type Data<T> = T | null | undefined

const silent = { is: 'SILENT' } as const
const answer = <T>(value: T, source: Stamp | null): Reading<T> => ({ is: 'ANSWER', value, source })

export const readRouting = (data: Data<RoutingQuery>, failures: readonly Failure[]): Reading<RoutingBlock> => {
  const decision = data?.conversation?.routing
  if (decision) return answer({ is: 'ROUTED', decision }, null)
  if (failures.length > 0 || !data) return silent
  return answer({ is: data.conversation ? 'NOT_ROUTED' : 'MISSING' }, null)
}

/** How old each passage's article is, it says itself: an index answers while a source is silent. */
export const readPassages = (data: Data<PassagesQuery>, failures: readonly Failure[]): Reading<PassagesBlock> => {
  const passages = data?.conversation?.routing?.passages
  if (passages?.best) return answer({ chosen: { source: passages.source, hits: passages.best } }, null)
  return failures.length > 0 || !data ? silent : answer({ chosen: null }, null)
}

export const readCitations = (data: Data<CitationsQuery>, failures: readonly Failure[]): Reading<CitationsBlock> => {
  const citations = data?.conversation?.citations
  if (citations) return answer({ citations }, null)
  return failures.length > 0 || !data ? silent : answer({ citations: [] }, null)
}

export const readArticle = (data: Data<ArticleQuery>, failures: readonly Failure[]): Reading<ArticleBlock> => {
  const article = data?.article ?? null
  if (article) return answer({ article }, article.source)
  return failures.length > 0 || !data ? silent : answer({ article: null }, null)
}

export const readSearch = (data: Data<SearchKnowledgeQuery>, failures: readonly Failure[]): Reading<Search> => {
  const search = data?.searchKnowledge
  if (search) return answer(search, null)
  return failures.length > 0 || !data ? silent : answer({ hits: [], silentSources: [], __typename: 'KnowledgeSearch' }, null)
}
