import { isNonNullType, locatedError } from 'graphql'
import type { GraphQLOutputType } from 'graphql'
import type { CompiledField } from './compiled-set.ts'
import type { Place } from './place.ts'
import type { Running } from './running.ts'

/** An error is told where it is, and the place is null where that is allowed. */
export const settleError = (error: unknown, type: GraphQLOutputType, { nodes }: CompiledField, running: Running, place: Place): null => {
  const located = locatedError(error, nodes, toKeys(place))
  if (isNonNullType(type)) throw located
  running.found.add(located, place)
  return null
}

const toKeys = (place: Place): readonly (string | number)[] => {
  const keys: (string | number)[] = []
  for (let at: Place | undefined = place; at; at = at.prev) keys.push(at.key)
  return keys.reverse()
}
