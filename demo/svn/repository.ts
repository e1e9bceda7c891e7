import { changedPathsOf } from './changed-paths.ts'
import type { ChangedPath } from './changed-paths.ts'

/** What one commit does. Paths are below the repository's root, with `/` between and none at the ends, such as `trunk/handbook/returns.md`. */
export type Change =
  | { readonly put: string; readonly content: string | Buffer; readonly mimeType?: string }
  | { readonly remove: string }
  | { readonly move: string; readonly to: string }

/** `author` is null for an anonymous commit. `date` is ISO 8601 in UTC with microseconds, as Subversion keeps it. */
export type Committed = { readonly author: string | null; readonly date: string }

export type SvnFile = { readonly kind: 'file'; readonly revision: number; readonly content: Buffer; readonly mimeType: string | null }
export type SvnFolder = { readonly kind: 'folder'; readonly revision: number }
/** `revision`: the one in which it last changed. */
export type SvnNode = SvnFile | SvnFolder

/** Every path of one revision; the root is `''`. */
export type SvnTree = ReadonlyMap<string, SvnNode>

/** A repository in memory, with all its revisions. */
export type SvnRepository = {
  /** The new revision's number. Throws for a change of what is not there. */
  commit(changes: readonly Change[], by: Committed): number
  readonly youngest: number
  treeAt(revision: number): SvnTree | undefined
  committed(revision: number): Committed | undefined
  /**
   * The first revision at which the path names this node. Where a folder was moved, what is in it keeps the revision in which it last changed, at which there
   * was nothing at its new path yet.
   */
  readableAt(path: string, node: SvnNode): number
  /** What a revision changed, by path; nothing for a revision that there is not. */
  changedPaths(revision: number): readonly ChangedPath[]
}

export const openRepository = (): SvnRepository => {
  const trees: SvnTree[] = [new Map([['', { kind: 'folder', revision: 0 }]])]
  const commits: Committed[] = [{ author: null, date: '2020-01-01T00:00:00.000000Z' }]
  const logs: (readonly ChangedPath[])[] = [[]]
  return {
    commit: (changes, by) => {
      const tree = new Map(trees.at(-1))
      const revision = trees.length
      for (const change of changes) apply(tree, change, revision)
      logs.push(changedPathsOf(trees.at(-1) ?? new Map(), tree, changes, revision))
      trees.push(tree)
      commits.push(by)
      return revision
    },
    get youngest() { return trees.length - 1 },
    treeAt: (revision) => trees[revision],
    committed: (revision) => commits[revision],
    changedPaths: (revision) => logs[revision] ?? [],
    readableAt: (path, node) => trees.findIndex((tree, revision) => revision >= node.revision && tree.get(path) === node),
  }
}

const apply = (tree: Map<string, SvnNode>, change: Change, revision: number): void => {
  if ('put' in change) {
    const before = tree.get(change.put)
    const mimeType = change.mimeType ?? (before?.kind === 'file' ? before.mimeType : null)
    tree.set(change.put, { kind: 'file', revision, content: Buffer.from(change.content), mimeType })
    touchAbove(tree, change.put, revision)
    return
  }
  const from = 'move' in change ? change.move : change.remove
  const moved = [...tree].filter(([path]) => path === from || path.startsWith(`${from}/`))
  if (moved.length === 0) throw new Error(`no ${from} in revision ${revision - 1}`)
  for (const [path] of moved) tree.delete(path)
  touchAbove(tree, from, revision)
  if (!('move' in change)) return
  for (const [path, node] of moved) tree.set(`${change.to}${path.slice(from.length)}`, path === from ? { ...node, revision } : node)
  touchAbove(tree, change.to, revision)
}

/** A folder changes with all that is in it. */
const touchAbove = (tree: Map<string, SvnNode>, path: string, revision: number): void => {
  const parts = path.split('/')
  for (let depth = 0; depth < parts.length; depth += 1) tree.set(parts.slice(0, depth).join('/'), { kind: 'folder', revision })
}
