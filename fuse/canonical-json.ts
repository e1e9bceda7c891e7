/** JSON with the keys of every object in order, so that equal arguments give equal text. `undefined` members are left out. */
export const canonicalJson = (value: unknown): string => JSON.stringify(value ?? null, sortKeys)

const sortKeys = (_key: string, value: unknown): unknown => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
