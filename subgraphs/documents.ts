import { GraphQLError, parse, validate } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'

export type Parsed = DocumentNode | { readonly errors: readonly { readonly message: string }[] }

/** The hub asks the same few operations again and again: each is parsed and validated once. */
export const openDocuments = (schema: GraphQLSchema): ((query: string) => Parsed) => {
  const known = new LRUCache<string, DocumentNode>({ max: 2_000 })
  return (query) => {
    const parsed = known.get(query) ?? check(schema, query)
    if (!('errors' in parsed)) known.set(query, parsed)
    return parsed
  }
}

const check = (schema: GraphQLSchema, query: string): Parsed => {
  try {
    const document = parse(query)
    const errors = validate(schema, document)
    return errors.length > 0 ? { errors: errors.map(({ message }) => ({ message })) } : document
  } catch (error) {
    return { errors: [{ message: error instanceof GraphQLError ? error.message : 'not GraphQL' }] }
  }
}
