import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { Document, Node, YAMLMap } from 'yaml'
import { z } from 'zod'

/** Where in a text, both counted from 1. */
export type Place = { readonly line: number; readonly column: number }
export type TextMistake = Place & { readonly message: string }
export type Where = readonly PropertyKey[]

/** Maps are `Map`s with keys of text, in the text's order: any key may be one. */
export type YamlText =
  | { readonly kind: 'read'; readonly value: unknown; readonly placeOf: (where: Where) => Place; readonly placeOfKey: (where: Where) => Place }
  | { readonly kind: 'unreadable'; readonly mistakes: readonly TextMistake[] }

/** What aliases may grow a text to, and how deep it may go. */
const maxNodes = 500_000
const maxDepth = 20

/** YAML 1.2. A key that is there twice, an alias before its anchor, and aliases that grow without end are mistakes. */
export const readYaml = (text: string): YamlText => {
  const lines = new LineCounter()
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }
  const document = parseOrNull(text, lines)
  if (!document) return { kind: 'unreadable', mistakes: [{ ...placeAt(0), message: 'expected YAML; found one that goes too deep' }] }
  const { value, mistakes } = toValue(document)
  if (mistakes.length > 0) return { kind: 'unreadable', mistakes: mistakes.map(({ offset, message }) => ({ ...placeAt(offset), message })) }
  const find = findIn(document)
  return { kind: 'read', value, placeOf: (where) => placeAt(find(where, false)), placeOfKey: (where) => placeAt(find(where, true)) }
}

/** Keys that are there twice are found here: the library compares each with each. Null where brackets in brackets exhaust the stack. */
const parseOrNull = (text: string, lineCounter: LineCounter): Document.Parsed | null => {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: false })
  } catch {
    return null
  }
}

type Found = { readonly offset: number; readonly message: string }
type Reading = { readonly mistakes: Found[]; readonly anchors: Map<string, unknown>; nodes: number }

const toValue = (document: Document.Parsed): { readonly value: unknown; readonly mistakes: readonly Found[] } => {
  const mistakes = brokenIn(document)
  if (mistakes.length > 0) return { value: null, mistakes }
  const reading: Reading = { mistakes, anchors: new Map(), nodes: 0 }
  const value = readNode(document.contents, 0, reading)
  if (reading.nodes > maxNodes) mistakes.push({ offset: 0, message: 'expected a text without such aliases; found aliases that grow without end' })
  return { value, mistakes }
}

/** One for each place: what follows at the same one only comes of it. */
const brokenIn = (document: Document.Parsed): Found[] => {
  const all = [...document.errors, ...document.warnings].map(({ message, pos: [offset] }) => ({ offset, message: `expected YAML; found: ${message}` }))
  return all.filter(({ offset }, index) => all[index - 1]?.offset !== offset)
}

const offsetOf = (node: unknown): number => (isScalar(node) || isMap(node) || isSeq(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0)

const readNode = (node: unknown, depth: number, reading: Reading): unknown => {
  reading.nodes += 1
  if (reading.nodes > maxNodes) return null
  if (depth > maxDepth) {
    reading.mistakes.push({ offset: offsetOf(node), message: `expected no more than ${maxDepth} levels; found another` })
    return null
  }
  if (isAlias(node)) return readAlias(node.source, offsetOf(node), reading)
  const value = isMap(node) ? readMap(node, depth, reading) : isSeq(node) ? node.items.map((item) => readNode(item, depth + 1, reading)) : isScalar(node) ? node.value : null
  if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) reading.anchors.set(node.anchor, value)
  return value
}

const readAlias = (name: string, offset: number, reading: Reading): unknown => {
  if (!reading.anchors.has(name)) reading.mistakes.push({ offset, message: `expected an anchor that was set before; found *${name}` })
  const value = reading.anchors.get(name)
  reading.nodes += sizeOf(value, maxNodes - reading.nodes)
  return value
}

/** How many values there are in a value, as far as it matters. */
const sizeOf = (value: unknown, limit: number): number => {
  const inner = value instanceof Map ? [...value.values()] : Array.isArray(value) ? value : []
  let size = 1
  for (const one of inner) {
    if (size > limit) break
    size += sizeOf(one, limit - size)
  }
  return size
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : isAlias(key) ? `*${key.source}` : '?')

const readMap = (map: YAMLMap, depth: number, reading: Reading): ReadonlyMap<string, unknown> => {
  const values = new Map<string, unknown>()
  for (const { key, value } of map.items) {
    const name = keyText(key)
    if (values.has(name)) reading.mistakes.push({ offset: offsetOf(key), message: `expected each key once; found ${JSON.stringify(name)} again` })
    values.set(name, readNode(value, depth + 1, reading))
  }
  return values
}

type Entry = { readonly key: unknown; readonly value: unknown }

/** The offset of what stands at a place, or of the nearest above it that the text has. Of a map or a list, it is that of its key. */
const findIn = (document: Document.Parsed) => {
  const entries = new WeakMap<Node, ReadonlyMap<string, Entry>>()
  const entriesOf = (map: YAMLMap): ReadonlyMap<string, Entry> => {
    const known = entries.get(map) ?? new Map(map.items.map((pair) => [keyText(pair.key), pair]))
    entries.set(map, known)
    return known
  }
  const entryOf = (node: unknown, key: PropertyKey): Entry | undefined => {
    if (isMap(node)) return entriesOf(node).get(String(key))
    const item: unknown = isSeq(node) ? node.items[Number(key)] : undefined
    return item === undefined ? undefined : { key: item, value: item }
  }
  return (where: Where, wantsKey: boolean): number => {
    let entry: Entry = { key: null, value: document.contents }
    for (const key of where) {
      const next = entryOf(entry.value, key)
      if (!next) return offsetOf(entry.key)
      entry = next
    }
    const isOwn = !wantsKey && isScalar(entry.value) && entry.value.value !== null
    return offsetOf(isOwn || isAlias(entry.value) ? entry.value : entry.key)
  }
}

/** What was found, in words: a short scalar as it is. */
export const describeFound = (found: unknown): string => {
  if (found === undefined || found === null) return 'nothing'
  if (found instanceof Map) return 'a map'
  if (Array.isArray(found)) return 'a list'
  return JSON.stringify(found).slice(0, 120)
}

/** The value at a place of what was read. */
export const valueAt = (value: unknown, where: Where): unknown =>
  where.reduce<unknown>((inner, key) => (inner instanceof Map ? inner.get(String(key)) : Array.isArray(inner) ? inner[Number(key)] : undefined), value)

/** Text of a kind. What was found is told here, as a key that is wrong is reported at its value. */
export const textThat = (isRight: (text: string) => boolean, expected: string) =>
  z.string(expected).superRefine((text, context) => {
    if (!isRight(text)) context.addIssue({ code: 'custom', message: `${expected}; found ${describeFound(text)}` })
  })
