import { ApolloClient, gql, InMemoryCache } from '@apollo/client/core'
import { GraphQLWsLink } from '@apollo/client/link/subscriptions'
import { Client as UrqlClient, subscriptionExchange } from '@urql/core'
import { createClient } from 'graphql-ws'
import type { Client, FormattedExecutionResult } from 'graphql-ws'
import { WebSocket } from 'ws'
import { z } from 'zod'
import { toWs } from './socket-client.ts'

/* The clients that people use, each over one socket. */

export type Variables = Readonly<Record<string, unknown>>

export type AnyClient = AsyncDisposable & {
  query(query: string, variables: Variables): Promise<unknown>
  mutate(query: string, variables: Variables): Promise<unknown>
  /** `onData` for each event; `onEnd` once, with why it ended. Returns what ends it. */
  subscribe(query: string, variables: Variables, onData: (data: unknown) => void, onEnd: (error: unknown) => void): () => void
}

/** Without retries: what is cut ends with an error, and its app begins it anew with what it knows by then. */
const openSocket = (url: string, token: string): Client =>
  createClient({ url: toWs(url), webSocketImpl: WebSocket, connectionParams: { authorization: `Bearer ${token}` }, retryAttempts: 0 })

const openBare = (url: string, token: string): AnyClient => {
  const client = openSocket(url, token)
  const ask = (query: string, variables: Variables) =>
    new Promise<unknown>((resolve, reject) => {
      const got: { data: unknown } = { data: null }
      client.subscribe({ query, variables }, {
        next: ({ data, errors }) => {
          if (errors) reject(new Error(JSON.stringify(errors)))
          got.data = data
        },
        error: (error) => reject(error instanceof Error ? error : new Error('cut', { cause: error })),
        complete: () => resolve(got.data),
      })
    })
  return {
    query: ask,
    mutate: ask,
    subscribe: (query, variables, onData, onEnd) => client.subscribe({ query, variables }, { next: ({ data }) => onData(data), error: onEnd, complete: () => onEnd(null) }),
    [Symbol.asyncDispose]: async () => client.dispose(),
  }
}

const openApollo = (url: string, token: string): AnyClient => {
  const socket = openSocket(url, token)
  const client = new ApolloClient({ link: new GraphQLWsLink(socket), cache: new InMemoryCache(), defaultOptions: { query: { fetchPolicy: 'network-only' } } })
  return {
    query: async (query, variables) => (await client.query({ query: gql(query), variables })).data,
    mutate: async (mutation, variables) => (await client.mutate({ mutation: gql(mutation), variables })).data,
    subscribe: (query, variables, onData, onEnd) => {
      const subscription = client.subscribe({ query: gql(query), variables, fetchPolicy: 'no-cache' }).subscribe({
        next: ({ data, error }) => (error ? onEnd(error) : onData(data)),
        error: onEnd,
        complete: () => onEnd(null),
      })
      return () => subscription.unsubscribe()
    },
    [Symbol.asyncDispose]: async () => {
      client.stop()
      await socket.dispose()
    },
  }
}

const openUrql = (url: string, token: string): AnyClient => {
  const socket = openSocket(url, token)
  const client = new UrqlClient({
    url,
    preferGetMethod: false,
    requestPolicy: 'network-only',
    exchanges: [
      subscriptionExchange({
        enableAllOperations: true,
        forwardSubscription: ({ query = '', variables }) => ({
          subscribe: (sink) => {
            const payload = { query, variables: z.record(z.string(), z.unknown()).parse(variables ?? {}) }
            const next = ({ data = null, errors }: FormattedExecutionResult) => sink.next({ data, ...(errors ? { errors: [...errors] } : {}) })
            const end = socket.subscribe(payload, { next, error: sink.error, complete: sink.complete })
            // graphql-ws counts an operation twice that is given up in the very turn in which its end comes, and then closes under a subscription that goes on.
            return { unsubscribe: () => void setImmediate(end) }
          },
        }),
      }),
    ],
  })
  return {
    query: async (query, variables) => dataOf(await client.query(query, variables).toPromise()),
    mutate: async (mutation, variables) => dataOf(await client.mutation(mutation, variables).toPromise()),
    subscribe: (query, variables, onData, onEnd) => {
      const subscription = client.subscription(query, variables).subscribe(({ data, error }) => (error ? onEnd(error) : onData(data)))
      return () => subscription.unsubscribe()
    },
    [Symbol.asyncDispose]: async () => socket.dispose(),
  }
}

const dataOf = ({ data, error }: { readonly data?: unknown; readonly error?: unknown }): unknown => {
  if (error !== undefined) throw error instanceof Error ? error : new Error('it failed', { cause: error })
  return data
}

export const clients: Readonly<Record<string, (url: string, token: string) => AnyClient>> = {
  'graphql-ws': openBare,
  '@apollo/client over GraphQLWsLink': openApollo,
  '@urql/core': openUrql,
}
