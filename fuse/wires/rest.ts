import type { CallOptions } from '../call.ts'
import { Faulted, Malformed, Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { openHttpWire } from './http.ts'
import type { HttpAnswer, Query } from './http.ts'

export { segment } from './http.ts'

/** JSON over HTTP. */
export type RestWire = AsyncDisposable & {
  /** The answer's JSON; null for 404 and 410. Throws `Unreachable`, `TimedOut`, `Refused` (other 4xx), `Faulted` (5xx, 429) or `Malformed`. */
  get(path: string, opt: CallOptions & { readonly query?: Query }): Promise<unknown>
  /** Any 2xx, and any status that `accept` lists, comes back; the rest is thrown as above. */
  post(
    path: string,
    opt: CallOptions & {
      readonly body: unknown
      readonly headers?: Readonly<Record<string, string>>
      readonly accept?: readonly number[]
    },
  ): Promise<{ readonly status: number; readonly body: unknown }>
}

export const openRestWire = (settings: BackendSettings): RestWire => {
  const http = openHttpWire(settings)
  const { name } = settings
  return {
    get: async (path, { query, ...opt }) => {
      const request = { method: 'GET', path, headers: { accept: 'application/json' }, ...(query ? { query } : {}) } as const
      const answer = await http.request(request, opt)
      if (answer.status === 404 || answer.status === 410) return null
      refuseBadStatus(name, answer)
      return readJson(name, answer)
    },
    post: async (path, { body, headers, accept = [], ...opt }) => {
      const sent = { accept: 'application/json', 'content-type': 'application/json', ...headers }
      const answer = await http.request({ method: 'POST', path, headers: sent, body: JSON.stringify(body) }, opt)
      if (!accept.includes(answer.status)) refuseBadStatus(name, answer)
      return { status: answer.status, body: answer.body.length === 0 ? null : readJson(name, answer) }
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

/** 429 is trouble of the backend's own: it has more to do than it can. */
export const refuseBadStatus = (backend: string, { status, retryAfterMs }: HttpAnswer): void => {
  const opt = retryAfterMs === undefined ? {} : { retryAfterMs }
  if (status >= 500 || status === 429) throw new Faulted(backend, `status ${status}`, opt)
  if (status >= 400) throw new Refused(backend, `status ${status}`)
}

export const readJson = (backend: string, { contentType, body }: HttpAnswer): unknown => {
  const isJson = contentType === null || /^[^;]*[/+]json\s*(?:;|$)/i.test(contentType)
  if (!isJson) throw new Malformed(backend, `an answer of type ${contentType.slice(0, 80)}, not JSON`)
  const charset = /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8'
  try {
    return JSON.parse(new TextDecoder(charset, { fatal: true }).decode(body))
  } catch (cause) {
    throw new Malformed(backend, 'an answer that is not JSON', { cause })
  }
}
