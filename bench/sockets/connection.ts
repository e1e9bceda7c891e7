import { createHash, randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { encodeFrame, encodeText, FrameError, opcodes, openFrameReader } from './frames.ts'
import type { FrameHandlers } from './frames.ts'

/* A WebSocket over a bare TCP socket. All connections of a process read into one buffer: a read is handled before the next one begins. */

export type Address = { readonly host: string; readonly port: number; readonly localAddress?: string | undefined }

export type ConnectionHandlers = {
  readonly opened: () => void
  text(message: string): void
  /** Once, however it ended; `code` is null where no close frame came. */
  closed(code: number | null, reason: string): void
}

export type Connection = {
  sendText(message: string): void
  /** A frame that was built before. */
  sendFrame(frame: Buffer): void
  /** Says goodbye, as a client does that has finished. */
  close(): void
  /** Cuts the wire. Nothing that arrives later is told of. */
  destroy(): void
}

const readBuffer = Buffer.allocUnsafeSlow(65_536)
const headEnd = Buffer.from('\r\n\r\n')
const goodbye = Buffer.from([0x03, 0xe8])

// The same key for every socket of a process: it guards against caches (RFC 6455 section 10.3), and there is none between.
const key = randomBytes(16).toString('base64')
const accepted = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')

const upgradeOf = ({ host, port }: Address): string =>
  [
    'GET /graphql HTTP/1.1', `Host: ${host}:${port}`, 'Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${key}`, 'Sec-WebSocket-Protocol: graphql-transport-ws', '', '',
  ].join('\r\n')

/** Null where the server agreed; else what it said instead. */
export const refusalOf = (head: string, expected: string): string | null => {
  const [status = '', ...lines] = head.split('\r\n')
  const headers = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  if (!status.startsWith('HTTP/1.1 101')) return status
  if (headers.get('sec-websocket-accept') !== expected) return 'the answer to the key is wrong'
  if (headers.get('sec-websocket-protocol') !== 'graphql-transport-ws') return 'the subprotocol is not ours'
  return headers.has('sec-websocket-extensions') ? 'an extension that nobody asked for' : null
}

type Reading = { read(chunk: Buffer): void }

/** Reads the answer to the handshake, and hands what follows it to `frames`. Throws `FrameError` where the server refused. */
const openHandshake = (frames: Reading, opened: () => void): Reading => {
  let head: Buffer | null = Buffer.alloc(0)
  return {
    read: (chunk) => {
      if (head === null) return frames.read(chunk)
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(headEnd)
      if (end < 0) return
      const [answer, rest] = [head.subarray(0, end).toString('latin1'), head.subarray(end + headEnd.length)]
      head = null
      const refusal = refusalOf(answer, accepted)
      if (refusal !== null) throw new FrameError(refusal)
      opened()
      if (rest.length > 0) frames.read(rest)
    },
  }
}

export const openConnection = (address: Address, handlers: ConnectionHandlers): Connection => {
  let over = false
  const end = (code: number | null, reason: string): void => {
    if (over) return
    over = true
    socket.destroy()
    handlers.closed(code, reason)
  }
  const onFrame: FrameHandlers = {
    text: (message) => {
      if (!over) handlers.text(message)
    },
    ping: (payload) => void socket.write(encodeFrame(opcodes.pong, payload)),
    close: (code, reason) => end(code, reason),
  }
  const reading = openHandshake(openFrameReader(onFrame), handlers.opened)
  const onRead = (bytes: number): boolean => {
    if (over) return true
    try {
      reading.read(readBuffer.subarray(0, bytes))
    } catch (error) {
      // Thrown further it would end the process, and leave the hub behind.
      end(null, error instanceof Error ? error.message : String(error))
    }
    return true
  }
  const { host, port, localAddress } = address
  const socket: Socket = connect({ host, port, noDelay: true, onread: { buffer: readBuffer, callback: onRead }, ...(localAddress === undefined ? {} : { localAddress }) })
  socket.once('connect', () => socket.write(upgradeOf(address)))
  socket.on('error', (error) => end(null, error.message))
  socket.once('close', () => end(null, 'the wire was cut'))
  return {
    sendText: (message) => over || socket.write(encodeText(message)),
    sendFrame: (frame) => over || socket.write(frame),
    close: () => over || socket.end(encodeFrame(opcodes.close, goodbye)),
    destroy: () => {
      over = true
      socket.destroy()
    },
  }
}
