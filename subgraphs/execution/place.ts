import type { GraphQLError, GraphQLResolveInfo } from 'graphql'

/** Where in an answer something is: graphql-js's linked list, so that resolvers can read it. */
export type Place = GraphQLResolveInfo['path']

export const placeAt = (prev: Place | undefined, key: string | number, typename: string | undefined): Place => ({ prev, key, typename })

/** The errors of one answer. Nothing is told of what is below a place that has become null already. */
export class FoundErrors {
  readonly errors: GraphQLError[] = []
  readonly #places = new Set<Place | undefined>()

  add(error: GraphQLError, place: Place | undefined): void {
    if (this.#places.size > 0 && this.#isNull(place)) return
    this.#places.add(place)
    this.errors.push(error)
  }

  #isNull(place: Place | undefined): boolean {
    for (let at = place; at !== undefined; at = at.prev) if (this.#places.has(at)) return true
    return this.#places.has(undefined)
  }
}
