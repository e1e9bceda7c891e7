import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { type Metadata, type sendUnaryData, Server, ServerCredentials, type ServerOptions, type ServerUnaryCall } from '@grpc/grpc-js'
import { loadSync, type MethodDefinition } from '@grpc/proto-loader'

export const wordsProto = new URL('words.proto', import.meta.url)

/** A call as it arrived: its message is whatever bytes it had. */
export type GrpcCall = ServerUnaryCall<Buffer, Buffer>
export type GrpcHeard = { readonly method: string; readonly request: object; readonly metadata: Metadata }
export type GrpcAnswering = (heard: GrpcHeard, respond: sendUnaryData<Buffer>, call: GrpcCall) => void

export type GrpcServer = AsyncDisposable & {
  readonly url: string
  readonly port: number
  readonly heard: readonly GrpcHeard[]
  /** Connections that were opened so far. */
  readonly connections: number
  /** Connections open now. */
  openSockets(): number
  resetSockets(): void
}

export type GrpcServerOptions = {
  readonly port?: number
  readonly credentials?: ServerCredentials
  readonly channel?: ServerOptions
  /** What it serves; of `words.proto` the method `Say` alone, if nothing is said. */
  readonly methods?: readonly GrpcMethod[]
}

/** A gRPC server on a loopback port that remembers what it was asked. */
export const startGrpcServer = async (answer: GrpcAnswering, opt: GrpcServerOptions = {}): Promise<GrpcServer> => {
  const heard: GrpcHeard[] = []
  const grpc = new Server(opt.channel)
  for (const method of opt.methods ?? [say]) {
    const handle = (call: GrpcCall, respond: sendUnaryData<Buffer>): void => {
      const one = { method: call.getPath(), request: method.requestDeserialize(call.request), metadata: call.metadata }
      heard.push(one)
      answer(one, respond, call)
    }
    grpc.register(method.path, handle, (bytes: Buffer) => bytes, (bytes: Buffer) => bytes, 'unary')
  }
  const injector = grpc.createConnectionInjector(opt.credentials ?? ServerCredentials.createInsecure())
  const sockets = new Set<Socket>()
  const state = { connections: 0 }
  const server = createServer((socket) => {
    state.connections += 1
    sockets.add(socket)
    socket.on('error', () => {}).once('close', () => sockets.delete(socket))
    injector.injectConnection(socket)
  })
  await once(server.listen(opt.port ?? 0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    url: `grpc://127.0.0.1:${port}`,
    port,
    heard,
    get connections() { return state.connections },
    openSockets: () => sockets.size,
    resetSockets: () => {
      for (const socket of sockets) socket.resetAndDestroy()
    },
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
      grpc.forceShutdown()
    },
  }
}

export type GrpcMethod = MethodDefinition<object, object>

/** The methods of a service, by name. */
export const methodsOf = (proto: URL, service: string): ReadonlyMap<string, GrpcMethod> => {
  const definition = loadSync(fileURLToPath(proto), { longs: String, enums: String, defaults: true, oneofs: true })[service]
  if (definition === undefined || typeof definition['format'] === 'string') throw new Error(`no service ${service}`)
  return new Map(Object.entries(definition))
}

const say = methodsOf(wordsProto, 'words.v1.WordService').get('Say') ?? assert.fail('no method Say')

/** A message of `words.proto` as bytes. */
export const words = (message: object): Buffer => say.responseSerialize(message)
