import { inspect } from 'node:util'

/** A value in a message for who wrote the resolver; no client reads it. */
export const shown = (value: unknown): string => inspect(value, { depth: 1, maxArrayLength: 10, maxStringLength: 100, breakLength: Infinity })
