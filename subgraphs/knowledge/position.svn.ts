/**
 * Where a list of a repository's is read on: in the tree of one revision, behind a path; or in the log, within a revision (`step` of it, behind a path) or behind all
 * of it (`step` null).
 */
export type Position =
  | { readonly tree: number; readonly after: string | null }
  | { readonly revision: number; readonly step: number | null; readonly after: string | null }

export type TreePosition = Extract<Position, { readonly tree: number }>

export const isTree = (position: Position): position is TreePosition => 'tree' in position

const pattern = /^(tree|log) (0|[1-9]\d{0,14})(?:\.(0|[1-9]\d{0,8}))?(\/[^]{0,4000})?$/

export const writePosition = (list: string, position: Position): string => {
  const after = position.after ?? ''
  if (isTree(position)) return `${list} tree ${position.tree}${after}`
  return `${list} log ${position.revision}${position.step === null ? '' : `.${position.step}${after}`}`
}

/** Null for what `writePosition` did not write. */
export const readPosition = (list: string, marker: string): Position | null => {
  const [, kind, revision = '', step, after = null] = (marker.startsWith(`${list} `) ? pattern.exec(marker.slice(list.length + 1)) : null) ?? []
  if (kind === undefined) return null
  const position: Position = kind === 'tree'
    ? { tree: Number(revision), after }
    : { revision: Number(revision), step: step === undefined ? null : Number(step), after }
  return writePosition(list, position) === marker ? position : null
}
