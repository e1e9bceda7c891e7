/**
 * A value of a scalar of its own may be the very object that a backend keeps, and whoever gets the answer may write into it: so they get another one. What
 * is not a plain object or a list (a date, say) is left to whoever makes text of it.
 */
export const ownCopy = (value: object): unknown => copy(value, 0)

/** Nobody's answer is deeper; an object that contains itself is left to whoever makes text of it, who refuses it. */
const maxDepth = 100

const copy = (value: unknown, depth: number): unknown => {
  if (typeof value !== 'object' || value === null || depth > maxDepth) return value
  if (Array.isArray(value)) return value.map((each) => copy(each, depth + 1))
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copy(each, depth + 1)]))
}
