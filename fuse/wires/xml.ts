import { XMLParser } from 'fast-xml-parser'
import { SyntaxValidator } from 'fast-xml-validator'
import iconv from 'iconv-lite'
import { Malformed } from '../errors.ts'
import type { HttpAnswer } from './http.ts'

/** Deeper documents than this are nobody's answer. */
const maxDepth = 100

export type XmlOptions = {
  /** Names of elements that may be repeated: they are lists, also where there is one. */
  readonly arrays: readonly string[]
  /** Takes namespace prefixes off element and attribute names. */
  readonly bareNames?: boolean
}

/**
 * XML as plain objects: every value is text, an attribute is under `@_name`, an element that has both is `{ '#text', '@_name' }`. Refuses
 * a document type, and so every entity but XML's own five and character references (XML 1.0 section 4.6): neither a billion laughs nor a file
 * of this machine can come in. Throws `Malformed` for what is not well-formed.
 */
export const parseXml = (backend: string, text: string, { arrays, bareNames = false }: XmlOptions): unknown => {
  checkXml(backend, text)
  const lists = new Set(arrays)
  const parser = new XMLParser({
    ignoreAttributes: false,
    attributeNamePrefix: '@_',
    parseTagValue: false,
    parseAttributeValue: false,
    trimValues: true,
    ignoreDeclaration: true,
    ignorePiTags: true,
    removeNSPrefix: bareNames,
    processEntities: true,
    entityDecoder: references,
    isArray: (name) => lists.has(name),
  })
  try {
    const parsed: unknown = parser.parse(text)
    return parsed
  } catch (cause) {
    throw new Malformed(backend, 'XML that can not be read', { cause })
  }
}

/** Throws `Malformed` for a document type, for too many levels, and for what is not well-formed. */
export const checkXml = (backend: string, text: string): void => {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) throw new Malformed(backend, 'XML with a document type')
  checkNesting(backend, text)
  try {
    SyntaxValidator.validate(text)
  } catch (cause) {
    throw new Malformed(backend, 'XML that is not well-formed', { cause })
  }
}

/** Goes over the markup once, so that it costs time in proportion to the text, whatever is in it. */
const checkNesting = (backend: string, text: string): void => {
  let depth = 0
  let roots = 0
  let end = 0
  for (let start = text.indexOf('<'); start !== -1; start = text.indexOf('<', end)) {
    end = endOfMarkup(text, start)
    if (end === -1) throw new Malformed(backend, 'XML that is cut off')
    if (/[!?]/.test(text.charAt(start + 1))) continue
    if (text.charAt(start + 1) === '/') {
      depth -= 1
      continue
    }
    if (depth === 0) roots += 1
    if (text.charAt(end - 2) !== '/') depth += 1
    if (depth > maxDepth) throw new Malformed(backend, `XML of more than ${maxDepth} levels`)
  }
  if (roots !== 1) throw new Malformed(backend, 'XML that has not one root')
}

/** The index behind the tag, comment, CDATA section or instruction that begins at `start`; -1 where it has no end. */
const endOfMarkup = (text: string, start: number): number => {
  if (text.startsWith('<!--', start)) return endOf(text, '-->', start + 4)
  if (text.startsWith('<![CDATA[', start)) return endOf(text, ']]>', start + 9)
  if (text.startsWith('<?', start)) return endOf(text, '?>', start + 2)
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at)
    if (character === '>') return at + 1
    // A > within quotes ends nothing.
    if (character === '"' || character === "'") at = text.indexOf(character, at + 1)
    if (at === -1) return -1
  }
  return -1
}

const endOf = (text: string, mark: string, from: number): number => {
  const at = text.indexOf(mark, from)
  return at === -1 ? -1 : at + mark.length
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }

/**
 * Each reference is resolved once, so that `&amp;#60;` stays the text `&#60;`, and none in CDATA. The library's own decoder leaves character
 * references as they are; an old system says with them what its charset can't.
 */
const references = {
  decode: (text: string) => text.replaceAll(/&(?:(lt|gt|amp|quot|apos)|#x([\da-fA-F]{1,6})|#(\d{1,7}));/g, toCharacter),
  // There is no document type that could bring entities.
  setExternalEntities: () => {},
  addInputEntities: () => {},
  reset: () => {},
  setXmlVersion: () => {},
}

const toCharacter = (whole: string, name: string | undefined, hex: string | undefined, decimal: string | undefined): string => {
  if (name !== undefined) return entities[name] ?? whole
  const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
  return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : whole
}

/** What a document says of itself, by a byte order mark or by its declaration. */
const declaredCharset = (body: Buffer) =>
  body.subarray(0, 3).equals(Buffer.from('\uFEFF'))
    ? 'utf-8'
    : /^<\?xml[^>]*\bencoding=["']([\w-]+)["']/i.exec(body.subarray(0, 200).toString('latin1'))?.[1]

/**
 * The text of an XML answer. Its charset is that of the Content-Type, else of the XML declaration, else the one that is configured (RFC 7303
 * section 3). Throws `Malformed` for a charset that nobody knows and for bytes that it does not have.
 */
export const decodeXml = (backend: string, { body, contentType }: HttpAnswer, fallback: string): string => {
  const charset = /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1] ?? declaredCharset(body) ?? fallback
  if (!iconv.encodingExists(charset)) throw new Malformed(backend, 'an answer in a charset that nobody knows')
  const text = iconv.decode(body, charset)
  // Where bytes mean nothing, U+FFFD stands in the text; nobody sends one on purpose.
  if (text.includes('\uFFFD')) throw new Malformed(backend, `an answer that is not in its charset, ${charset}`)
  return text
}
