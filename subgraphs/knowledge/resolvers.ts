import { describeSource } from '../answers.ts'
import type { Sourced } from '../answers.ts'
import type { Context } from './loaders.ts'
import type { Article, Resolvers } from './schema.generated.ts'

/** An article under its hub-wide id, which is the source's name and the source's own id. */
const findArticle = async (id: string, { loaders }: Context): Promise<Sourced<Article | null> | null> =>
  (await loaders.findArticle(id))?.map((article, source) => article && { ...article, id, source: describeSource(source) }) ?? null

export const resolvers: Resolvers = {
  Query: {
    article: (_, { id }, context) => findArticle(id, context),
  },
  Article: {
    __resolveReference: async ({ id }, context) => (await findArticle(id, context))?.value ?? null,
  },
}
