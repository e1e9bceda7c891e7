import { createHash } from 'node:crypto'
import { Kind, print, visit } from 'graphql'
import type { DefinitionNode, DocumentNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'

/*
 * A plugin of graphql-codegen: all operations in the format that Apollo's clients and servers call a persisted query manifest
 * (https://www.apollographql.com/docs/graphos/platform/security/persisted-queries#manifest-format).
 */

type DocumentFile = { readonly document?: DocumentNode }

export const plugin = (_schema: GraphQLSchema, files: readonly DocumentFile[]): string => {
  const definitions = files.flatMap(({ document }) => document?.definitions ?? [])
  const operations = definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => toEntry(operation, definitions))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  return `${JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }, null, 2)}\n`
}

const toEntry = (operation: OperationDefinitionNode, all: readonly DefinitionNode[]) => {
  const body = print({ kind: Kind.DOCUMENT, definitions: [operation, ...fragmentsOf(operation, all)] })
  if (!operation.name) throw new Error(`an operation without a name can't be listed:\n${body}`)
  return { id: createHash('sha256').update(body).digest('hex'), name: operation.name.value, type: operation.operation, body }
}

/** The fragments that an operation needs, those of fragments before them, in the order of the generated documents. */
const fragmentsOf = (operation: OperationDefinitionNode, all: readonly DefinitionNode[]): readonly FragmentDefinitionNode[] => {
  const met = new Set<string>()
  const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): readonly FragmentDefinitionNode[] =>
    spreadsIn(node).flatMap((name) => {
      const fragment = all.find((one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name)
      if (met.has(name) || fragment?.kind !== Kind.FRAGMENT_DEFINITION) return []
      met.add(name)
      return [...collect(fragment), fragment]
    })
  return collect(operation)
}

const spreadsIn = (node: OperationDefinitionNode | FragmentDefinitionNode): readonly string[] => {
  const names: string[] = []
  visit(node, { FragmentSpread: ({ name: { value } }) => void names.push(value) })
  return names
}
