import { conversationScope, isInScope, mayRead } from '../visibility.ts'
import { readersOf } from './access.ts'
import type { Citation } from './citing.ts'
import type { Context } from './loaders.ts'
import type { UserErrorCode } from './schema.generated.ts'
import { findReadable, splitId } from './searching.ts'
import type { FoundArticle } from './searching.ts'

/* What agents rest their answers on. Of an article that a caller may not read there are no citations either. */

const isReadable = ({ source, access }: Citation, { caller, loaders: { shelf } }: Context): boolean => mayRead(caller, readersOf(shelf.settings, { ...access, source }))

export const citationsIn = async (conversationId: string, context: Context): Promise<readonly Citation[]> => {
  const scope = conversationScope(context.caller)
  return (await context.loaders.citationsIn.load(conversationId)).filter((one) => isInScope(scope, one.placement) && isReadable(one, context))
}

export const citationNotices = async (context: Context): Promise<readonly Citation[]> => {
  const { caller, loaders: { shelf } } = context
  return (await shelf.citations.listUnseen([caller.id])).filter((one) => isReadable(one, context))
}

export const followNotices = (context: Context) => context.loaders.shelf.notices.listen(context.caller.id, (citation) => isReadable(citation, context))

export const citedArticle = async ({ source, articleId }: Citation, context: Context): Promise<FoundArticle | null> => {
  const id = `${source}:${articleId}`
  return (await findReadable([id], await context.loaders.shelf.library.listSources(), context)).get(id) ?? null
}

export type CitationPayload = { readonly citation: Citation | null; readonly userErrors: readonly { readonly code: UserErrorCode; readonly message: string; readonly field: readonly string[] }[] }

const refuse = (message: string, field: string): CitationPayload => ({ citation: null, userErrors: [{ code: 'NOT_FOUND', message, field: [field] }] })

const mayCite = async (articleId: string, context: Context): Promise<boolean> => (await findReadable([articleId], [], context)).has(articleId)

export const citeArticle = async (conversationId: string, articleId: string, context: Context): Promise<CitationPayload> => {
  const { caller, loaders: { shelf } } = context
  const placement = await shelf.citations.findPlacement(conversationId)
  if (!placement || !isInScope(conversationScope(caller), placement)) return refuse('there is no such conversation', 'conversationId')
  const [source, own] = splitId(articleId)
  const citation = (await mayCite(articleId, context)) ? await shelf.citations.cite({ conversationId, agentId: caller.id, source, articleId: own }) : null
  return citation ? { citation, userErrors: [] } : refuse('there is no such article', 'articleId')
}

export const dismissNotice = async (id: string, context: Context): Promise<CitationPayload> => {
  const { caller, loaders: { shelf } } = context
  const [citation] = await shelf.citations.find([id])
  if (!citation || citation.agentId !== caller.id || !isReadable(citation, context)) return refuse('there is no such citation', 'id')
  await shelf.citations.see(id, caller.id)
  return { citation, userErrors: [] }
}
