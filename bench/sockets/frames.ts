import { randomFillSync } from 'node:crypto'

/* WebSocket frames by hand (RFC 6455 section 5): what a load generator needs of them, and nothing that allocates for each frame read. */

export const opcodes = { continuation: 0x0, text: 0x1, binary: 0x2, close: 0x8, ping: 0x9, pong: 0xa } as const

const maskBytes = 4
const keys = Buffer.alloc(8_192)
const keyring = { next: keys.length }

/** Where the next masking key lies in `keys`: random ones are made in bulk, as one call for each frame would be most of its cost. */
const nextKey = (): number => {
  if (keyring.next >= keys.length) {
    randomFillSync(keys)
    keyring.next = 0
  }
  keyring.next += maskBytes
  return keyring.next - maskBytes
}

const headerBytes = (length: number): number => {
  if (length < 126) return 2
  return length < 65_536 ? 4 : 10
}

const writeLength = (frame: Buffer, length: number): void => {
  if (length < 126) frame[1] = 0x80 | length
  else if (length < 65_536) {
    frame[1] = 0x80 | 126
    frame.writeUInt16BE(length, 2)
  } else {
    frame[1] = 0x80 | 127
    frame.writeBigUInt64BE(BigInt(length), 2)
  }
}

/** One whole, masked frame, as a client sends it (section 5.3). */
export const encodeFrame = (opcode: number, payload: Uint8Array, { fin = true }: { readonly fin?: boolean } = {}): Buffer => {
  const { length } = payload
  const keyAt = headerBytes(length)
  const frame = Buffer.allocUnsafe(keyAt + maskBytes + length)
  frame[0] = (fin ? 0x80 : 0) | opcode
  writeLength(frame, length)
  const from = nextKey()
  keys.copy(frame, keyAt, from, from + maskBytes)
  const start = keyAt + maskBytes
  for (let at = 0; at < length; at += 1) frame[start + at] = (payload[at] ?? 0) ^ (frame[keyAt + (at & 3)] ?? 0)
  return frame
}

export const encodeText = (text: string): Buffer => encodeFrame(opcodes.text, Buffer.from(text))

export type FrameHandlers = {
  /** A whole text message, its fragments put together. */
  text(message: string): void
  ping(payload: Buffer): void
  close(code: number | null, reason: string): void
}

/** A server sent what it must not: the connection is of no more use. */
export class FrameError extends Error {}

type Head = { readonly fin: boolean; readonly opcode: number; readonly start: number; readonly end: number }

const eightBytes = (bytes: Buffer, at: number): number => {
  const length = Number(bytes.readBigUInt64BE(at))
  if (length > 67_108_864) throw new FrameError(`a frame of ${length} bytes`)
  return length
}

/** The frame that begins at `at`; null while it is not whole. */
const readHead = (bytes: Buffer, at: number): Head | null => {
  const [first, second] = [bytes[at], bytes[at + 1]]
  if (first === undefined || second === undefined) return null
  if ((first & 0x70) !== 0) throw new FrameError('a reserved bit is set, and no extension was agreed on')
  if ((second & 0x80) !== 0) throw new FrameError('a server masks nothing')
  const short = second & 0x7f
  const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10)
  if (bytes.length < start) return null
  const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : eightBytes(bytes, at + 2)
  const end = start + length
  return bytes.length < end ? null : { fin: (first & 0x80) !== 0, opcode: first & 0xf, start, end }
}

/**
 * Reads the frames of one connection. `read` may be handed a buffer that the caller uses again: what is not whole yet is copied.
 * Throws `FrameError` on a breach of the protocol.
 */
export const openFrameReader = (handlers: FrameHandlers): { read(chunk: Buffer): void } => {
  let rest: Buffer | null = null
  let fragments: Buffer[] | null = null

  const onData = (bytes: Buffer, { fin, opcode, start, end }: Head): void => {
    if (opcode === opcodes.binary) throw new FrameError('a binary message')
    if ((opcode === opcodes.continuation) !== (fragments !== null)) throw new FrameError('a fragment of no message, or a message within another')
    if (fin && fragments === null) return handlers.text(bytes.toString('utf8', start, end))
    fragments ??= []
    fragments.push(Buffer.from(bytes.subarray(start, end)))
    if (!fin) return
    const whole = Buffer.concat(fragments)
    fragments = null
    handlers.text(whole.toString('utf8'))
  }

  const onControl = (bytes: Buffer, { fin, opcode, start, end }: Head): void => {
    if (!fin || end - start > 125) throw new FrameError('a control frame is short and whole')
    if (opcode === opcodes.ping) handlers.ping(Buffer.from(bytes.subarray(start, end)))
    else if (opcode === opcodes.close) handlers.close(end - start >= 2 ? bytes.readUInt16BE(start) : null, bytes.toString('utf8', Math.min(start + 2, end), end))
    else if (opcode !== opcodes.pong) throw new FrameError(`opcode ${opcode}`)
  }

  return {
    read: (chunk) => {
      const bytes = rest === null ? chunk : Buffer.concat([rest, chunk])
      let at = 0
      for (let head = readHead(bytes, at); head !== null; head = readHead(bytes, at)) {
        at = head.end
        if (head.opcode >= 0x8) onControl(bytes, head)
        else onData(bytes, head)
      }
      rest = at === bytes.length ? null : Buffer.from(bytes.subarray(at))
    },
  }
}
