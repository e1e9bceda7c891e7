import { isUtf8 } from 'node:buffer'
import { z } from 'zod'

/**
 * Whether bytes are a message of a type, by the types of its fields. protobufjs goes by their numbers alone: it reads a text where the .proto
 * says number as that text's length, and goes on. https://protobuf.dev/programming-guides/encoding/
 */
export type Shape = ReadonlyMap<number, FieldShape>

type FieldShape = {
  readonly wire: number
  /** Numbers in a list may be packed into one field of bytes. */
  readonly packable: boolean
  readonly isText: boolean
  /** Null where the field is no message. */
  readonly message: (() => Shape | null) | null
}

const field = z.object({ name: z.string(), number: z.int(), label: z.string(), type: z.string(), typeName: z.string() })

/** A DescriptorProto as @grpc/proto-loader gives it, as much as is read of it. */
export const descriptor = z.object({
  name: z.string(),
  field: z.array(field),
  get nestedType() { return z.array(descriptor) },
})
export type Descriptor = z.infer<typeof descriptor>

const bytes = 2
const wires: Readonly<Record<string, number>> = {
  TYPE_FIXED64: 1, TYPE_SFIXED64: 1, TYPE_DOUBLE: 1, TYPE_STRING: bytes, TYPE_BYTES: bytes, TYPE_MESSAGE: bytes,
  TYPE_GROUP: 3, TYPE_FIXED32: 5, TYPE_SFIXED32: 5, TYPE_FLOAT: 5,
}

/** The shapes of all the messages of a .proto and of what it imports, from their descriptors by full name. */
export const openShapes = (descriptors: ReadonlyMap<string, Descriptor>): ((name: string) => Shape | null) => {
  const shapes = new Map<string, Shape>()
  const shapeOf = (name: string): Shape | null => {
    const known = shapes.get(name)
    if (known) return known
    const found = find(descriptors, name)
    if (!found) return null
    const shape = new Map(found.field.map((one) => [one.number, fieldShape(one, name)]))
    shapes.set(name, shape)
    return shape
  }
  const fieldShape = ({ type, typeName, label }: Descriptor['field'][number], scope: string): FieldShape => {
    const wire = wires[type] ?? 0
    return {
      wire,
      packable: label === 'LABEL_REPEATED' && wire !== bytes && wire !== 3,
      isText: type === 'TYPE_STRING',
      message: type === 'TYPE_MESSAGE' ? () => shapeOf(resolve(descriptors, scope, typeName)) : null,
    }
  }
  return shapeOf
}

/** By its full name; a type inside a message (an entry of a map, say) is in that message's descriptor only. */
const find = (descriptors: ReadonlyMap<string, Descriptor>, name: string): Descriptor | null => {
  const known = descriptors.get(name)
  if (known) return known
  const dot = name.lastIndexOf('.')
  const outer = dot < 0 ? null : find(descriptors, name.slice(0, dot))
  return outer?.nestedType.find((inner) => inner.name === name.slice(dot + 1)) ?? null
}

/** Names are relative to the innermost scope in which they mean something, like C++'s. */
const resolve = (descriptors: ReadonlyMap<string, Descriptor>, scope: string, name: string): string => {
  if (name.startsWith('.')) return name.slice(1)
  const parts = scope.split('.')
  const scopes = parts.map((_, index) => parts.slice(0, parts.length - index).join('.'))
  return scopes.map((outer) => `${outer}.${name}`).find((full) => find(descriptors, full)) ?? name
}

const deepest = 100

/** Fields that the shape does not have are passed over, as newer servers send them. */
export const fits = (message: Buffer, shape: Shape | null, depth = 0): boolean => {
  if (depth > deepest) return false
  const at = { offset: 0 }
  while (at.offset < message.length) {
    const tag = readVarint(message, at)
    if (tag === null || !fieldFits(message, at, shape?.get(Math.floor(tag / 8)), tag % 8, depth)) return false
  }
  return at.offset === message.length
}

type At = { offset: number }

const fieldFits = (message: Buffer, at: At, known: FieldShape | undefined, wire: number, depth: number): boolean => {
  if (known && wire !== known.wire && !(known.packable && wire === bytes)) return false
  if (wire === 0) return readVarint(message, at) !== null
  if (wire === 1 || wire === 5) {
    at.offset += wire === 1 ? 8 : 4
    return at.offset <= message.length
  }
  // Groups are of proto2 and deprecated there: nothing is known that sends them.
  if (wire !== bytes) return false
  const length = readVarint(message, at)
  if (length === null || at.offset + length > message.length) return false
  const content = message.subarray(at.offset, at.offset + length)
  at.offset += length
  if (known?.isText) return isUtf8(content)
  return known?.message ? fits(content, known.message(), depth + 1) : true
}

/** Null where it does not end. Exact up to 2⁵³, which is more than any tag or length. */
const readVarint = (message: Buffer, at: At): number | null => {
  let value = 0
  for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
    const byte = message[at.offset]
    if (byte === undefined) return null
    at.offset += 1
    value += (byte & 0x7f) * factor
    if (byte < 0x80) return value
  }
  return null
}
