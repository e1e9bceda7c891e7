import { z } from 'zod'
import type { LegacyAnswer, LegacyRequest } from '../legacy.ts'

/** JSON-RPC 2.0 over HTTP POST, batches and notifications included (https://www.jsonrpc.org/specification). */
export type Methods = ReadonlyMap<string, Method>
export type Method = (params: unknown) => unknown

/** A method out of the schema of its params; what does not fit is -32602. */
export const method = <T>(params: z.ZodType<T>, answer: (params: T) => unknown): Method => (given) => {
  const parsed = params.safeParse(given)
  if (!parsed.success) throw new RpcError(-32602, 'Invalid params', z.prettifyError(parsed.error))
  return answer(parsed.data)
}

class RpcError extends Error {
  readonly code: number
  readonly details: string | undefined

  constructor(code: number, message: string, details?: string) {
    super(message)
    this.code = code
    this.details = details
  }
}

type Id = string | number | null

const call = z.object({
  jsonrpc: z.literal('2.0'), method: z.string(), params: z.unknown().optional(), id: z.union([z.string(), z.number(), z.null()]).optional(),
})

export const dispatch = ({ method: verb, body }: LegacyRequest, methods: Methods): LegacyAnswer => {
  if (verb !== 'POST') return { status: 405, headers: { allow: 'POST', 'content-type': 'text/plain' }, body: 'POST, please.\n' }
  const request = readJson(body)
  if (request === undefined) return json(failure(null, -32700, 'Parse error'))
  if (!Array.isArray(request)) return answerOrNothing(answerCall(request, methods))
  if (request.length === 0) return json(failure(null, -32600, 'Invalid Request'))
  const answers = request.map(one => answerCall(one, methods)).filter(answer => answer !== null)
  return answerOrNothing(answers.length === 0 ? null : answers)
}

/** Null for a notification, which gets no answer, not even an error. */
const answerCall = (request: unknown, methods: Methods): object | null => {
  const parsed = call.safeParse(request)
  if (!parsed.success) return failure(null, -32600, 'Invalid Request')
  const { id, method: name, params } = parsed.data
  const answer = carryOut(id ?? null, methods.get(name), params)
  return id === undefined ? null : answer
}

const carryOut = (id: Id, run: Method | undefined, params: unknown): object => {
  if (run === undefined) return failure(id, -32601, 'Method not found')
  try {
    return { jsonrpc: '2.0', id, result: run(params) }
  } catch (error) {
    return error instanceof RpcError ? failure(id, error.code, error.message, error.details) : internalError(id)
  }
}

const failure = (id: Id, code: number, message: string, details?: string): object =>
  ({ jsonrpc: '2.0', id, error: { code, message, ...details === undefined ? {} : { data: { details } } } })

const internalError = (id: Id): object =>
  failure(id, -32603, 'Internal error', 'sqlalchemy.exc.OperationalError: could not connect to db-erp-02.corp.internal (erp/orders.py:212)')

/** -32603 for each call, under its own id. */
export const errorAnswer = ({ body }: LegacyRequest): LegacyAnswer => {
  const request = readJson(body)
  return json(Array.isArray(request) ? request.map(one => internalError(idOf(one))) : internalError(idOf(request)))
}

export const garbageAnswer: LegacyAnswer = {
  status: 200, headers: { 'content-type': 'application/json' }, body: '{"jsonrpc":"2.0","id":1,"result":[{"id":"SO-2026-0',
}

const idOf = (request: unknown): Id => {
  const parsed = call.safeParse(request)
  return parsed.success ? parsed.data.id ?? null : null
}

const json = (body: unknown): LegacyAnswer => ({ status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

const answerOrNothing = (answer: unknown): LegacyAnswer => answer === null ? { status: 204, headers: {}, body: '' } : json(answer)

/** Undefined where the body is no JSON. */
const readJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
