import { CombinedGraphQLErrors } from '@apollo/client'
import type { GraphQLFormattedError } from 'graphql'

/** One error of an answer, as `docs/errors.md` lists them. */
export type Failure = {
  readonly code: string
  readonly backend: string | null
  readonly retryAfterMs: number | null
  readonly requestId: string | null
  readonly path: readonly (string | number)[]
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)
const numberOf = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null)

const toFailure = ({ path = [], extensions = {} }: GraphQLFormattedError): Failure => ({
  code: textOf(extensions['code']) ?? 'INTERNAL_SERVER_ERROR',
  backend: textOf(extensions['backend']),
  retryAfterMs: numberOf(extensions['retryAfterMs']),
  requestId: textOf(extensions['requestId']),
  path,
})

/** Not an answer of the hub's: it was not reached, or what came is none. */
export const unreached: Failure = { code: 'HUB_UNREACHABLE', backend: null, retryAfterMs: null, requestId: null, path: [] }

/** What went wrong, by the hub's own words; the hub that can't be reached is one failure too. */
export const failuresOf = (error: unknown): readonly Failure[] => {
  if (error === undefined || error === null) return []
  return CombinedGraphQLErrors.is(error) ? error.errors.map(toFailure) : [unreached]
}
