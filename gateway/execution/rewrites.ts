import type { FetchDataRewrite } from '@apollo/query-planner'
import { getOwn, isObject, setOwn } from './json.ts'
import type { JsonObject } from './json.ts'
import type { Meets } from './subtypes.ts'

/** Changes what was received, or what is about to be sent, where a subgraph calls something otherwise than the client. */
export type Rewrite = (value: unknown) => void

const nothing: Rewrite = () => undefined

export const compileRewrites = (rewrites: readonly FetchDataRewrite[] | undefined, meets: Meets): Rewrite => {
  if (!rewrites || rewrites.length === 0) return nothing
  const each = rewrites.map((rewrite) => compileRewrite(rewrite, meets))
  return (value) => each.forEach((rewrite) => rewrite(value))
}

const compileRewrite = (rewrite: FetchDataRewrite, meets: Meets): Rewrite => {
  const last = rewrite.path.at(-1)
  if (last === undefined) return nothing
  const change = rewrite.kind === 'ValueSetter' ? setter(last, rewrite.setValueTo) : renamer(last, rewrite.renameKeyTo)
  return compilePath(rewrite.path.slice(0, -1), change, meets)
}

const setter = (key: string, value: unknown) => (target: JsonObject) => setOwn(target, key, value)

const renamer = (from: string, to: string) => (target: JsonObject) => {
  const value = getOwn(target, from)
  // As the stock executor does: a value that is falsy is left where it is.
  if (!value) return
  setOwn(target, to, value)
  setOwn(target, from, undefined)
}

const condition = '... on '

const compilePath = (path: readonly string[], change: (target: JsonObject) => void, meets: Meets): Rewrite => {
  const [first, ...rest] = path
  if (first === undefined) return overLists(change)
  const next = compilePath(rest, change, meets)
  if (!first.startsWith(condition)) return overLists((target) => next(getOwn(target, first)))
  const type = first.slice(condition.length)
  return overLists((target) => {
    if (mayBe(target, type, meets)) next(target)
  })
}

const mayBe = (target: JsonObject, type: string, meets: Meets): boolean => {
  const typename = target['__typename']
  return !typename || (typeof typename === 'string' && meets(typename, type))
}

const overLists = (change: (target: JsonObject) => void): Rewrite => {
  const rewrite: Rewrite = (value) => {
    if (Array.isArray(value)) value.forEach(rewrite)
    else if (isObject(value)) change(value)
  }
  return rewrite
}

/** What a client calls a field that its subgraph was asked for under another name, by the path of the fields that lead there. */
export type Renamed = ReadonlyMap<string, string>

export const renamedIn = (rewrites: readonly FetchDataRewrite[] | undefined): Renamed =>
  new Map(
    (rewrites ?? []).flatMap((rewrite) =>
      rewrite.kind === 'KeyRenamer' ? [[rewrite.path.filter((part) => !part.startsWith(condition)).join('.'), rewrite.renameKeyTo]] : [],
    ),
  )

/** A path of a fetch in the client's words. */
export const renamePath = (path: readonly (string | number)[], renamed: Renamed): readonly (string | number)[] => {
  if (renamed.size === 0) return path
  const fields: string[] = []
  return path.map((part) => {
    if (typeof part === 'number') return part
    fields.push(part)
    return renamed.get(fields.join('.')) ?? part
  })
}
