import type { Socket } from 'node:net'
import { buildConnector } from 'undici'

/*
 * A server may close a connection that it has kept open for the next request whenever it likes: Apache closes all of them as soon as its workers are busy. Where it
 * does so while a request is on its way, that one fails, and nothing is wrong with the server (RFC 9112 section 9.3.1).
 */

const unanswered = new WeakSet<Error>()

/** Whether a connection had answered something before, and was closed with not a byte of an answer to the next request, which the server may have read or not. */
export const wasClosedUnanswered = (error: unknown): boolean => error instanceof Error && unanswered.has(error)

/** Connections for undici, whose failures `wasClosedUnanswered` tells apart. */
export const openConnector = ({ connectMs }: { readonly connectMs: number }): buildConnector.connector => {
  const connect = buildConnector({ timeout: connectMs })
  return (to, callback) => connect(to, (...[error, socket]) => {
    if (error) return callback(error, null)
    watch(socket)
    callback(null, socket)
  })
}

/** The error of a socket is what undici fails its request with, right after this. */
const watch = (socket: Socket): void => {
  const heard = { bytes: 0, afterBytes: 0 }
  socket.on('readable', () => {
    // It is readable at its end, too.
    if (socket.bytesRead > heard.bytes) Object.assign(heard, { bytes: socket.bytesRead, afterBytes: socket.bytesWritten })
  })
  socket.on('error', (error) => {
    const isAsked = socket.bytesWritten > heard.afterBytes
    if (isAsked && heard.bytes > 0 && socket.bytesRead === heard.bytes) unanswered.add(error)
  })
}
