import { isObject } from './json.ts'
import type { LeafCheck } from './leaves.ts'

/*
 * What a subgraph was asked for is mostly what the client asked for: objects without a key are, down to their leaves, right as they came. To look whether that is
 * so takes a fraction of making the same again. Nothing is noted on the way, so that where it is not so, all of it is shaped as if nobody had looked.
 */

export type IsExact = (value: unknown) => boolean

export const never: IsExact = () => false

/** A field of a selection, as far as it matters here. */
export type ExactField = { readonly key: string; readonly inherited?: boolean } & (
  | { readonly kind: 'leaf'; readonly isNullable: boolean; readonly check: LeafCheck }
  | { readonly kind: 'value'; readonly isExact: IsExact }
  | { readonly kind: 'typename' | 'introspection' | 'refuse' }
)

/** An object that says what it is (`__typename`) is never taken as it is: that decides what is selected of it. */
export const exactObject = (fields: readonly ExactField[]): IsExact => {
  const exact = fields.flatMap(toExact)
  const keys = new Set(fields.map(({ key }) => key))
  if (exact.length < fields.length || keys.size < fields.length || keys.has('__typename')) return never
  return (value) => {
    if (!isObject(value) || Array.isArray(value)) return false
    let index = 0
    for (const key in value) {
      const field = exact[index]
      if (field?.key !== key || !field.isExact(value[key])) return false
      index += 1
    }
    return index === exact.length
  }
}

const toExact = (field: ExactField): readonly { readonly key: string; readonly isExact: IsExact }[] => {
  if (field.inherited === true) return []
  if (field.kind === 'value') return [{ key: field.key, isExact: field.isExact }]
  if (field.kind !== 'leaf') return []
  const { key, isNullable, check } = field
  return [{ key, isExact: isNullable ? (value) => value === null || (value !== undefined && check(value)) : (value) => value !== null && value !== undefined && check(value) }]
}

export const exactList =
  (isExact: IsExact): IsExact =>
  (value) => {
    if (!Array.isArray(value)) return false
    for (let index = 0; index < value.length; index += 1) if (!isExact(value[index])) return false
    return true
  }
