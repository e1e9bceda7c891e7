import { GraphQLScalarType, Kind } from 'graphql'
import { badInput } from './errors.ts'

const dateTimePattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/

/** RFC 3339 section 5.7. `Date.parse` takes 30 February for a day of March. */
const isDayOfMonth = (text: string): boolean => {
  const midnight = Date.parse(`${text.slice(0, 10)}T00:00:00Z`)
  return !Number.isNaN(midnight) && new Date(midnight).toISOString().startsWith(text.slice(0, 10))
}

const parseDateTime = (value: unknown): string => {
  const isReadable = typeof value === 'string' && dateTimePattern.test(value) && isDayOfMonth(value)
  const instant = isReadable ? Date.parse(value) : Number.NaN
  if (Number.isNaN(instant)) throw badInput(`DateTime is RFC 3339 with a zone, such as 2026-11-03T06:05:09Z, not ${JSON.stringify(value)}`)
  return new Date(instant).toISOString()
}

/** RFC 3339 section 5.6, with a zone. In our code it is ISO 8601 text in UTC with milliseconds. */
export const dateTime = new GraphQLScalarType<string, string>({
  name: 'DateTime',
  description: 'ISO 8601 in UTC, such as `2026-11-03T06:05:09.000Z`.',
  serialize: parseDateTime,
  parseValue: parseDateTime,
  parseLiteral: (node) => parseDateTime(node.kind === Kind.STRING ? node.value : undefined),
})
