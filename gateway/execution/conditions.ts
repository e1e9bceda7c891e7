import { Variable } from '@apollo/federation-internals'
import type { Schema, Selection } from '@apollo/federation-internals'
import { hasOwn } from './json.ts'
import type { JsonObject } from './json.ts'

/* `@skip` and `@include` (GraphQL specification, sections 3.13.1 and 3.13.2): which selections there are is the same for all requests with the same conditions. */

/** The variables that decide what is selected, each with what it is; undefined where that is neither true nor false. */
export type Conditions = ReadonlyMap<string, boolean | undefined>

/** True where a selection is to be looked at; text where it can't be decided, which is an error of whoever comes by there. */
export type Gate = (element: Selection['element']) => boolean | string

type Applied = { arguments(): { readonly if: unknown } }

const argumentOf = (directive: Applied): unknown => directive.arguments().if

export const compileGate = (schema: Schema, conditions: Conditions): Gate => {
  const [skip, include] = [schema.skipDirective(), schema.includeDirective()]
  const decide = (value: unknown): boolean | string => {
    if (!(value instanceof Variable)) return value === true
    return conditions.get(value.name) ?? `the variable ${value.toString()} decides what is selected, and is neither true nor false`
  }
  return (element) => {
    const skipped = element.appliedDirectivesOf(skip)[0]
    const isSkipped = skipped === undefined ? false : decide(argumentOf(skipped))
    if (isSkipped !== false) return isSkipped === true ? false : isSkipped
    const included = element.appliedDirectivesOf(include)[0]
    return included === undefined ? true : decide(argumentOf(included))
  }
}

/** What they are for one request; `key` is the same where they are. */
export const readConditions = (names: readonly string[], variables: Readonly<JsonObject>, defaults: Readonly<JsonObject>) => {
  const values = names.map((name) => {
    const value = hasOwn(variables, name) ? variables[name] : hasOwn(defaults, name) ? defaults[name] : undefined
    return typeof value === 'boolean' ? value : undefined
  })
  return { key: values.map(String).join(), conditions: (): Conditions => new Map(names.map((name, index) => [name, values[index]])) }
}
