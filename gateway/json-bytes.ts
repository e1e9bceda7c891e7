/*
 * The JSON of an answer as UTF-8 bytes, the same that `JSON.stringify` and an encoder would make. `JSON.stringify` is as fast as anything while its text is short; one of
 * more than 128 KB is an object that V8 asks the system for each time, page by page, which costs as much as the writing. So long lists are made into text piece by piece.
 */

const startBytes = 65_536
/** What a larger answer needed is given back. */
const keptBytes = 4 * 1_024 * 1_024

/** One answer is written at a time, from its beginning to its end. */
let bytes = Buffer.allocUnsafeSlow(startBytes)
let at = 0

/** Throws what `JSON.stringify` throws: of a BigInt, and of what contains itself. */
export const toJsonBytes = (value: unknown): Buffer => {
  if (!hasLongList(value, deepest)) return Buffer.from(JSON.stringify(value))
  at = 0
  write(value, deepest)
  const written = Buffer.from(bytes.subarray(0, at))
  if (bytes.length > keptBytes) bytes = Buffer.allocUnsafeSlow(startBytes)
  return written
}

const [comma, openBracket, closeBracket, openBrace, closeBrace] = [0x2c, 0x5b, 0x5d, 0x7b, 0x7d] as const

const reserve = (count: number): void => {
  if (at + count <= bytes.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(bytes.length * 2, at + count))
  bytes.copy(larger, 0, 0, at)
  bytes = larger
}

const putByte = (byte: number): void => {
  reserve(1)
  bytes[at] = byte
  at += 1
}

/** Three bytes are the most that a code unit of text takes: what takes four is two of them. */
const putText = (text: string): void => {
  reserve(3 * text.length)
  at += bytes.write(text, at)
}

/** So many objects and short lists within each other are looked into for a long list. */
const deepest = 8
const shortList = 16

const hasLongList = (value: unknown, levels: number): value is object => {
  if (levels === 0 || typeof value !== 'object' || value === null) return false
  if (isList(value)) return !('toJSON' in value) && (value.length > shortList || value.some((each) => hasLongList(each, levels - 1)))
  if (!isPlain(value)) return false
  for (const key in value) if (hasLongList(value[key], levels - 1)) return true
  return false
}

const isList = (value: object): value is readonly unknown[] => Array.isArray(value)

const isPlain = (value: object): value is Readonly<Record<string, unknown>> => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return (prototype === Object.prototype || prototype === null) && !('toJSON' in value)
}

/** Writes what has a long list in it. */
const write = (value: object, levels: number): void => {
  if (!isList(value)) writeObject(value, levels)
  else if (value.length > shortList) writeList(value)
  else writeShortList(value, levels)
}

const writeObject = (value: object, levels: number): void => {
  putByte(openBrace)
  let isFirst = true
  for (const [key, member] of Object.entries(value)) {
    const long = hasLongList(member, levels - 1) ? member : null
    const text = long ? '' : toText(member)
    if (text === undefined) continue
    putText(`${isFirst ? '' : ','}${JSON.stringify(key)}:${text}`)
    isFirst = false
    if (long) write(long, levels - 1)
  }
  putByte(closeBrace)
}

/** TypeScript has it that there is always a text; of a function, for one, there is none. */
const toText: (value: unknown) => string | undefined = JSON.stringify

const writeShortList = (values: readonly unknown[], levels: number): void => {
  putByte(openBracket)
  for (const [index, value] of values.entries()) {
    if (index > 0) putByte(comma)
    if (hasLongList(value, levels - 1)) write(value, levels - 1)
    else putText(toText(value) ?? 'null')
  }
  putByte(closeBracket)
}

/** The text of a piece is to have about so many characters. */
const pieceLength = 16_384
const mostInPiece = 1_024

/** A piece is a list with brackets of its own: its first one is a comma in the whole, and its last one is overwritten by what follows. */
const writeList = (values: readonly unknown[]): void => {
  let count = 1
  for (let from = 0; from < values.length; ) {
    const text = JSON.stringify(values.slice(from, from + count))
    const start = at
    putText(text)
    if (from > 0) bytes[start] = comma
    at -= 1
    from += count
    count = Math.min(mostInPiece, Math.max(1, Math.floor((pieceLength * count) / text.length)))
  }
  putByte(closeBracket)
}
