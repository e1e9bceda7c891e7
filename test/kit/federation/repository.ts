import { globSync, readFileSync } from 'node:fs'
import { parse, print, separateOperations, validate } from 'graphql'
import type { DocumentNode, GraphQLSchema } from 'graphql'

/** Where operations are written: the console's, the tests', the benches' and the documentation's. */
const files = ['console/operations.json', 'test/**/*.ts', 'bench/**/*.ts', 'demo/**/*.ts', 'docs/**/*.md', '*.md']

const quoted = /`([^`]*\{[^`]*\})\s*`|'([^'\n]*\{[^'\n]*\})'|"((?:query|mutation|subscription|fragment)(?:[^"\\]|\\.)*)"|```graphql\n(.*?)```/gs

const parsed = (text: string): DocumentNode | null => {
  try {
    return parse(text)
  } catch {
    return null
  }
}

/** A rule of graphql-js throws at a subscription whose root field has a condition. */
const isValid = (schema: GraphQLSchema, document: DocumentNode): boolean => {
  try {
    return validate(schema, document).length === 0
  } catch {
    return false
  }
}

const unquote = (text: string): string => text.replaceAll('\\n', '\n').replaceAll('\\"', '"')

/** Every operation that stands in the repository and that a schema has, each once, by its text. */
export const operationsOfRepository = (schema: GraphQLSchema): ReadonlyMap<string, DocumentNode> => {
  const found = new Map<string, DocumentNode>()
  for (const file of globSync(files, { exclude: (name) => name.includes('node_modules') })) {
    const documents = [...readFileSync(file, 'utf8').matchAll(quoted)].flatMap((match) => parsed(unquote(match[1] ?? match[2] ?? match[3] ?? match[4] ?? '')) ?? [])
    for (const one of documents.flatMap((document) => Object.values(separateOperations(document)))) if (isValid(schema, one)) found.set(print(one), one)
  }
  return found
}
