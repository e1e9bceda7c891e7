import { ApolloServerErrorCode } from '@apollo/server/errors'
import type { GraphQLFormattedError } from 'graphql'
import { errorCodes } from '../subgraphs/errors.ts'

/** Every code that may leave the hub. */
export const publicCodes: ReadonlySet<string> = new Set<string>([
  ...errorCodes,
  ...Object.values(ApolloServerErrorCode),
  'PERSISTED_QUERY_NOT_IN_LIST',
  'NOT_FOUND',
])

/** Whether its words are meant for a client. */
export const isPublic = ({ extensions }: { readonly extensions?: { readonly code?: unknown } }): boolean => {
  const code = String(extensions?.code)
  return publicCodes.has(code) && code !== 'INTERNAL_SERVER_ERROR'
}

/** What of an error's extensions a client may read, beside its code. */
const publicExtensions = ['backend', 'retryable', 'retryAfterMs', 'argument', 'requestId'] as const

/** Messages repeat what was sent, which may be as long as a body. */
const maxMessageLength = 500

const clip = (message: string): string =>
  message.length > maxMessageLength ? `${message.slice(0, maxMessageLength).toWellFormed()}…` : message

/**
 * The last look at an error before it leaves: only codes that `docs/errors.md` lists, only extensions that are meant for
 * clients. An error that nobody translated is an internal one, and says nothing.
 */
export const maskError = ({ message, path, locations, extensions = {} }: GraphQLFormattedError): GraphQLFormattedError => {
  const code = String(extensions['code'])
  const known = isPublic({ extensions })
  const shown: Record<string, unknown> = Object.fromEntries(publicExtensions.filter((name) => name in extensions).map((name) => [name, extensions[name]]))
  return {
    message: known ? clip(message) : 'internal error',
    ...(locations ? { locations } : {}),
    ...(path ? { path } : {}),
    extensions: { code: known ? code : 'INTERNAL_SERVER_ERROR', ...shown },
  }
}
