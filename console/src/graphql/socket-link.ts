import { ApolloLink, CombinedGraphQLErrors, Observable } from '@apollo/client'
import type { Client, SubscribePayload } from 'graphql-ws'
import { print } from 'graphql'

declare module '@apollo/client' {
  interface DefaultContext {
    /** Of a subscription that resumes: the newest cursor there is, asked whenever it is subscribed to, so also after a reconnection. */
    after?: () => string | null
  }
}

const payloadOf = ({ query, operationName, variables, getContext }: ApolloLink.Operation): SubscribePayload => {
  const { after } = getContext()
  return {
    query: print(query),
    operationName: operationName ?? null,
    // A getter: graphql-ws keeps the payload, and writes it anew for each connection.
    get variables() {
      return after ? { ...variables, after: after() } : variables
    },
  }
}

const toError = (reason: unknown): Error => {
  if (Array.isArray(reason)) return new CombinedGraphQLErrors({ errors: reason })
  return reason instanceof Error ? reason : new Error('the socket was closed for good', { cause: reason })
}

/** Subscriptions over the socket; one with `after` in its context goes on from there when the socket comes back. */
export const openSocketLink = (client: Client): ApolloLink =>
  new ApolloLink((operation) => new Observable((observer) =>
    client.subscribe(payloadOf(operation), {
      next: ({ data, errors }) => observer.next({ data: data ?? null, ...(errors ? { errors } : {}) }),
      error: (reason) => observer.error(toError(reason)),
      complete: () => observer.complete(),
    })))
