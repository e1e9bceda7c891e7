import type { Metadata, ServiceError } from '@grpc/grpc-js'
import { status as codes } from '@grpc/grpc-js'
import { z } from 'zod'
import { Faulted, Malformed, Refused, TimedOut, Unreachable } from '../errors.ts'
import { loadReader } from './proto.ts'

/** Why a call was refused, in words made for programs: https://google.aip.dev/193#errorinfo */
export type GrpcErrorInfo = { readonly reason: string; readonly domain: string; readonly metadata: Readonly<Record<string, string>> }

const refusing = [
  'INVALID_ARGUMENT', 'NOT_FOUND', 'ALREADY_EXISTS', 'PERMISSION_DENIED', 'FAILED_PRECONDITION', 'ABORTED', 'OUT_OF_RANGE', 'UNAUTHENTICATED',
] as const
/** The status codes that say: the server is well and does not accept this call. */
export type GrpcRefusal = (typeof refusing)[number]

/** One of those codes, and the `ErrorInfo` of its details where the server sent one that can be read. */
export class GrpcRefused extends Refused {
  readonly status: GrpcRefusal
  readonly errorInfo: GrpcErrorInfo | null

  constructor(backend: string, status: GrpcRefusal, message: string, errorInfo: GrpcErrorInfo | null) {
    super(backend, message)
    this.status = status
    this.errorInfo = errorInfo
  }
}

/** What a call of ours that nobody cancelled ended with, as a failure: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
export const toFailure = (backend: string, error: ServiceError, maxResponseBytes: number): Error => {
  const name = error.code in codes ? codes[error.code] : 'a status of its own'
  const message = `${name}: ${error.details.slice(0, 500).trim()}`
  const refusal = refusing.find((code) => code === name)
  if (refusal) return new GrpcRefused(backend, refusal, message, errorInfoOf(error.metadata))
  // CANCELLED: the stream was reset, by the server or something in between, before the answer was whole.
  if (isNoHttp2(error.details)) return new Malformed(backend, 'not HTTP/2')
  if (name === 'UNAVAILABLE' || name === 'CANCELLED') return new Unreachable(backend, message)
  if (name === 'DEADLINE_EXCEEDED') return new TimedOut(backend, message)
  // grpc-js gives UNIMPLEMENTED, too, where an answer has no message or two.
  if (name === 'UNIMPLEMENTED') return new Malformed(backend, `the server has no such method, or another .proto (${message})`)
  if (isOurLimit(error.details, maxResponseBytes)) return new Malformed(backend, `an answer of more than ${maxResponseBytes} bytes`)
  if (isUnpackable(error.details)) return new Malformed(backend, message)
  return new Faulted(backend, message)
}

/** What nghttp2 says of bytes that are no frames, where a connection should begin, and in the middle of one. */
const isNoHttp2 = (details: string): boolean =>
  /^(No connection established\. Last error: Protocol error\b|Received RST_STREAM with code \d+ triggered by internal client error: (Protocol error|Frame size error)\b)/i.test(details)

/** RESOURCE_EXHAUSTED is also what a server says that has no room left; only grpc-js itself names the limit that we set. */
const isOurLimit = (details: string, maxResponseBytes: number): boolean =>
  new RegExp(`^Received message (larger than max \\(\\d+ vs|that decompresses to a size larger than) ${maxResponseBytes}\\b`).test(details)

/** What grpc-js says, as INTERNAL or UNKNOWN, of a message that it can't unpack. */
const isUnpackable = (details: string): boolean =>
  /^(Failed to decompress |Compression method not supported|Received message compressed with unsupported)/.test(details)

const read = loadReader(new URL('google-rpc.proto', import.meta.url))

const richStatus = z.object({ details: z.array(z.object({ type_url: z.string(), value: z.instanceof(Buffer) })) })
const errorInfo: z.ZodType<GrpcErrorInfo> = z.object({ reason: z.string(), domain: z.string(), metadata: z.record(z.string(), z.string()) })

/** Null where there are no details, none of this kind, or none that can be read: the status code says enough then. */
const errorInfoOf = (metadata: Metadata): GrpcErrorInfo | null => {
  const [bytes] = metadata.get('grpc-status-details-bin')
  if (!Buffer.isBuffer(bytes)) return null
  const { details } = richStatus.safeParse(read('google.rpc.Status', bytes)).data ?? { details: [] }
  const detail = details.find(({ type_url: url }) => url.endsWith('/google.rpc.ErrorInfo'))
  return detail ? errorInfo.safeParse(read('google.rpc.ErrorInfo', detail.value)).data ?? null : null
}
