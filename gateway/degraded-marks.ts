import type { GraphQLError, GraphQLFormattedError } from 'graphql'
import type { DegradedValue } from '../subgraphs/context.ts'
import { foldDegraded } from '../subgraphs/degraded.ts'
import type { FetchResult } from './fetch-result.ts'

/*
 * The stock executor maps the paths of a fetch's errors to the client's, and nothing else of a fetch: its extensions are
 * dropped. So what was degraded travels as an error with a mark, and is taken out again before anybody sees it.
 */
const markCode = 'FUSEBOARD_DEGRADED'

const toMark = ({ path, ...value }: DegradedValue): GraphQLFormattedError =>
  ({ message: 'degraded', path, extensions: { code: markCode, value } })

/** One fetch as the executor takes it. */
export const toResponse = ({ data, errors = [], degraded }: FetchResult) => ({ data: data ?? null, errors: [...errors, ...degraded.map(toMark)] })

const isMark = (error: GraphQLError) => error.extensions['code'] === markCode

type Told = { readonly errors: readonly GraphQLError[]; readonly degraded: readonly DegradedValue[] }

/** What the executor gives as errors, parted into what is one and what was degraded. */
export const partMarks = (errors: readonly GraphQLError[]): Told => ({
  errors: errors.filter((error) => !isMark(error)),
  degraded: foldDegraded(errors.filter(isMark).flatMap(toDegraded)),
})

const toDegraded = ({ path, extensions }: GraphQLError): readonly DegradedValue[] => {
  const value: unknown = extensions['value']
  return path && isDegraded(value) ? [{ path, backend: value.backend, state: value.state, ageMs: value.ageMs }] : []
}

const isDegraded = (value: unknown): value is Omit<DegradedValue, 'path'> =>
  typeof value === 'object' && value !== null && 'backend' in value && 'state' in value && 'ageMs' in value
