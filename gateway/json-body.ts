import type { IncomingMessage } from 'node:http'

const badBody = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

/** The whole body; rejects as soon as it is past the limit, and no more of it is read. */
const readBody = async (payload: IncomingMessage, maxBytes: number): Promise<Buffer> => {
  const tooLarge = () => badBody(413, 'the body is larger than this hub accepts')
  if (Number(payload.headers['content-length'] ?? 0) > maxBytes) throw tooLarge()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of payload) {
    if (!Buffer.isBuffer(chunk)) continue
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** RFC 8259 section 8.1: JSON between systems is UTF-8. Bytes that are not would otherwise turn into U+FFFD, unnoticed. */
const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
  } catch {
    throw badBody(400, 'the body is not JSON in UTF-8')
  }
}

/** Rejects with a status that says why: 413, or 400. */
export const readJson = async (payload: IncomingMessage, maxBytes: number): Promise<unknown> => parseJson(await readBody(payload, maxBytes))
