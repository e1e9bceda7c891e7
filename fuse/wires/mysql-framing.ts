import { connect } from 'node:net'
import { Duplex } from 'node:stream'
import { Malformed, Unreachable } from '../errors.ts'

/** A connection whose packets have been looked at before the driver sees them. */
export type Framed = {
  readonly stream: Duplex
  /** Whether the server has been asked something; what it says unasked ends the connection. Its greeting counts as asked for. */
  readonly expectAnswers: (are: boolean) => void
}

type Address = { readonly host: string; readonly port: number }

const headerBytes = 4
const keepAliveMs = 30_000

/** How the payload of an ERR packet begins, and a greeting of the only protocol version there is. */
const errMarker = 0xff
const greetingMarker = 0x0a

/** https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html */
const clientSsl = 0x800
const sslRequestBytes = 32

/**
 * Opens a TCP connection and checks what the server sends against the protocol's framing
 * (https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_packets.html): numbers out of their order are bytes of another protocol, for
 * the rest of which the driver would wait for ever; and an answer of more than `maxBytes` is cut before it is kept. Both destroy the stream with
 * `Malformed`. Once TLS has begun only the bytes are counted: its own checks are stricter.
 */
export const openFramed = (backend: string, address: Address, maxBytes: number): Framed => {
  const socket = connect(address).setNoDelay(true).setKeepAlive(true, keepAliveMs)
  const frames = checkFrames(backend, maxBytes)
  let isAsked = true
  const stream = new Duplex({
    read: () => void socket.resume(),
    write: (chunk: Buffer, _, done) => {
      frames.sent(chunk)
      socket.write(chunk, done)
    },
    final: (done) => void socket.end(done),
    destroy: (error, done) => {
      socket.destroy()
      done(error)
    },
  })
  socket.on('data', (chunk) => {
    const wrong = isAsked ? frames.received(chunk) : new Unreachable(backend, 'the server ended an idle connection')
    if (wrong) stream.destroy(wrong)
    else if (!stream.push(chunk)) socket.pause()
  })
  socket.once('connect', () => stream.emit('connect')).once('end', () => stream.push(null))
  socket.on('error', (error) => stream.destroy(error)).once('close', () => stream.destroy())
  return { stream, expectAnswers: (are) => { isAsked = are } }
}

/** Follows one connection; what is wrong with what was received, or null. */
export type Frames = {
  sent(chunk: Buffer): void
  received(chunk: Buffer): Malformed | Unreachable | null
}

/** The checks of `openFramed`, without a connection. */
export const checkFrames = (backend: string, maxBytes: number): Frames => {
  const turn = { isGreeted: false, isOpaque: false, number: 0, bytes: 0 }
  const packets = splitPackets((number, marker) => {
    const isNext = number === turn.number && (turn.isGreeted || marker === greetingMarker || marker === errMarker)
    turn.isGreeted = true
    turn.number = (number + 1) % 256
    if (isNext) return null
    // A server that goes down or ends a connection says so in the midst of what it was saying.
    return marker === errMarker && number === 0 ? new Unreachable(backend, 'the server ended the connection') : new Malformed(backend, 'not MySQL\'s protocol')
  })
  return {
    sent: (chunk) => {
      turn.bytes = 0
      // The driver writes a whole packet at once.
      if (!turn.isOpaque) turn.number = ((chunk[3] ?? 0) + 1) % 256
      turn.isOpaque ||= isSslRequest(chunk)
    },
    received: (chunk) => {
      turn.bytes += chunk.length
      if (turn.bytes > maxBytes) return new Malformed(backend, `an answer of more than ${maxBytes} bytes`)
      return turn.isOpaque ? null : packets(chunk)
    },
  }
}

const isSslRequest = (chunk: Buffer) =>
  chunk.length === headerBytes + sslRequestBytes && chunk[3] === 1 && (chunk.readUInt32LE(headerBytes) & clientSsl) !== 0

/** Calls back with the number of each packet and the first byte of its payload, however the chunks are cut; gives the first answer that is not null. */
const splitPackets = <T>(onPacket: (number: number, marker: number | undefined) => T | null) => {
  let head = Buffer.alloc(0)
  let rest = 0
  return (chunk: Buffer): T | null => {
    let at = 0
    while (at < chunk.length) {
      const skipped = Math.min(rest, chunk.length - at)
      rest -= skipped
      at += skipped
      const taken = chunk.subarray(at, at + headerBytes + 1 - head.length)
      head = Buffer.concat([head, taken])
      const length = head.length < headerBytes ? 1 : head.readUIntLE(0, 3)
      if (head.length < headerBytes + Math.min(length, 1)) return null
      // An empty packet has no marker: what was taken in its place is the next one's.
      at += taken.length - (length === 0 ? head.length - headerBytes : 0)
      rest = Math.max(0, length - 1)
      const found = onPacket(head[3] ?? 0, length === 0 ? undefined : head[headerBytes])
      head = Buffer.alloc(0)
      if (found !== null) return found
    }
    return null
  }
}
