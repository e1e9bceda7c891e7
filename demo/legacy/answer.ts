import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { performance } from 'node:perf_hooks'
import type { Faults } from './faults.ts'
import type { CannedAnswer, LegacyAnswer, LegacyOptions, LegacyRequest } from './types.ts'

const maxBodyBytes = 1024 * 1024

const tooLarge: LegacyAnswer = {
  status: 413,
  headers: { 'content-type': 'text/plain; charset=utf-8', connection: 'close' },
  body: `A request may have ${maxBodyBytes} bytes.\n`,
}

/** Turns requests into answers, by way of the system's faults; counts them. */
export const answerRequests = (opt: LegacyOptions, faults: Faults): { readonly listen: RequestListener; readonly calls: number } => {
  let calls = 0
  const listen: RequestListener = (message, response) => {
    calls++
    answer(opt, faults, message, response).catch(() => message.socket.destroy())
  }
  return { listen, get calls() { return calls } }
}

const answer = async (opt: LegacyOptions, faults: Faults, message: IncomingMessage, response: ServerResponse) => {
  const body = await readBody(message)
  if (body === null) return send(response, tooLarge, performance.now())
  // From the whole request in hand: the time that the caller takes to send it is not the stand-in's.
  const startedAt = performance.now()
  if (faults.failing) return message.socket.resetAndDestroy()
  if (faults.name === 'hang') return
  const answered = await decide(opt, faults, message, body)
  if (faults.takeLoss()) return message.socket.resetAndDestroy()
  if (faults.delayMs > 0) await holdBack(faults.delayMs, response)
  send(response, answered, startedAt)
}

const decide = async (opt: LegacyOptions, faults: Faults, message: IncomingMessage, body: Buffer): Promise<LegacyAnswer> => {
  const request = readRequest(message, body)
  if (faults.name === 'error') return pick(opt.errorAnswer, request)
  if (faults.name === 'garbage') return pick(opt.garbageAnswer, request)
  try {
    return await opt.handle(request)
  } catch {
    return pick(opt.errorAnswer, request)
  }
}

const pick = (canned: CannedAnswer, request: LegacyRequest) => typeof canned === 'function' ? canned(request) : canned

const readRequest = (message: IncomingMessage, body: Buffer): LegacyRequest => ({
  method: message.method ?? 'GET',
  // By concatenation: `//` as a path would otherwise be read as a host.
  url: new URL(`http://127.0.0.1:${message.socket.localPort ?? 0}${message.url ?? '/'}`),
  headers: message.headers,
  body,
})

/** Null where it is too large: it is read to its end, so that the answer can be sent, but not kept. */
const readBody = async (message: IncomingMessage): Promise<Buffer | null> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of message) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? null : Buffer.concat(chunks, bytes)
}

const holdBack = (ms: number, response: ServerResponse) => new Promise<void>((resolve) => {
  const end = () => {
    clearTimeout(timer)
    response.off('close', end)
    resolve()
  }
  const timer = setTimeout(end, ms)
  response.once('close', end)
})

const send = (response: ServerResponse, { status, headers, body }: LegacyAnswer, startedAt: number) => {
  if (response.destroyed) return
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    'x-stand-in-ms': (performance.now() - startedAt).toFixed(3),
  })
  response.end(body)
}
