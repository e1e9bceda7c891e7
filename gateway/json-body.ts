import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'

const badBody = (statusCode: number, message: string) => Object.assign(new Error(message), { statusCode })

/** The whole body; rejects as soon as it is past the limit, and no more of it is read. */
const readBody = (payload: IncomingMessage, maxBytes: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const refuse = () => reject(badBody(413, 'the body is larger than this hub accepts'))
    if (Number(payload.headers['content-length'] ?? 0) > maxBytes) return refuse()
    const chunks: Buffer[] = []
    let bytes = 0
    payload.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes <= maxBytes) return void chunks.push(chunk)
      refuse()
      payload.destroy()
    })
    payload.once('end', () => resolve(Buffer.concat(chunks)))
    payload.once('error', reject)
    payload.once('close', () => {
      if (!payload.readableEnded) reject(badBody(400, 'the body ended before it was whole'))
    })
  })

/** RFC 8259 section 8.1: JSON between systems is UTF-8. Bytes that are not would otherwise turn into U+FFFD, unnoticed. */
const parseJson = (body: Buffer): unknown => {
  if (!isUtf8(body)) throw notJson()
  const text = body.toString()
  try {
    return JSON.parse(text.startsWith(byteOrderMark) ? text.slice(1) : text)
  } catch {
    throw notJson()
  }
}

const byteOrderMark = '\uFEFF'

const notJson = () => badBody(400, 'the body is not JSON in UTF-8')

/** Rejects with a status that says why: 413, or 400. */
export const readJson = async (payload: IncomingMessage, maxBytes: number): Promise<unknown> => parseJson(await readBody(payload, maxBytes))
