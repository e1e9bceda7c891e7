import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client'
import { OperationTypeNode } from 'graphql'
import type { Client } from 'graphql-ws'
import possibleTypes from '../../possible-types.ts'
import { openSocketLink } from './socket-link.ts'

declare module '@apollo/client' {
  // Apollo's own way of being told what `defaultOptions` says.
  /* eslint-disable @typescript-eslint/no-namespace */
  namespace ApolloClient {
    namespace DeclareDefaultOptions {
      interface WatchQuery { errorPolicy: 'all' }
      interface Query { errorPolicy: 'all' }
    }
  }
  /* eslint-enable @typescript-eslint/no-namespace */
}

export type ClientOptions = {
  readonly socket: Client
  readonly token: () => string
  readonly onUnauthenticated: () => void
}

/** Longer than the hub's own budget: what the hub has not answered by then never comes. */
const answerMs = 20_000

const authorized = ({ token, onUnauthenticated }: ClientOptions): typeof fetch => async (input, init) => {
  const headers = new Headers(init?.headers)
  headers.set('authorization', `Bearer ${token()}`)
  const timeout = AbortSignal.timeout(answerMs)
  const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout
  const response = await fetch(input, { ...init, headers, signal, credentials: 'omit' })
  if (response.status === 401) onUnauthenticated()
  return response
}

/** Queries and mutations over HTTP, subscriptions over the socket; a part that fails leaves the rest of the answer. */
export const openClient = (opt: ClientOptions): ApolloClient => {
  const http = new HttpLink({ uri: '/graphql', fetch: authorized(opt) })
  const socket = openSocketLink(opt.socket)
  return new ApolloClient({
    link: ApolloLink.split(({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION, socket, http),
    cache: new InMemoryCache({
      ...possibleTypes,
      // The key is part of a customer in every answer; a department is its path.
      typePolicies: { Department: { keyFields: ['path'] } },
    }),
    defaultOptions: {
      watchQuery: { errorPolicy: 'all' },
      query: { errorPolicy: 'all' },
    },
  })
}
