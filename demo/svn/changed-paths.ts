import type { Change, SvnNode, SvnTree } from './repository.ts'

/** One line of a revision's log; `path` is below the repository's root, without a slash before it. */
export type ChangedPath = {
  readonly action: 'added' | 'modified' | 'deleted' | 'replaced'
  readonly path: string
  readonly kind: 'file' | 'dir'
  /** Where it came from with all that is in it. */
  readonly copy: { readonly path: string; readonly revision: number } | null
  readonly textMods: boolean
}

const kindOf = (node: SvnNode | undefined) => (node?.kind === 'folder' ? 'dir' : 'file')

/** What Subversion keeps of a commit's changes, by path: folders that are made on the way are added, too. */
export const changedPathsOf = (before: SvnTree, after: SvnTree, changes: readonly Change[], revision: number): readonly ChangedPath[] => {
  const found = new Map<string, ChangedPath>()
  const note = (action: ChangedPath['action'], path: string, node: SvnNode | undefined, from: string | null = null) => {
    const gone = found.get(path)?.action === 'deleted'
    const isNew = found.get(path)?.action === 'added'
    const copy = from === null ? null : { path: from, revision: revision - 1 }
    const kind = kindOf(node)
    found.set(path, { action: gone ? 'replaced' : isNew ? 'added' : action, path, kind, copy, textMods: kind === 'file' && action !== 'deleted' && from === null })
  }
  const made = new Set<string>()
  const makeFolders = (path: string) => {
    for (const above of foldersAbove(path)) {
      if (before.has(above) || made.has(above)) continue
      made.add(above)
      note('added', above, after.get(above) ?? { kind: 'folder', revision })
    }
  }
  for (const change of changes) {
    if ('put' in change) {
      const isInCopy = [...found.values()].some(({ path, copy }) => copy !== null && change.put.startsWith(`${path}/`))
      if (!isInCopy) makeFolders(change.put)
      note(before.has(change.put) || isInCopy ? 'modified' : 'added', change.put, after.get(change.put))
    } else if ('remove' in change) {
      note('deleted', change.remove, before.get(change.remove))
    } else {
      makeFolders(change.to)
      note(before.has(change.to) ? 'replaced' : 'added', change.to, after.get(change.to) ?? before.get(change.move), change.move)
      note('deleted', change.move, before.get(change.move))
    }
  }
  return [...found.values()].toSorted((a, b) => byPath(a.path, b.path))
}

const foldersAbove = (path: string): string[] => {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'))
}

const byPath = (one: string, other: string) => Buffer.compare(Buffer.from(one), Buffer.from(other))
