import { BackendFailure } from '../../fuse/errors.ts'
import { describeSource, Sourced } from '../answers.ts'
import { mayRead } from '../visibility.ts'
import { readersOf } from './access.ts'
import type { Article as Read } from './backend.ts'
import { citationNotices, citationsIn, citeArticle, citedArticle, dismissNotice, followNotices } from './citations.ts'
import type { Context } from './loaders.ts'
import type { Article, Resolvers } from './schema.generated.ts'
import { bestPassages, listSources, search } from './searching.ts'
import type { FoundArticle } from './searching.ts'
import { stampOf } from './shelf.ts'

export type ConversationRef = { readonly id: string }

/** A source, and what is asked of it. */
export type PassagesRef = { readonly source: string; readonly text: string }

const toArticle = (id: string, { title, body, url, revision, updatedAt, author }: Read, source: Parameters<typeof describeSource>[0]): Article =>
  ({ id, title, body, url, revision, updatedAt, author, source: describeSource(source) })

/** As it was read last, where its source does not answer and the caller accepts its age. */
const findKept = async (id: string, failure: BackendFailure, { freshness, loaders: { shelf } }: Context): Promise<Sourced<Read | null>> => {
  const at = id.indexOf(':')
  const source = id.slice(0, at)
  const [states, [kept]] = await Promise.all([shelf.library.listSources(), shelf.library.find(source, [id.slice(at + 1)])]).catch(() => [[], [null]] as const)
  if (!kept) throw failure
  const stamp = stampOf(kept, states, true)
  if (stamp.ageMs > freshness.staleIfErrorMs) throw failure
  return new Sourced(kept, stamp)
}

const findLive = async (id: string, context: Context): Promise<Sourced<Read | null> | null> => {
  try {
    return await context.loaders.findArticle(id)
  } catch (error) {
    if (error instanceof BackendFailure) return findKept(id, error, context)
    throw error
  }
}

/** An article under its hub-wide id, which is the source's name and the source's own id. Null also where the caller may not read it, which is the same to them. */
const findArticle = async (id: string, context: Context): Promise<Sourced<Article | null> | null> => {
  const { caller, loaders } = context
  const found = await findLive(id, context)
  const source = id.slice(0, Math.max(0, id.indexOf(':')))
  return found?.map((row, stamp) => (row && mayRead(caller, readersOf(loaders.shelf.settings, { ...row, source })) ? toArticle(id, row, stamp) : null)) ?? null
}

const toFound = (article: FoundArticle): Sourced<Article> => article.map((row, source) => toArticle(`${row.source}:${row.id}`, row, source))

export const resolvers: Resolvers = {
  Query: {
    article: (_, { id }, context) => findArticle(id, context),
    searchKnowledge: (_, { text, sources, first }, context) => search(text, sources, first, context),
    knowledgeSources: (_, __, context) => listSources(context),
    citationNotices: (_, __, context) => citationNotices(context),
  },
  Mutation: {
    citeArticle: (_, { conversationId, articleId }, context) => citeArticle(conversationId, articleId, context),
    dismissCitationNotice: (_, { id }, context) => dismissNotice(id, context),
  },
  Subscription: {
    citationNoticed: { subscribe: (_, __, context) => followNotices(context) },
  },
  Citation: {
    articleId: ({ source, articleId }) => `${source}:${articleId}`,
    article: async (citation, _, context) => {
      const found = await citedArticle(citation, context)
      return found && toFound(found)
    },
    citedAt: ({ citedAt }) => new Date(citedAt).toISOString(),
  },
  Conversation: {
    __resolveReference: async ({ id }) => ({ id }),
    citations: ({ id }, _, context) => citationsIn(id, context),
  },
  Article: {
    __resolveReference: async ({ id }, context) => (await findArticle(id, context))?.value ?? null,
  },
  KnowledgeHit: {
    article: ({ article }) => toFound(article),
    score: ({ hit }) => hit.score,
    passage: ({ hit }) => hit.passage.text,
    highlights: ({ hit }) => hit.passage.highlights.flat(),
    duplicates: ({ hit }) => hit.duplicates,
  },
  Passages: {
    __resolveReference: async ({ source, text }) => ({ source, text }),
    best: ({ source, text }, { first }, context) => bestPassages(source, text, first, context),
  },
}
