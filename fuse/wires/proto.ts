import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { loadSync } from '@grpc/proto-loader'
import type { AnyDefinition, MessageTypeDefinition, MethodDefinition, PackageDefinition, ServiceDefinition } from '@grpc/proto-loader'
import { descriptor, fits, openShapes, type Shape } from './proto-shape.ts'

/**
 * Messages of a .proto as plain objects: fields in camelCase, those that were not sent with their defaults (messages: null), 64-bit numbers as
 * text, enums by name, and by number where the .proto has no name for it. Imports are looked for beside the file; Google's well-known types are known.
 */
const options = { longs: String, enums: String, defaults: true, oneofs: true }

/** A method of a service: its path on the wire, and its messages. */
export type UnaryMethod = {
  /** `/package.Service/Method` */
  readonly path: string
  /** Throws where the request has a field that the .proto does not have, or a value that does not fit its field. */
  write(request: object): Buffer
  /** Null where the bytes are no such message. */
  read(bytes: Buffer): object | null
}

/** The .proto at a path or `file:` URL. Throws where it can't be read, has no such service, or the service no such unary method. */
export const loadMethods = <M extends string>(proto: string | URL, service: string, names: readonly M[]): ReadonlyMap<M, UnaryMethod> => {
  const loaded = load(proto)
  const definition = loaded.types[service]
  if (!definition || !isService(definition)) throw new Error(`${loaded.path} has no service ${service}`)
  return new Map(names.map((name) => [name, openMethod(loaded, definition[name], `${loaded.path}: ${service}.${name}`)]))
}

/** Reads messages by the full name of their type; null where the bytes are no such message. */
export const loadReader = (proto: string | URL): ((name: string, bytes: Buffer) => object | null) => {
  const { types, shapeOf } = load(proto)
  return (name, bytes) => {
    const type = types[name]
    return type && isMessage(type) ? read(type, shapeOf(name), bytes) : null
  }
}

/** The types of a .proto, and the shapes of its messages. */
type Loaded = { readonly path: string; readonly types: PackageDefinition; readonly shapeOf: (name: string) => Shape | null }

type MessageType = MessageTypeDefinition<object, object>

const load = (proto: string | URL): Loaded => {
  const path = typeof proto === 'string' ? proto : fileURLToPath(proto)
  const types = loadSync(path, options)
  const messages = Object.entries(types).flatMap(([name, type]) => (isMessage(type) ? [[name, descriptor.parse(type.type)] as const] : []))
  return { path, types, shapeOf: openShapes(new Map(messages)) }
}

const isMessage = (definition: AnyDefinition): definition is MessageType => definition['format'] === 'Protocol Buffer 3 DescriptorProto'
const isService = (definition: AnyDefinition): definition is ServiceDefinition => typeof definition['format'] !== 'string'

const openMethod = (loaded: Loaded, method: MethodDefinition<object, object> | undefined, what: string): UnaryMethod => {
  if (!method) throw new Error(`${what} is not there`)
  if (method.requestStream || method.responseStream) throw new Error(`${what} streams; only unary methods can be called`)
  const known = new Set(descriptor.parse(method.requestType.type).field.map(({ name }) => name))
  const shape = loaded.shapeOf(nameOf(loaded.types, method.responseType))
  return {
    path: method.path,
    write: (request) => {
      // What the .proto does not have would be left out without a word: an idempotency key, perhaps.
      const stray = Object.keys(request).find((key) => !known.has(key))
      if (stray !== undefined) throw new TypeError(`${what}: its request has no field ${stray}`)
      return method.requestSerialize(request)
    },
    read: (bytes) => read(method.responseType, shape, bytes),
  }
}

/** A method's types come without their packages. */
const nameOf = (types: PackageDefinition, { type }: MessageType): string =>
  Object.entries(types).find(([, other]) => isMessage(other) && isDeepStrictEqual(other.type, type))?.[0] ?? ''

const read = (type: MessageType, shape: Shape | null, bytes: Buffer): object | null => {
  if (!fits(bytes, shape)) return null
  try {
    return type.deserialize(bytes)
  } catch {
    return null
  }
}
