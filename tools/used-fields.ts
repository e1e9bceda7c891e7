import { isInputObjectType, parse, TypeInfo, visit, visitWithTypeInfo } from 'graphql'
import type { GraphQLSchema } from 'graphql'

/**
 * Whether any of these operations uses what is at a path of the schema, such as `Order.total`. Fields of objects are told apart;
 * an input, an enum or a union is used as a whole, and an argument with its field.
 */
export const usedIn = (schema: GraphQLSchema, operations: readonly string[]): ((path: string) => boolean) => {
  const used = new Set<string>()
  const info = new TypeInfo(schema)
  const useType = (reference: string): void => {
    const name = reference.replaceAll(/[[\]!]/g, '')
    if (used.has(name)) return
    used.add(name)
    const type = schema.getType(name)
    if (isInputObjectType(type)) for (const field of Object.values(type.getFields())) useType(String(field.type))
  }
  const useField = (): void => {
    const parent = info.getParentType()
    const field = info.getFieldDef()
    if (!parent || !field) return
    used.add(parent.name).add(`${parent.name}.${field.name}`)
    useType(String(field.type))
    for (const argument of field.args) useType(String(argument.type))
  }
  for (const operation of operations) visit(parse(operation), visitWithTypeInfo(info, { Field: useField }))
  return (path) => {
    const [type = '', field] = path.split('.')
    const at = schema.getType(type)
    const isByField = field !== undefined && at !== undefined && 'getFields' in at && !isInputObjectType(at)
    return at === undefined || used.has(isByField ? `${type}.${field}` : type)
  }
}
