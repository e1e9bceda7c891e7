import { getDirectiveValues, isObjectType } from 'graphql'
import type { GraphQLField, GraphQLObjectType, GraphQLSchema } from 'graphql'
import type { SchemaChange } from './schema-diff.ts'

type Annotated = Parameters<typeof getDirectiveValues>[1]

const rolesAt = (schema: GraphQLSchema, node: Annotated | null | undefined): ReadonlySet<string> | null => {
  const directive = schema.getDirective('allow')
  const roles: unknown = directive && node ? getDirectiveValues(directive, node)?.['roles'] : null
  return Array.isArray(roles) ? new Set(roles.map(String)) : null
}

/** Null where only the way that led there decides. */
const rolesOf = (schema: GraphQLSchema, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) =>
  rolesAt(schema, field.astNode) ?? rolesAt(schema, type.astNode)

const compare = (path: string, before: ReadonlySet<string> | null, after: ReadonlySet<string> | null): readonly SchemaChange[] => {
  if (!before && !after) return []
  if (!after) return [{ level: 'dangerous', path, message: 'who may ask is now decided by the field that led there' }]
  const names = [...after].join(', ')
  if (!before) return [{ level: 'dangerous', path, message: `only ${names} may ask now, whichever field led there` }]
  const lost = [...before.difference(after)].map((role): SchemaChange => ({ level: 'breaking', path, message: `${role} may no longer ask` }))
  const won = [...after.difference(before)].map((role): SchemaChange => ({ level: 'safe', path, message: `${role} may ask now` }))
  return [...lost, ...won]
}

/** Who may ask more or less than before, for every field that both schemas have. */
export const roleChanges = (before: GraphQLSchema, after: GraphQLSchema): readonly SchemaChange[] =>
  Object.values(before.getTypeMap()).flatMap((type) => {
    const now = after.getType(type.name)
    if (!isObjectType(type) || !isObjectType(now) || type.name.startsWith('__')) return []
    const fields = now.getFields()
    return Object.values(type.getFields()).flatMap((field) => {
      const same = fields[field.name]
      return same ? compare(`${type.name}.${field.name}`, rolesOf(before, type, field), rolesOf(after, now, same)) : []
    })
  })
