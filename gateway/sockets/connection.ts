import type { WebSocket } from 'ws'
import type { Caller } from '../../subgraphs/context.ts'
import type { Authenticated } from '../caller.ts'
import { ackMessage, closings, closingTwice, completeMessage, errorMessage, nextMessage, pongMessage, readMessage } from './protocol.ts'
import type { ClientMessage, Closing, SubscribePayload } from './protocol.ts'

/** What runs on a socket. */
export type Operation = {
  /** A query or a mutation is finished when the hub stops; a subscription is begun anew elsewhere. */
  readonly kind: 'request' | 'subscription'
  /** Nobody waits for it any more. */
  stop(): void
}

export type SocketBounds = {
  /** Operations that run on one socket. */
  readonly subscriptions: number
  /** What waits for a slow client, in bytes. */
  readonly queuedBytes: number
}

/** What a connection needs of the door that it came in by. */
export type Host = {
  readonly bounds: SocketBounds
  authenticate(params: Readonly<Record<string, unknown>>): Promise<Authenticated>
  /** Why somebody could not be checked, in the words of the protocol. */
  closingFor(error: unknown): Closing
  /** It said who it is. */
  acknowledged(connection: Connection): void
  /** Begins an operation; whatever is wrong with it is told by `connection.refuse`. */
  start(connection: Connection, id: string, payload: SubscribePayload, caller: Caller): void
  /** Too much runs on this socket for one more. */
  overloaded(): readonly object[]
  left(connection: Connection, code: number): void
}

type State =
  | { readonly kind: 'OPENED' | 'CHECKING' | 'CLOSED' }
  | { readonly kind: 'ACKNOWLEDGED' | 'DRAINING'; readonly caller: Caller }

const opened: State = { kind: 'OPENED' }
const checking: State = { kind: 'CHECKING' }
const closed: State = { kind: 'CLOSED' }

const readyOpen = 1

/**
 * One socket and what runs on it. There may be a hundred thousand, so it holds as little as it can, and knows neither how a caller is checked
 * nor how an operation is carried out.
 */
export class Connection {
  readonly address: string
  readonly #socket: WebSocket
  readonly #host: Host
  readonly #operations = new Map<string, Operation>()
  #state: State = opened
  #isAlive = true
  #expiresAt = 0
  #closedAt: number | null = null

  constructor(socket: WebSocket, address: string, host: Host) {
    this.#socket = socket
    this.#host = host
    this.address = address
    socket.on('message', (bytes, isBinary) => this.#receive(bytes, isBinary))
    socket.on('ping', (bytes) => this.#answerPing(bytes))
    socket.on('pong', () => this.#hear())
    // What is wrong with a frame, or with the wire, closes the socket in the words of RFC 6455.
    socket.on('error', () => undefined)
    socket.once('close', (code) => this.#leave(code))
  }

  /** Whether it has to say who it is yet. */
  get isSilent(): boolean {
    return this.#state.kind === 'OPENED'
  }

  /** Until when its token says who it is; Unix milliseconds, and 0 where nobody has said anything. */
  get expiresAt(): number {
    return this.#expiresAt
  }

  /** When the hub closed it, by `performance.now()`; its client has not answered yet. */
  get closedAt(): number | null {
    return this.#closedAt
  }

  /** `payload` is JSON. */
  next(idText: string, payload: string): void {
    this.#send(nextMessage(idText, payload))
  }

  /** It is over, and well. */
  complete(id: string): void {
    this.#send(completeMessage(JSON.stringify(id)))
    this.#forget(id)
  }

  /** It never began, or can't go on. */
  refuse(id: string, errors: readonly object[]): void {
    this.#send(errorMessage(JSON.stringify(id), errors))
    this.#forget(id)
  }

  /** Takes its place on this socket; to be called before anything is awaited, or two of one id would both begin. */
  run(id: string, operation: Operation): void {
    this.#operations.set(id, operation)
  }

  /** Stops what runs on it, and tells the client why. */
  close({ code, reason }: Closing): void {
    if (this.#state === closed) return
    this.#state = closed
    this.#closedAt = performance.now()
    this.#stopAll()
    this.#socket.close(code, reason)
  }

  /** Closes it as soon as no query or mutation runs on it. */
  drain(): void {
    if (this.#state.kind === 'ACKNOWLEDGED') this.#state = { kind: 'DRAINING', caller: this.#state.caller }
    this.#closeDrained()
  }

  terminate(): void {
    this.#socket.terminate()
  }

  /** Asks for a sign of life; whoever gave none since the last time is dead. */
  ping(): void {
    if (!this.#isAlive) return this.terminate()
    this.#isAlive = false
    if (this.#socket.readyState === readyOpen) this.#socket.ping()
  }

  #receive(bytes: unknown, isBinary: boolean): void {
    this.#isAlive = true
    if (this.#state === closed) return
    const message = isBinary || !Buffer.isBuffer(bytes) ? null : readMessage(bytes.toString())
    if (message) this.#handle(message)
    else this.close(closings.invalid)
  }

  #handle(message: ClientMessage): void {
    if (message.type === 'connection_init') return this.#initialise(message.payload ?? {})
    if (message.type === 'ping') return this.#send(pongMessage)
    if (message.type === 'subscribe') return this.#subscribe(message.id, message.payload)
    if (message.type === 'complete') this.#stop(message.id)
  }

  #initialise(params: Readonly<Record<string, unknown>>): void {
    if (this.#state !== opened) return this.close(closings.initTwice)
    this.#state = checking
    this.#host.authenticate(params).then(
      (authenticated) => this.#acknowledge(authenticated),
      (error: unknown) => this.close(this.#host.closingFor(error)),
    )
  }

  #acknowledge({ caller, expiresAt }: Authenticated): void {
    if (this.#state !== checking) return
    this.#state = { kind: 'ACKNOWLEDGED', caller }
    this.#expiresAt = expiresAt
    this.#host.acknowledged(this)
    this.#send(ackMessage)
  }

  #subscribe(id: string, payload: SubscribePayload): void {
    // It is about to be closed, and its client to begin this elsewhere.
    if (this.#state.kind === 'DRAINING') return
    if (this.#state.kind !== 'ACKNOWLEDGED') return this.close(closings.unauthorized)
    if (this.#operations.has(id)) return this.close(closingTwice(id))
    if (this.#operations.size >= this.#host.bounds.subscriptions) return this.#send(errorMessage(JSON.stringify(id), this.#host.overloaded()))
    this.#host.start(this, id, payload, this.#state.caller)
  }

  #answerPing(bytes: Buffer): void {
    this.#hear()
    if (this.#isKeepingUp() && this.#socket.readyState === readyOpen) this.#socket.pong(bytes)
  }

  #hear(): void {
    this.#isAlive = true
  }

  #send(text: string): void {
    if (this.#state !== closed && this.#isKeepingUp()) this.#socket.send(text)
  }

  /** What it was sent before and has not read is bounded; one more than that, and it has to come back when it can. */
  #isKeepingUp(): boolean {
    if (this.#socket.bufferedAmount <= this.#host.bounds.queuedBytes) return true
    this.close(closings.slow)
    return false
  }

  #forget(id: string): void {
    this.#operations.delete(id)
    this.#closeDrained()
  }

  #stop(id: string): void {
    const operation = this.#operations.get(id)
    this.#operations.delete(id)
    operation?.stop()
    this.#closeDrained()
  }

  #closeDrained(): void {
    if (this.#state.kind === 'ACKNOWLEDGED') return
    for (const { kind } of this.#operations.values()) if (kind === 'request') return
    if (this.#state.kind !== 'CLOSED') this.close(closings.restart)
  }

  #stopAll(): void {
    const running = [...this.#operations.values()]
    this.#operations.clear()
    for (const operation of running) operation.stop()
  }

  #leave(code: number): void {
    this.#state = closed
    this.#stopAll()
    this.#host.left(this, code)
  }
}
