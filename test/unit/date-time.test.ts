import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GraphQLError, parseValue } from 'graphql'
import { dateTime } from '../../subgraphs/date-time.ts'

describe('DateTime', () => {
  for (const [text, utc] of [
    ['2026-11-03T06:05:09Z', '2026-11-03T06:05:09.000Z'],
    ['2026-11-03t06:05:09z', '2026-11-03T06:05:09.000Z'],
    ['2026-11-03T06:05:09+08:00', '2026-11-02T22:05:09.000Z'],
    ['2026-11-03T06:05:09.123456-00:30', '2026-11-03T06:35:09.123Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ] as const) {
    it(`reads ${text} as ${utc}, as a variable, in a document and from a backend`, () => {
      assert.equal(dateTime.parseValue(text), utc)
      assert.equal(dateTime.parseLiteral(parseValue(JSON.stringify(text))), utc)
      assert.equal(dateTime.serialize(text), utc)
    })
  }

  for (const value of [
    '', 'now', '2026-11-03', '2026-11-03T06:05:09', '2026-11-03 06:05:09Z', '2026-02-30T00:00:00Z', '2025-02-29T00:00:00Z', '2026-13-01T00:00:00Z',
    '2026-11-03T25:00:00Z', '2026-11-03T06:60:00Z', '0000-00-00T00:00:00Z', '+002026-11-03T06:05:09Z', '2026-11-03T06:05:09+8', 0, 1_762_150_000_000, null, true, [], {},
  ]) {
    it(`refuses ${JSON.stringify(value)}`, () => {
      const isBadInput = (error: unknown) => error instanceof GraphQLError && error.extensions['code'] === 'BAD_USER_INPUT'
      assert.throws(() => dateTime.parseValue(value), isBadInput)
      assert.throws(() => dateTime.serialize(value), isBadInput)
    })
  }

  it('refuses a literal that is no text', () => {
    for (const literal of ['1', 'true', 'NOW', '[]', '{}', 'null']) assert.throws(() => dateTime.parseLiteral(parseValue(literal)), GraphQLError)
  })
})
