/*
 * The department tree: a department is a path such as `tech/backend`, and whoever may see a department may see what is below it.
 * Paths are compared segment by segment: `cn` is no part of `cnx`.
 */

/** A path without empty segments; null where nothing is left, which is no department. */
export const normalizeDepartment = (path: string): string | null => {
  const segments = path.split('/').filter((segment) => segment !== '')
  return segments.length === 0 ? null : segments.join('/')
}

/** Whether `path` is `ancestor` or below it. Both are normalized. */
export const isAtOrBelow = (path: string, ancestor: string): boolean =>
  path.startsWith(ancestor) && (path.length === ancestor.length || path[ancestor.length] === '/')

/** `path` and everything above it, the nearest first: `a/b` gives `a/b` and `a`. */
export const upwards = (path: string): readonly string[] => {
  const segments = path.split('/')
  return segments.map((_, index) => segments.slice(0, segments.length - index).join('/'))
}

/** What is at or below a department of `some` and at or below one of `others`. */
export const intersectDepartments = (some: readonly string[], others: readonly string[]): readonly string[] => [
  ...new Set([
    ...some.filter((path) => others.some((other) => isAtOrBelow(path, other))),
    ...others.filter((path) => some.some((one) => isAtOrBelow(path, one))),
  ]),
]
