import type { BaseContext, ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import type { CallerRole, Role } from '../subgraphs/context.ts'
import { sha256 } from './operations-manifest.ts'
import type { OperationsManifest } from './operations-manifest.ts'

/*
 * Operations that a client names by their hash. Those of the manifest are known from the start, and a role may be held to them;
 * every other role may also register texts as it goes (https://www.apollographql.com/docs/apollo-server/performance/apq).
 * What is registered is never asked for a role that is held to the manifest.
 */

/** What a request says it wants to run, whichever way it says it. */
export type Sent = { readonly text: string | null; readonly hash: string | null }

export type PersistedOperations = {
  /**
   * The text of the manifest that a request is to run; null where it runs what it sent or once registered.
   * Throws `BAD_REQUEST` where the hash is not the text's, and `PERSISTED_QUERY_NOT_IN_LIST` where the role may not run it.
   */
  choose(role: CallerRole, sent: Sent): string | null
}

const mismatch = () =>
  new GraphQLError('extensions.persistedQuery.sha256Hash is not the hash of the query', { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })

const notInList = () =>
  new GraphQLError('the role of the caller may run only operations of the persisted list, in the very text that is listed', {
    extensions: { code: 'PERSISTED_QUERY_NOT_IN_LIST', http: { status: 403 } },
  })

/**
 * A value: whoever reads another manifest opens another one. Callers with a role of `only` may run what is in the manifest, by
 * its hash or in its very text, and nothing else.
 */
export const openPersistedOperations = (manifest: OperationsManifest, only: readonly Role[] = []): PersistedOperations => {
  const held = new Set<CallerRole>(only)
  return {
    choose: (role, { text, hash }) => {
      if (text !== null && hash !== null && sha256(text) !== hash) throw mismatch()
      if (held.has(role)) {
        const listed = manifest.get(hash ?? (text === null ? '' : sha256(text)))
        if (listed === undefined) throw notInList()
        return listed
      }
      return hash === null ? null : (manifest.get(hash) ?? null)
    },
  }
}

const persistedQuery = z.object({ version: z.literal(1), sha256Hash: z.string().regex(/^[\da-f]{64}$/) })
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

const hashIn = (extensions: unknown): string | null => {
  const found = isRecord(extensions) ? (extensions['persistedQuery'] ?? null) : null
  if (found === null) return null
  const read = persistedQuery.safeParse(found)
  if (read.success) return read.data.sha256Hash
  const message = 'extensions.persistedQuery: expected version 1, and as sha256Hash a SHA-256 in lower-case hex'
  throw new GraphQLError(message, { extensions: { code: 'BAD_REQUEST', http: { status: 400 } } })
}

const fromJson = (text: string | null): unknown => {
  try {
    return text === null ? null : JSON.parse(text)
  } catch {
    return null
  }
}

/** What a body, or the payload of a socket's message, says that it wants to run. */
export const readSentBody = ({ query, extensions }: { readonly query?: unknown; readonly extensions?: unknown }): Sent => ({
  text: typeof query === 'string' ? query : null,
  hash: hashIn(extensions),
})

/** Reads what is needed to judge a request of GraphQL over HTTP; what is wrong with the rest of it is the server's to say. */
export const readSent = ({ method, url, body }: { readonly method: string; readonly url: string; readonly body: unknown }): Sent => {
  if (method === 'POST') return isRecord(body) ? readSentBody(body) : { text: null, hash: null }
  const parameters = new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?')) : '')
  return { text: parameters.get('query'), hash: hashIn(fromJson(parameters.get('extensions'))) }
}

/**
 * A plugin that puts the text of the manifest in the place of whatever was sent, so that nothing else can run where one was
 * chosen, and takes the hash out, so that nothing is registered.
 */
export const runListed = <T extends BaseContext>(listedFor: (context: T) => string | null): ApolloServerPlugin<T> => ({
  requestDidStart: async ({ request, contextValue }) => {
    const listed = listedFor(contextValue)
    if (listed === null) return
    const { persistedQuery: _, ...extensions } = request.extensions ?? {}
    Object.assign(request, { query: listed, extensions })
  },
})

/** What an entry costs beside its characters, roughly. */
const entryBytes = 128

/** The texts that clients registered. Apollo Server puts a word of its own before each hash, and so does `textOf` for the socket door. */
export type Registered = {
  get(key: string): Promise<string | undefined>
  set(key: string, text: string): Promise<void>
  delete(key: string): Promise<boolean>
  textOf(hash: string): string | null
  register(hash: string, text: string): void
}

const apolloKey = (hash: string) => `apq:${hash}`

/** The least recently used are forgotten first; strings take up to two bytes a character. */
export const openRegistered = (maxBytes: number): Registered => {
  const texts = new LRUCache<string, string>({ maxSize: maxBytes, sizeCalculation: (text, key) => 2 * (text.length + key.length) + entryBytes })
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => texts.delete(key),
    textOf: (hash) => texts.get(apolloKey(hash)) ?? null,
    register: (hash, text) => void texts.set(apolloKey(hash), text),
  }
}
