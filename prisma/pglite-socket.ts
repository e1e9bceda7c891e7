import { Duplex } from 'node:stream'
import { joinBytes } from './join-bytes.ts'

/** Where the bytes of a connection go. */
export type PgliteWire = {
  begin(): void
  send(bytes: Uint8Array<ArrayBuffer>): void
  end(): void
}

type Written = { readonly chunk: Uint8Array }

/** What `pg` takes for the socket to a server. Its words for one message are corked, and leave as one. */
export class PgliteSocket extends Duplex {
  readonly #wire: PgliteWire

  constructor(wire: PgliteWire) {
    super()
    this.#wire = wire
  }

  connect(): this {
    this.#wire.begin()
    return this
  }

  begun(): void {
    this.emit('connect')
  }

  answered(bytes: Uint8Array<ArrayBuffer>): void {
    // A view of the same memory: `pg` reads by Buffer's methods.
    this.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  }

  // A socket has these, and there is nothing to set here.
  setNoDelay(): this {
    return this
  }

  setKeepAlive(): this {
    return this
  }

  ref(): this {
    return this
  }

  unref(): this {
    return this
  }

  override _read(): void {
    // Answers are pushed when they come: one a question, so nothing piles up.
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#wire.send(joinBytes([chunk]))
    done()
  }

  override _writev(written: readonly Written[], done: () => void): void {
    this.#wire.send(joinBytes(written.map(({ chunk }) => chunk)))
    done()
  }

  override _final(done: () => void): void {
    this.push(null)
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#wire.end()
    done(error)
  }
}
