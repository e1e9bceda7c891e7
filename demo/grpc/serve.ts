import { createServer, type Server as TcpServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { Metadata, type sendUnaryData, Server, ServerCredentials, type ServerUnaryCall, status } from '@grpc/grpc-js'
import type { ServiceDefinition } from '@grpc/proto-loader'
import { type Faults } from '../legacy/faults.ts'
import { GrpcError, detailsOf } from './status.ts'

/** From a request to its answer, as plain objects; throws a `GrpcError` to refuse. Anything else that it throws is INTERNAL. */
export type GrpcMethod = (request: unknown) => object

/** Like the stand-ins over HTTP: a request may have 1 MiB. */
const maxRequestBytes = 1024 * 1024

/** No message of any type: a field of a wire type that does not exist. */
const garbage = Buffer.alloc(12, 0xff)

type Call = ServerUnaryCall<unknown, Buffer>
type Answer = { readonly bytes: Buffer } | { readonly refused: GrpcError }

/** A gRPC server of unary methods, by way of the system's faults. `x-stand-in-ms` is in the trailing metadata of every answer. */
export const serveGrpc = (
  faults: Faults, service: ServiceDefinition, methods: Readonly<Record<string, GrpcMethod>>,
): { readonly server: TcpServer; readonly calls: number } => {
  const grpc = new Server({ 'grpc.max_receive_message_length': maxRequestBytes, 'grpc.enable_channelz': 0 })
  const sockets = new Map<string, Socket>()
  let calls = 0
  for (const [name, { path, requestDeserialize, responseSerialize }] of Object.entries(service)) {
    const decide = (request: unknown): Answer => decideWith(faults, methods[name], request, responseSerialize)
    const handle = (call: Call, respond: sendUnaryData<Buffer>): void => {
      calls += 1
      void answer(faults, decide, call, respond, () => sockets.get(call.getPeer())?.resetAndDestroy())
    }
    grpc.register(path, handle, (bytes: Buffer) => bytes, requestDeserialize, 'unary')
  }
  return { server: listenFor(grpc, sockets), get calls() { return calls } }
}

/** grpc-js's own listener can neither leave its port nor reset a connection; it is handed the connections of one that can. */
const listenFor = (grpc: Server, sockets: Map<string, Socket>): TcpServer => {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure())
  return createServer({ noDelay: true }, (socket) => {
    if (socket.destroyed) return
    const peer = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`
    sockets.set(peer, socket)
    socket.once('close', () => sockets.delete(peer))
    injector.injectConnection(socket)
  })
}

const answer = async (
  faults: Faults, decide: (request: unknown) => Answer, call: Call, respond: sendUnaryData<Buffer>, reset: () => void,
): Promise<void> => {
  const startedAt = performance.now()
  if (faults.failing) return reset()
  if (faults.name === 'hang') return
  const answered = decide(call.request)
  if (faults.takeLoss()) return reset()
  if (faults.delayMs > 0) await holdBack(faults.delayMs, call)
  const trailer = 'refused' in answered ? detailsOf(answered.refused) : new Metadata()
  trailer.set('x-stand-in-ms', (performance.now() - startedAt).toFixed(3))
  if ('refused' in answered) respond({ code: answered.refused.status, details: answered.refused.message, metadata: trailer })
  else respond(null, answered.bytes, trailer)
}

const decideWith = (
  faults: Faults, method: GrpcMethod | undefined, request: unknown, write: (answer: object) => Buffer,
): Answer => {
  if (faults.name === 'error') return { refused: broken }
  if (faults.name === 'garbage') return { bytes: garbage }
  try {
    if (method === undefined) throw new GrpcError(status.UNIMPLEMENTED, 'There is no such method.')
    return { bytes: write(method(request)) }
  } catch (error) {
    return { refused: error instanceof GrpcError ? error : broken }
  }
}

const broken = new GrpcError(status.INTERNAL, 'java.lang.NullPointerException: Cannot invoke "com.example.orders.Ledger.find()"')

const holdBack = (ms: number, call: Call) => new Promise<void>((resolve) => {
  const end = () => {
    clearTimeout(timer)
    call.off('cancelled', end)
    resolve()
  }
  const timer = setTimeout(end, ms)
  call.once('cancelled', end)
})
