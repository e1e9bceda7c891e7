import { fileURLToPath } from 'node:url'
import { Metadata, type status } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

/** A refusal with one of gRPC's status codes, and Google's ErrorInfo where there is a reason: https://google.aip.dev/193 */
export class GrpcError extends Error {
  readonly status: status
  readonly reason: string | null

  constructor(code: status, message: string, reason: string | null = null) {
    super(message)
    this.status = code
    this.reason = reason
  }
}

const types = loadSync(fileURLToPath(new URL('../../fuse/wires/google-rpc.proto', import.meta.url)))

const write = (name: string, message: object): Buffer => {
  const type = types[name]
  if (type === undefined || !('serialize' in type) || typeof type.serialize !== 'function') throw new Error(`no message ${name}`)
  return type.serialize(message)
}

/** The trailing metadata of a refusal. */
export const detailsOf = ({ status: code, message, reason }: GrpcError): Metadata => {
  const metadata = new Metadata()
  if (reason === null) return metadata
  const value = write('google.rpc.ErrorInfo', { reason, domain: 'orders.example.com' })
  const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value }]
  metadata.set('grpc-status-details-bin', write('google.rpc.Status', { code, message, details }))
  return metadata
}
