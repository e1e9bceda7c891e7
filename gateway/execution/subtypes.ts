import { isAbstractType, isInterfaceType, isObjectType } from 'graphql'
import type { GraphQLSchema } from 'graphql'

/** Whether an object that says it is of `typename` meets a type condition, in a schema with all types of all subgraphs. */
export const openMeets = (schema: GraphQLSchema): ((typename: string, condition: string) => boolean) => {
  const known = new Map<string, Map<string, boolean>>()
  const find = (typename: string, condition: string): boolean => {
    if (typename === condition) return true
    const type = schema.getType(typename)
    const wanted = schema.getType(condition)
    return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type)
  }
  return (typename, condition) => {
    const ofCondition = known.get(condition)
    const found = ofCondition?.get(typename)
    if (found !== undefined) return found
    const meets = find(typename, condition)
    // What a subgraph calls its types is not to be kept without end.
    if (schema.getType(typename)) known.set(condition, (ofCondition ?? new Map<string, boolean>()).set(typename, meets))
    return meets
  }
}

export type Meets = ReturnType<typeof openMeets>
