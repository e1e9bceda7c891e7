import { errors, Pool } from 'undici'
import type { Dispatcher } from 'undici'
import type { CallOptions } from '../call.ts'
import { BackendFailure, Cancelled, Malformed, TimedOut, Unreachable } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { openConnector, wasClosedUnanswered } from './kept-connections.ts'

export type HttpAnswer = {
  readonly status: number
  readonly contentType: string | null
  /** From `Retry-After` in seconds (RFC 9110 section 10.2.3). */
  readonly retryAfterMs: number | undefined
  readonly body: Buffer
}

export type Query = Readonly<Record<string, string | number | undefined>>

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PROPFIND' | 'REPORT'
  /** Below the backend's URL; see `segment`. */
  readonly path: string
  readonly query?: Query
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

/** What the wires over HTTP share: one pool of connections a backend, sizes and deadlines that hold, errors in our words. */
export type HttpWire = AsyncDisposable & {
  /**
   * Throws `Unreachable`, `TimedOut`, `Malformed` or `Cancelled`; every status comes back but a redirect, which is `Malformed`. What only reads is sent once more where
   * a connection that was kept open is closed instead of answering; anything else is sent once.
   */
  request(request: HttpRequest, opt: CallOptions): Promise<HttpAnswer>
}

const connectMs = 2_000
const connections = 64

/**
 * An id as one segment of a path: nothing in it can leave its place (RFC 3986 section 3.3). Throws `Malformed` for `.`, `..`, an empty id
 * and half a character.
 */
export const segment = (backend: string, id: string): string => {
  if (/^\.{0,2}$/.test(id) || !id.isWellFormed()) throw new Malformed(backend, 'an id that can be no segment of a path')
  return encodeURIComponent(id)
}

export const openHttpWire = (settings: BackendSettings): HttpWire => {
  const base = new URL(settings.url)
  const options = { connections, headersTimeout: 0, bodyTimeout: 0, connect: openConnector({ connectMs }) }
  // Without pipelining, a connection is for one request: a server that closes one that it kept often closes the others as well.
  const pools = { kept: new Pool(base.origin, options), fresh: new Pool(base.origin, { ...options, pipelining: 0 }) }
  return {
    request: async (request, opt) => {
      try {
        return await send(pools, base, settings, request, opt)
      } catch (error) {
        throw toFailure(settings.name, error, opt.signal)
      }
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([pools.kept.destroy(), pools.fresh.destroy()])
    },
  }
}

const pathOf = (base: URL, { path, query = {} }: HttpRequest): string => {
  const asked = new URLSearchParams(base.searchParams)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) asked.append(name, String(value))
  const search = asked.toString()
  const joined = path === '' ? base.pathname : `${base.pathname.replace(/\/$/, '')}/${path.replace(/^\//, '')}`
  return search === '' ? joined : `${joined}?${search}`
}

/** By their definitions (RFC 9110 section 9.2.1, RFC 4918 section 9.1, RFC 3253 section 3.6): whatever the server did with them already, it does no harm again. */
const reading: ReadonlySet<string> = new Set<HttpRequest['method']>(['GET', 'PROPFIND', 'REPORT'])

type Asked = Dispatcher.RequestOptions & { readonly signal: AbortSignal }

type Pools = { readonly kept: Pool; readonly fresh: Pool }

const ask = async ({ kept, fresh }: Pools, asked: Asked): Promise<Dispatcher.ResponseData> => {
  try {
    return await kept.request(asked)
  } catch (error) {
    if (asked.signal.aborted || !reading.has(asked.method) || !wasClosedUnanswered(error)) throw error
    return fresh.request(asked)
  }
}

const send = async (pools: Pools, base: URL, settings: BackendSettings, request: HttpRequest, opt: CallOptions): Promise<HttpAnswer> => {
  const { statusCode, headers, body } = await ask(pools, {
    method: request.method,
    path: pathOf(base, request),
    headers: {
      'accept-encoding': 'identity',
      ...settings.headers,
      ...request.headers,
      ...(opt.traceparent === undefined ? {} : { traceparent: opt.traceparent }),
    },
    body: request.body ?? null,
    signal: opt.signal,
  })
  if (statusCode >= 300 && statusCode < 400) {
    discard(body)
    throw new Malformed(settings.name, `a redirect (status ${statusCode}), which is not followed`)
  }
  return {
    status: statusCode,
    contentType: headerOf(headers, 'content-type'),
    retryAfterMs: retryAfterOf(headerOf(headers, 'retry-after')),
    body: await readBody(settings, headers, body),
  }
}

type Headers = Dispatcher.ResponseData['headers']

const headerOf = (headers: Headers, name: string): string | null => {
  const value = headers[name]
  return (typeof value === 'string' ? value : value?.[0]) ?? null
}

const retryAfterOf = (header: string | null): number | undefined =>
  header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined

/** Ends an answer that nobody will read, and its connection. The stream then emits an error, which would end the process if nobody listened. */
const discard = (body: Dispatcher.ResponseData['body']): void => {
  body.on('error', () => {}).destroy()
}

/** The whole body, cut off as soon as it is past the limit; what would come after is never read. */
const readBody = async (settings: BackendSettings, headers: Headers, body: Dispatcher.ResponseData['body']): Promise<Buffer> => {
  const tooLarge = () => {
    discard(body)
    return new Malformed(settings.name, `an answer of more than ${settings.maxResponseBytes} bytes`)
  }
  if (Number(headerOf(headers, 'content-length') ?? 0) > settings.maxResponseBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of body) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > settings.maxResponseBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
}

/** Whether a signal was aborted because time ran out; else its caller hung up. */
const isTimeout = (reason: unknown) => reason instanceof DOMException && reason.name === 'TimeoutError'

/** What an aborted call fails with. */
export const abortedAs = (backend: string, signal: AbortSignal): Error => {
  const cause: unknown = signal.reason
  if (cause instanceof BackendFailure) return cause
  return isTimeout(cause) ? new TimedOut(backend, 'no whole answer in time', { cause }) : new Cancelled(cause)
}

const toFailure = (backend: string, error: unknown, signal: AbortSignal): Error => {
  if (error instanceof BackendFailure || error instanceof Cancelled) return error
  if (signal.aborted) return abortedAs(backend, signal)
  const isNoHttp = error instanceof errors.HTTPParserError || error instanceof errors.HeadersOverflowError
  if (isNoHttp) return new Malformed(backend, 'not HTTP', { cause: error })
  return new Unreachable(backend, error instanceof Error ? error.message : 'the connection failed', { cause: error })
}
