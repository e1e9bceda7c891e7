import type { ClientUnaryCall, ServiceError } from '@grpc/grpc-js'
import { Metadata } from '@grpc/grpc-js'
import type { CallOptions } from '../call.ts'
import { Malformed, TimedOut, Unreachable } from '../errors.ts'
import type { BackendSettings } from '../settings.ts'
import { channelOpener, type GrpcChannel } from './grpc-channel.ts'
import { toFailure } from './grpc-status.ts'
import { abortedAs } from './http.ts'
import { loadMethods, type UnaryMethod } from './proto.ts'

export { GrpcRefused, type GrpcErrorInfo, type GrpcRefusal } from './grpc-status.ts'

/** gRPC over HTTP/2, unary calls (https://grpc.github.io/grpc/core/md_doc_p_r_o_t_o_c_o_l-_h_t_t_p2.html). */
export type GrpcWire<M extends string> = AsyncDisposable & {
  /**
   * The answer as a plain object, in the manner of `proto.ts`. Throws `GrpcRefused` where the server says that it does not accept the call;
   * `Faulted`, `Unreachable`, `TimedOut`, `Malformed` or `Cancelled` otherwise. Nothing is sent twice.
   */
  call(method: M, request: object, opt: CallOptions): Promise<object>
}

export type GrpcService<M extends string> = {
  /** A path or `file:` URL. */
  readonly proto: string | URL
  /** `package.Service` */
  readonly service: string
  /** All that will be called. */
  readonly methods: readonly M[]
}

/**
 * Connects at the first call; `settings.url` is `grpc://host:port`, or `grpcs://host:port` for TLS with the certificates that Node trusts.
 * `settings.headers` are sent as metadata, those that end in `-bin` from Base64. Throws where the .proto can't be read or does not have what will
 * be called, and where a header can be no metadata.
 */
export const openGrpcWire = <M extends string>(settings: BackendSettings, { proto, service, methods }: GrpcService<M>): GrpcWire<M> => {
  const loaded = loadMethods(proto, service, methods)
  const metadata = metadataOf(settings)
  const connection = openConnection(settings)
  return {
    call: async (name, request, opt) => {
      const method = loaded.get(name)
      if (!method) throw new TypeError(`${name} is not among the methods of this wire`)
      const bytes = writeRequest(settings.name, method, request)
      if (opt.signal.aborted) throw abortedAs(settings.name, opt.signal)
      const sent = metadata.clone()
      if (opt.traceparent !== undefined) sent.set('traceparent', opt.traceparent)
      const answer = method.read(await connection.send(method.path, bytes, sent, opt.signal))
      if (answer === null) throw new Malformed(settings.name, `${method.path}: an answer that the .proto does not describe`)
      return answer
    },
    [Symbol.asyncDispose]: () => connection[Symbol.asyncDispose](),
  }
}

const writeRequest = (backend: string, method: UnaryMethod, request: object): Buffer => {
  try {
    return method.write(request)
  } catch (error) {
    throw new Malformed(backend, `${method.path}: a request that the .proto does not describe`, { cause: error })
  }
}

/** What gRPC and HTTP/2 say with names of their own. */
const reserved = /^(?:grpc-.*|te|host|content-type|content-length|user-agent|connection|keep-alive|proxy-connection|transfer-encoding|upgrade|http2-settings)$/
const base64 = /^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/

const metadataOf = ({ name, headers }: BackendSettings): Metadata => {
  const metadata = new Metadata()
  for (const [header, value] of Object.entries(headers)) {
    const key = header.toLowerCase()
    const isBinary = key.endsWith('-bin')
    const isSendable = /^[0-9a-z_.-]+$/.test(key) && !reserved.test(key) && (isBinary ? base64 : /^[ -~]*$/).test(value)
    // Not the value: it may be a password.
    if (!isSendable) throw new Error(`${name}: the header ${key} can't be sent over gRPC${isBinary ? '; its value must be Base64' : ''}`)
    metadata.set(key, isBinary ? Buffer.from(value, 'base64') : value)
  }
  return metadata
}

type Channel = GrpcChannel & { readonly calls: Set<ClientUnaryCall>; retired: boolean }

type Connection = AsyncDisposable & {
  send(path: string, request: Buffer, metadata: Metadata, signal: AbortSignal): Promise<Buffer>
}

/**
 * One HTTP/2 connection, made when it is needed. A channel that can't connect would refuse calls by itself until its backoff is over, and one
 * whose packets are lost would wait for TCP; so after a failed attempt and after a call that timed out the next call gets a new one, as over the
 * other wires, and how often to try is the fuse's business. Calls that are still under way on the old one have their answers from it.
 */
const openConnection = (settings: BackendSettings): Connection => {
  const open = channelOpener(settings)
  const channels = new Set<Channel>()
  const state: { current: Channel | null; disposed: boolean } = { current: null, disposed: false }
  const retire = (channel: Channel): void => {
    channel.retired = true
    if (state.current === channel) state.current = null
  }
  const connect = (): Channel => {
    const channel = { ...open(), calls: new Set<ClientUnaryCall>(), retired: false }
    channels.add(channel)
    return channel
  }
  const tidy = (channel: Channel, failed: boolean): void => {
    if (failed && !channel.isWell()) retire(channel)
    if (channel.retired && channel.calls.size === 0 && channels.delete(channel)) channel.close()
  }
  return {
    send: (path, request, metadata, signal) => {
      if (state.disposed) return Promise.reject(new Unreachable(settings.name, 'this wire has been closed'))
      const channel = state.current ??= connect()
      const answered = Promise.withResolvers<Buffer>()
      const settle = (error: ServiceError | null, answer?: Buffer): void => {
        signal.removeEventListener('abort', abort)
        channel.calls.delete(call)
        tidy(channel, error !== null)
        if (answer) answered.resolve(answer)
        else answered.reject(error ? toFailure(settings.name, error, settings.maxResponseBytes) : new Malformed(settings.name, 'no answer'))
      }
      const call = channel.client.makeUnaryRequest(path, same, same, request, metadata, settle)
      const abort = (): void => {
        const failure = abortedAs(settings.name, signal)
        // Before the caller knows, who may ask again at once.
        if (failure instanceof TimedOut || !channel.isWell()) retire(channel)
        answered.reject(failure)
        call.cancel()
      }
      channel.calls.add(call)
      signal.addEventListener('abort', abort, { once: true })
      return answered.promise
    },
    [Symbol.asyncDispose]: async () => {
      state.disposed = true
      for (const channel of channels) {
        retire(channel)
        for (const call of channel.calls) call.cancel()
        tidy(channel, false)
      }
    },
  }
}

/** Messages are read and written outside grpc-js, so that what can't be read is told from what the server says. */
const same = (bytes: Buffer): Buffer => bytes
