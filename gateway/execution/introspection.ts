import type { FieldSelection } from '@apollo/federation-internals'
import { executeSync, Kind, OperationTypeNode, visit } from 'graphql'
import type { DocumentNode, FieldNode, GraphQLSchema, VariableDefinitionNode } from 'graphql'
import { getOwn } from './json.ts'
import type { JsonObject } from './json.ts'

/** What a client asks about the schema itself: `__schema` or `__type`. */
export type Introspect = (variables: Readonly<JsonObject>) => unknown

/** graphql-js answers it, from the schema that clients see. */
export const compileIntrospection = (schema: GraphQLSchema, selection: FieldSelection, definitions: readonly VariableDefinitionNode[]): Introspect => {
  const field = selection.expandFragments().toSelectionNode()
  const document = toDocument(field, definitions)
  return (variables) => {
    const { data, errors } = executeSync({ schema, document, rootValue: {}, variableValues: { ...variables } })
    if (errors?.[0]) throw errors[0]
    return getOwn(data, selection.element.responseName())
  }
}

const toDocument = (field: FieldNode, definitions: readonly VariableDefinitionNode[]): DocumentNode => {
  const used = new Set<string>()
  visit(field, { Variable: ({ name }) => void used.add(name.value) })
  return {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: OperationTypeNode.QUERY,
        variableDefinitions: definitions.filter(({ variable }) => used.has(variable.name.value)),
        selectionSet: { kind: Kind.SELECTION_SET, selections: [field] },
      },
    ],
  }
}
