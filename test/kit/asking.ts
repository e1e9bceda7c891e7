import { Agent, request } from 'undici'
import { z } from 'zod'
import { signToken } from '../../gateway/token-signing.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'

const path = z.array(z.union([z.string(), z.int()]))

const answer = z.strictObject({
  data: z.unknown().optional(),
  errors: z
    .array(z.strictObject({ message: z.string(), path: path.optional(), locations: z.unknown().optional(), extensions: z.record(z.string(), z.unknown()) }))
    .default([]),
  extensions: z
    .strictObject({ degraded: z.array(z.strictObject({ path, backend: z.string(), state: z.enum(['CACHED', 'STALE']), ageMs: z.number() })) })
    .default({ degraded: [] }),
})

/** What a client got. `text` is the body as it came. */
export type Answer = z.infer<typeof answer> & { readonly status: number; readonly text: string }

export type AskOptions = {
  readonly variables?: Readonly<Record<string, unknown>>
  /** Whose token is sent; an agent's if nothing is said. */
  readonly as?: TokenClaims
  /** In place of a token of ours. */
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Rejects where the answer is not one of GraphQL over HTTP, or the signal was aborted. */
export type Ask = (query: string, opt?: AskOptions) => Promise<Answer>

const agent: TokenClaims = { role: 'agent', name: 'agent-1' }

/** Accepts nothing that was kept. */
export const strict = { 'cache-control': 'no-cache, stale-if-error=0' }

/** A client with connections of its own; disposing it destroys them. */
export const openAsk = (url: string, secret: string): AsyncDisposable & { readonly ask: Ask } => {
  const dispatcher = new Agent({ connections: 64, headersTimeout: 0, bodyTimeout: 0 })
  const ask: Ask = async (query, { variables = {}, as = agent, token, headers = {}, signal } = {}) => {
    const { statusCode, body } = await request(url, {
      dispatcher,
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? (await signToken(secret, as))}`, ...headers },
      body: JSON.stringify({ query, variables }),
      ...(signal ? { signal } : {}),
    })
    const text = await body.text()
    return { ...answer.parse(JSON.parse(text)), status: statusCode, text }
  }
  return { ask, [Symbol.asyncDispose]: () => dispatcher.destroy() }
}

/** What is at a path of an answer; undefined where nothing is. */
export const valueAt = (value: unknown, ...keys: readonly (string | number)[]): unknown =>
  keys.reduce<unknown>((inner, key) => (typeof inner === 'object' && inner !== null ? Object.entries(inner).find(([name]) => name === String(key))?.[1] : undefined), value)
