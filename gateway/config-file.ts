import { readFileSync } from 'node:fs'
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import type { Document, Node } from 'yaml'

export type Env = Readonly<Record<string, string | undefined>>
export type Where = readonly PropertyKey[]

/** A configuration file, its variables filled in. */
export type ConfigFile = {
  /** As it is named to the reader. */
  readonly name: string
  readonly value: unknown
  /** `file:line:column` of a value, or of the nearest place above it that the file has. Both count from 1. */
  readonly at: (where: Where) => string
  /** The same of a key. */
  readonly atKey: (where: Where) => string
  /** The text of a value as the file has it, where variables were put into it; else null. */
  readonly template: (where: Where) => string | null
}

/** What a file has instead of a configuration. Nothing of what it contains is in `mistakes`: it may be a secret. */
export type UnreadableFile = { readonly mistakes: readonly string[] }

const unreadable = (name: string, found: string): UnreadableFile =>
  ({ mistakes: [`${name}: expected a file of YAML in UTF-8; found ${found}`] })

/** Reads YAML 1.2 and puts the variables in. `name` is what mistakes call the file. */
export const readConfigFile = (path: string, name: string, env: Env): ConfigFile | UnreadableFile => {
  const text = readText(path)
  if (text === null) return unreadable(name, 'bytes that are not UTF-8')
  if (text instanceof Error) return unreadable(name, whyNot(text))
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = placeIn(name, lines)
  const broken = [...document.errors, ...document.warnings]
    .map(({ message, pos: [start] }) => `${place(start)}: ${withoutContent(message)}`)
  if (broken.length > 0) return { mistakes: broken }
  const templates = new Map<Node, string>()
  const mistakes = fillIn(document, env, templates, place)
  return mistakes.length > 0 ? { mistakes } : toFile(name, document, templates, place)
}

/** Null where the bytes are not UTF-8. */
const readText = (path: string): string | Error | null => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
  } catch (error) {
    if (error instanceof TypeError) return null
    return error instanceof Error ? error : new Error('unknown')
  }
}

const whyNot = (error: Error): string => {
  const code = 'code' in error ? error.code : ''
  if (code === 'ENOENT') return 'none there'
  if (code === 'EISDIR') return 'a directory'
  return `one that can't be read (${String(code)})`
}

/** The library quotes the file after a colon, and what it quotes may be a secret. */
const withoutContent = (message: string) => `expected YAML; found: ${message.replace(/: .*$/s, '')}`

type Place = (offset: number) => string

const placeIn = (name: string, lines: LineCounter): Place => (offset) => {
  const { line, col } = lines.linePos(offset)
  return `${name}:${line}:${col}`
}

const toFile = (name: string, document: Document, templates: ReadonlyMap<Node, string>, place: Place): ConfigFile | UnreadableFile => {
  const atKey = (where: Where): string => {
    const start = keyOf(document, where)
    if (start !== undefined) return place(start)
    return where.length === 0 ? name : atKey(where.slice(0, -1))
  }
  const at = (where: Where): string => {
    const node = where.length === 0 ? undefined : document.getIn(where, true)
    return isScalar(node) && node.value !== null && node.range ? place(node.range[0]) : atKey(where)
  }
  const template = (where: Where) => {
    const node = document.getIn(where, true)
    return (isNode(node) ? templates.get(node) : undefined) ?? null
  }
  try {
    const value: unknown = document.toJS()
    return { name, value: value ?? {}, at, atKey, template }
  } catch {
    // Aliases of aliases, as a billion laughs has them.
    return { mistakes: [`${name}: expected a configuration; found aliases that grow without end`] }
  }
}

const keyOf = (document: Document, where: Where): number | undefined => {
  const parent = where.length > 1 ? document.getIn(where.slice(0, -1), true) : document.contents
  if (!isMap(parent)) return undefined
  const key = parent.items.map((pair) => pair.key).find((one) => isScalar(one) && String(one.value) === String(where.at(-1)))
  return isScalar(key) ? key.range?.[0] : undefined
}

/**
 * Puts `${NAME}` and `${NAME:-default}` in, after the YAML has been read, so that no value can bring YAML of its own. As in a
 * shell, the default also stands for an empty variable. `$${` is a plain `${`. What was put in stays text; where the schema
 * wants a number or a boolean, it reads it.
 */
const fillIn = (document: Document, env: Env, templates: Map<Node, string>, place: Place): readonly string[] => {
  const mistakes: string[] = []
  visit(document, {
    Alias: (_, node) => {
      if (node.resolve(document) !== undefined) return
      mistakes.push(`${place(node.range?.[0] ?? 0)}: expected the name of an anchor; found one that nobody set`)
    },
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string') return
      const { text, wrong } = fillText(node.value, env)
      mistakes.push(...wrong.map((mistake) => `${place(node.range?.[0] ?? 0)}: ${mistake}`))
      if (text === node.value) return
      templates.set(node, node.value)
      node.value = text
    },
  })
  return mistakes
}

const placeholder = /\$\$\{|\$\{([^}]*)(\}?)/g
const reference = /^([A-Za-z_]\w*)(?::-(.*))?$/s

const fillText = (template: string, env: Env): { readonly text: string; readonly wrong: readonly string[] } => {
  const wrong: string[] = []
  const text = template.replaceAll(placeholder, (whole, inner: string | undefined, close: string | undefined) => {
    if (inner === undefined) return '${'
    const [, name, fallback] = close === '}' ? (reference.exec(inner) ?? []) : []
    if (name === undefined) {
      wrong.push('expected ${NAME} or ${NAME:-default}, or $${ for a plain ${; found another ${')
      return whole
    }
    const value = fallback === undefined ? env[name] : env[name] || fallback
    if (value === undefined) wrong.push(`expected the variable ${name} to be set; found it unset`)
    return value ?? ''
  })
  return { text, wrong }
}
