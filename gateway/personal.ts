import { isAbstractType, Kind, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { DirectiveNode, DocumentNode, GraphQLSchema } from 'graphql'

/** `Type.field` of each field of a supergraph that has `@personal`: its value depends on who asks, beyond their role and departments. */
export const personalFields = (supergraph: DocumentNode): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const type of supergraph.definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.INTERFACE_TYPE_DEFINITION) continue
    for (const { name, directives = [] } of type.fields ?? []) if (isPersonal(directives)) found.add(`${type.name.value}.${name.value}`)
  }
  return found
}

const isPersonal = (directives: readonly DirectiveNode[]) => directives.some(({ name }) => name.value === 'personal')

/** Whether a document selects one of these fields anywhere, be it through an interface that the field's type has. */
export const selectsAny = (schema: GraphQLSchema, document: DocumentNode, fields: ReadonlySet<string>): boolean => {
  if (fields.size === 0) return false
  const types = new TypeInfo(schema)
  let found = false
  visit(document, visitWithTypeInfo(types, {
    Field: ({ name }) => {
      const parent = types.getParentType()
      if (!parent) return
      const owners = [parent, ...(isAbstractType(parent) ? schema.getPossibleTypes(parent) : [])]
      found ||= owners.some((owner) => fields.has(`${owner.name}.${name.value}`))
    },
  }))
  return found
}
