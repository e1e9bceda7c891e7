import { indexPaths } from './path-index.ts'

/*
 * The department tree: a department is a path such as `tech/backend`, and whoever may see a department may see what is below it.
 * Paths are compared segment by segment: `cn` is no part of `cnx`. Visibility and routing stand on what is here.
 */

/** What may be configured as a department: at most ten levels. */
export const departmentPattern = /^[\p{L}\d_-]{1,60}(?:\/[\p{L}\d_-]{1,60}){0,9}$/u

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

/** How many segments two paths share from the start on. Both are normalized. */
export const sharedDepth = (some: string, other: string): number => {
  let depth = 0
  for (let at = 0; ; at += 1) {
    const [one, two] = [some[at] ?? '/', other[at] ?? '/']
    if (one !== two) return depth
    if (one === '/') depth += 1
    if (at >= some.length || at >= other.length) return depth
  }
}

/** What is at or below a department of `some` and at or below one of `others`. */
export const intersectDepartments = (some: readonly string[], others: readonly string[]): readonly string[] => [
  ...new Set([
    ...some.filter((path) => others.some((other) => isAtOrBelow(path, other))),
    ...others.filter((path) => some.some((one) => isAtOrBelow(path, one))),
  ]),
]

/** The fewest departments that are found sooner in a tree than by comparing one after the other. */
const manyDepartments = 8

/** Growing a tree costs as much as about a thousand answers out of it save. */
const manyQuestions = 1_000

type Asked = { count: number; tree: DepartmentTree<true> | null }

const askedOf = new WeakMap<readonly string[], Asked>()

/** Null until the same list has been asked about often. */
const treeOf = (departments: readonly string[]): DepartmentTree<true> | null => {
  const asked = askedOf.get(departments) ?? { count: 0, tree: null }
  if (asked.count === 0) askedOf.set(departments, asked)
  asked.count += 1
  if (asked.count === manyQuestions) asked.tree = growTree(departments.map((path) => [path, true]))
  return asked.tree
}

/** Whether `path` is one of `departments` or below one. All are normalized, and the list is not changed afterwards. */
export const isAtOrBelowAny = (path: string, departments: readonly string[]): boolean => {
  const tree = departments.length < manyDepartments ? null : treeOf(departments)
  return tree ? tree.longestPrefix(path) !== null : departments.some((one) => isAtOrBelow(path, one))
}

/** What stands at a department. */
export type DepartmentEntry<T> = { readonly path: string; readonly value: T }

/** Paths that are asked for are raw: slashes in front, behind and twice are ignored. A path without segments is nowhere. */
export type DepartmentTree<T> = {
  /** The value of the department or, where it has none, of the nearest one above it that has; null where there is none. */
  readonly longestPrefix: (path: string) => T | null
  /** What stands at or below a department, in the order in which it was given. */
  readonly atOrBelow: (path: string) => readonly DepartmentEntry<T>[]
}

type Leaf<T> = DepartmentEntry<T> & { readonly order: number }

/** `nearest`: the leaf here, or else the nearest one above. */
type Branch<T> = { readonly path: string; leaf: Leaf<T> | null; nearest: Leaf<T> | null; readonly branches: Map<string, Branch<T>> }

const branchAt = <T>(path: string): Branch<T> => ({ path, leaf: null, nearest: null, branches: new Map() })

/** Of two values at the same path the later one holds. Paths without segments are left out. */
export const growTree = <T>(entries: Iterable<readonly [path: string, value: T]>): DepartmentTree<T> => {
  const root = branchAt<T>('')
  let order = 0
  for (const [path, value] of entries) {
    const branch = growTo(root, path)
    if (branch !== root) branch.leaf = { path: branch.path, value, order: branch.leaf?.order ?? order++ }
  }
  const nodes = fillIn(root).map(({ path, nearest }) => ({ path, value: nearest?.value ?? null }))
  return {
    longestPrefix: indexPaths(nodes, (path) => walk(root, path).branch.nearest?.value ?? null),
    atOrBelow: (path) => leavesBelow(root, path).map(({ path, value }) => ({ path, value })),
  }
}

function* segmentsOf(path: string): Generator<string> {
  for (let start = 0; start < path.length;) {
    const slash = path.indexOf('/', start)
    const end = slash === -1 ? path.length : slash
    if (end > start) yield path.slice(start, end)
    start = end + 1
  }
}

const growTo = <T>(root: Branch<T>, path: string): Branch<T> => {
  let branch = root
  for (const segment of segmentsOf(path)) {
    const next = branch.branches.get(segment) ?? branchAt<T>(branch === root ? segment : `${branch.path}/${segment}`)
    branch.branches.set(segment, next)
    branch = next
  }
  return branch
}

/** As far as the tree goes along a path. */
const walk = <T>(root: Branch<T>, path: string): { readonly branch: Branch<T>; readonly isWhole: boolean } => {
  let branch = root
  for (const segment of segmentsOf(path)) {
    const next = branch.branches.get(segment)
    if (!next) return { branch, isWhole: false }
    branch = next
  }
  return { branch, isWhole: true }
}

/** A branch and all below it. Without recursion: a path may have more levels than a stack has frames. */
const branchesOf = <T>(top: Branch<T>): readonly Branch<T>[] => {
  const found = [top]
  for (const branch of found) for (const next of branch.branches.values()) found.push(next)
  return found
}

/** Gives each branch its nearest leaf. Answers all but the root. */
const fillIn = <T>(root: Branch<T>): readonly Branch<T>[] => {
  const all = branchesOf(root)
  for (const branch of all) {
    branch.nearest = branch.leaf ?? branch.nearest
    for (const next of branch.branches.values()) next.nearest = branch.nearest
  }
  return all.slice(1)
}

const leavesBelow = <T>(root: Branch<T>, path: string): readonly Leaf<T>[] => {
  const { branch, isWhole } = walk(root, path)
  if (!isWhole || branch === root) return []
  return branchesOf(branch).flatMap(({ leaf }) => leaf ?? []).toSorted((a, b) => a.order - b.order)
}
