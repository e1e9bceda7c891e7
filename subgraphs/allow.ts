import { getDirectiveValues, Kind } from 'graphql'
import type { DirectiveNode, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { Role } from './context.ts'

type Annotated = { readonly directives?: readonly DirectiveNode[] }

/** One field with the roles that may ask for it; `roles` is null where only the way that led there decides. */
export type AllowedField = { readonly type: string; readonly field: string; readonly roles: ReadonlySet<Role> | null }

const isRole = (word: unknown): word is Role => word === 'VISITOR' || word === 'AGENT' || word === 'ANALYST' || word === 'ADMIN'

const rolesAt = (schema: GraphQLSchema, nodes: readonly (Annotated | null | undefined)[]): ReadonlySet<Role> | null => {
  const directive = schema.getDirective('allow')
  if (!directive) return null
  for (const node of nodes) {
    const values = node ? getDirectiveValues(directive, node) : undefined
    if (Array.isArray(values?.['roles'])) return new Set(values['roles'].filter(isRole))
  }
  return null
}

const isRoot = (schema: GraphQLSchema, type: GraphQLObjectType) =>
  type === schema.getQueryType() || type === schema.getMutationType() || type === schema.getSubscriptionType()

/** The key fields of an entity: whoever asks has named them already. Null for a type that is no entity. */
const keysOf = (type: GraphQLObjectType): ReadonlySet<string> | null => {
  const keys = [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? []).filter((d) => d.name.value === 'key')
  if (keys.length === 0) return null
  const words = keys.flatMap((key) => key.arguments ?? []).map((a) => (a.value.kind === Kind.STRING ? a.value.value : ''))
  return new Set(words.join(' ').split(/[\s{}]+/))
}

/** The one root field that needs no token: whoever has none gets one here. */
const openField = 'Mutation.openVisitorSession'

/** Federation's own root fields; what they lead to is checked field by field. */
const isFederations = (field: string) => field === '_entities' || field === '_service'

/**
 * Who may ask for what, for every field that needs to be checked: `@allow` of the field, or else of its type.
 * Throws where a root field or an entity's field says nothing: what is not allowed is denied, and that is noticed at start.
 */
export const allowedFields = (schema: GraphQLSchema): readonly AllowedField[] => {
  const types = Object.values(schema.getTypeMap()).filter((type) => 'getFields' in type && 'getInterfaces' in type && 'isTypeOf' in type)
  return types.flatMap((type) => (type.name.startsWith('_') ? [] : allowedFieldsOf(schema, type)))
}

const allowedFieldsOf = (schema: GraphQLSchema, type: GraphQLObjectType): readonly AllowedField[] => {
  const keys = keysOf(type)
  const ofType = rolesAt(schema, [type.astNode, ...type.extensionASTNodes])
  return Object.values(type.getFields())
    .filter((field) => !keys?.has(field.name) && !isFederations(field.name))
    .map((field) => {
      const roles = rolesAt(schema, [field.astNode]) ?? ofType
      const isOpen = `${type.name}.${field.name}` === openField
      if (!roles && !isOpen && (keys || isRoot(schema, type))) throw new Error(`${type.name}.${field.name} says with no @allow who may ask for it`)
      return { type: type.name, field: field.name, roles }
    })
}
