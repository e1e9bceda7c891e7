import { z } from 'zod'
import type { CallOptions } from '../call.ts'
import { Faulted, Malformed, Refused } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { abortedAs, openHttpWire } from './http.ts'
import type { HttpWire } from './http.ts'
import { readJson, refuseBadStatus } from './rest.ts'

/** JSON-RPC 2.0 (https://www.jsonrpc.org/specification) over HTTP POST. */
export type JsonRpcWire = AsyncDisposable & {
  /**
   * Calls made in the same turn of the event loop travel as one batch. Throws `Unreachable`, `TimedOut`, `Malformed`, `Faulted` (internal and
   * server errors) and `RpcRefused` (the rest).
   */
  call(method: string, params: Readonly<Record<string, unknown>>, opt: CallOptions): Promise<unknown>
}

/** An error object of the backend's own: it is well, and does not accept what it was asked. */
export class RpcRefused extends Refused {
  readonly rpcCode: number
  readonly rpcData: unknown

  constructor(backend: string, rpcCode: number, message: string, rpcData: unknown) {
    super(backend, `error ${rpcCode}: ${message}`)
    this.rpcCode = rpcCode
    this.rpcData = rpcData
  }
}

const maxBatch = 100

const response = z.object({
  jsonrpc: z.literal('2.0'),
  id: z.union([z.int(), z.null()]),
  result: z.unknown().optional(),
  error: z.object({ code: z.int(), message: z.string(), data: z.unknown().optional() }).nullish(),
})

type RpcResponse = z.infer<typeof response>

type Waiting = {
  readonly id: number
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly opt: CallOptions
  readonly settled: PromiseWithResolvers<unknown>
}

export const openJsonRpcWire = (settings: BackendSettings): JsonRpcWire => {
  const http = openHttpWire(settings)
  const state = { lastId: 0, waiting: new Array<Waiting>() }
  const flush = () => {
    state.waiting = state.waiting.filter(({ opt }) => !opt.signal.aborted)
    while (state.waiting.length > 0) void sendBatch(settings.name, http, state.waiting.splice(0, maxBatch))
  }
  return {
    call: (method, params, opt) => {
      if (opt.signal.aborted) return Promise.reject(abortedAs(settings.name, opt.signal))
      state.lastId += 1
      const settled = Promise.withResolvers<unknown>()
      // After the microtasks of this turn, so that loaders which settle together are asked for together.
      if (state.waiting.length === 0) setImmediate(flush)
      state.waiting.push({ id: state.lastId, method, params, opt, settled })
      return untilAborted(settings.name, settled.promise, opt.signal)
    },
    [Symbol.asyncDispose]: () => http[Symbol.asyncDispose](),
  }
}

/** Rejects as soon as the caller gives up, whatever the others of its batch do. */
const untilAborted = async (backend: string, answer: Promise<unknown>, signal: AbortSignal): Promise<unknown> => {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(abortedAs(backend, signal))
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([answer, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

/** The request ends early only when nobody of the batch waits any more. */
const whenAllAborted = (batch: readonly Waiting[]): AbortSignal => {
  const controller = new AbortController()
  let left = batch.length
  for (const { opt } of batch) {
    const gone = () => {
      left -= 1
      if (left === 0) controller.abort(opt.signal.reason)
    }
    if (opt.signal.aborted) gone()
    else opt.signal.addEventListener('abort', gone, { once: true })
  }
  return controller.signal
}

const sendBatch = async (backend: string, http: HttpWire, batch: readonly Waiting[]): Promise<void> => {
  try {
    const calls = batch.map(({ id, method, params }) => ({ jsonrpc: '2.0', id, method, params }))
    const traceparent = batch.find(({ opt }) => opt.traceparent !== undefined)?.opt.traceparent
    const answer = await http.request(
      {
        method: 'POST',
        path: '',
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify(calls.length === 1 ? calls[0] : calls),
      },
      { signal: whenAllAborted(batch), ...(traceparent === undefined ? {} : { traceparent }) },
    )
    refuseBadStatus(backend, answer)
    settleBatch(backend, batch, readJson(backend, answer))
  } catch (error) {
    for (const { settled } of batch) settled.reject(error)
  }
}

const settleBatch = (backend: string, batch: readonly Waiting[], body: unknown): void => {
  const rows: readonly unknown[] = Array.isArray(body) ? body : [body]
  // What can't be read answers nobody: the call that it was meant for is told that it has no answer.
  const answers = rows.flatMap((row) => response.safeParse(row).data ?? [])
  // An error with no id is about the request as a whole (section 5.1).
  const ofAll = answers.find(({ id, error }) => id === null && error)
  if (ofAll) throw toFailure(backend, ofAll)
  // Of several answers to one call the first counts.
  const byId = new Map(answers.toReversed().map((answer) => [answer.id, answer]))
  for (const { id, settled } of batch) {
    const answer = byId.get(id)
    if (!answer) settled.reject(new Malformed(backend, `no answer to call ${id} of the batch`))
    else if (answer.error) settled.reject(toFailure(backend, answer))
    else if (!('result' in answer)) settled.reject(new Malformed(backend, 'an answer with neither a result nor an error'))
    else settled.resolve(answer.result)
  }
}

/** Section 5.1: -32700 and -32600 say that what we sent is no JSON-RPC, which it is; -32603 and -32099…-32000 are the server's own trouble. */
const toFailure = (backend: string, { error }: RpcResponse): Error => {
  const { code, message, data } = error ?? { code: 0, message: 'no error', data: undefined }
  if (code === -32_700 || code === -32_600) return new Malformed(backend, `error ${code}: ${message}`)
  if (code === -32_603 || (code >= -32_099 && code <= -32_000)) return new Faulted(backend, `error ${code}: ${message}`)
  return new RpcRefused(backend, code, message, data)
}
