import type { DegradedValue } from './context.ts'

const keyOf = ({ backend, state }: DegradedValue, path: DegradedValue['path']) => JSON.stringify([backend, state, ...path])

const isCovered = (value: DegradedValue, kept: ReadonlySet<string>) =>
  value.path.some((_, length) => kept.has(keyOf(value, value.path.slice(0, length)))) || kept.has(keyOf(value, value.path))

/**
 * Leaves out what an entry above it says already: a path stands for everything below it that comes from the same
 * backend.
 */
export const foldDegraded = (values: readonly DegradedValue[]): readonly DegradedValue[] => {
  const kept = new Set<string>()
  return values
    .toSorted((a, b) => a.path.length - b.path.length)
    .filter((value) => {
      if (isCovered(value, kept)) return false
      kept.add(keyOf(value, value.path))
      return true
    })
}
