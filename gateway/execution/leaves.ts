import { isCustomScalarType, isEnumType } from '@apollo/federation-internals'
import type { EnumType, ScalarType } from '@apollo/federation-internals'

/** Whether a subgraph's value, not null, may stand for a leaf of the client's schema. */
export type LeafCheck = (value: unknown) => boolean

const integer = /^-?(?:0|[1-9]\d*)$/

const isText: LeafCheck = (value) => typeof value === 'string'
const isBoolean: LeafCheck = (value) => typeof value === 'boolean'
const isNumber: LeafCheck = (value) => typeof value === 'number' && Number.isFinite(value)
const isInteger: LeafCheck = (value) => typeof value === 'number' && Number.isFinite(value) && (Number.isSafeInteger(value) || integer.test(String(value)))
const isId: LeafCheck = (value) => typeof value === 'string' || isInteger(value)
/** What a scalar of their own is, its subgraph has said. But what is no JSON would end the answer. */
const isAnything: LeafCheck = (value) => typeof value !== 'bigint'

const builtIn: ReadonlyMap<string, LeafCheck> = new Map([
  ['String', isText],
  ['Boolean', isBoolean],
  ['Float', isNumber],
  ['Int', isInteger],
  ['ID', isId],
])

/** The rules of the stock executor: kinds are looked at, ranges are not. A word that the client's schema does not have is no value of an enum. */
export const leafCheck = (type: ScalarType | EnumType): LeafCheck => {
  if (isEnumType(type)) {
    const words = new Set(type.values.map(({ name }) => name))
    return (value) => typeof value === 'string' && words.has(value)
  }
  return isCustomScalarType(type) ? isAnything : (builtIn.get(type.name) ?? isAnything)
}
