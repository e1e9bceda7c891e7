import type { ApolloClient } from '@apollo/client'
import { failuresOf } from '../graphql/failure.ts'
import type { Failure } from '../graphql/failure.ts'
import type { Reading } from './freshness-words.ts'
import type { Ask, AskContext } from './use-asked.ts'

/** Past the cache: half an answer would write its gaps over what was whole. */
type Sending = { readonly fetchPolicy: 'no-cache'; readonly context: AskContext }

/** One query as what a block asks; `read` says what its answer has for the block. */
export const askFor = <D, T>(
  query: (client: ApolloClient, sending: Sending) => Promise<{ readonly data: D | undefined; readonly error?: unknown }>,
  read: (data: D | undefined, failures: readonly Failure[]) => Reading<T>,
): Ask<T> => async (client, context) => {
  const { data, error } = await query(client, { fetchPolicy: 'no-cache', context }).catch((reason: unknown) => ({ data: undefined, error: reason }))
  const failures = failuresOf(error)
  return { reading: read(data, failures), failures }
}
