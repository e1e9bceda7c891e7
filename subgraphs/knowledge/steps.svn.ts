import type { SvnLogEntry, SvnLogPath } from '../../fuse/wires/webdav.ts'
import { isArticleName } from './decode.svn.ts'

/** What a revision did to one path below the configured folder: to a file, or to whatever is there and all below it. */
export type Step = { readonly kind: 'WRITTEN' | 'DELETED'; readonly path: string; readonly isWhole: boolean }

/** The steps of a revision, what went before what came. `base` is the configured folder's own path in the repository. */
export const stepsOf = ({ paths }: SvnLogEntry, base: string): readonly Step[] => {
  const steps = paths.flatMap((change) => {
    const path = within(base, change.path)
    return path === null ? [] : stepsOfPath(change, path)
  })
  return [...steps.filter(({ kind }) => kind === 'DELETED'), ...steps.filter(({ kind }) => kind === 'WRITTEN')]
}

/** From the configured folder on; `/` for what holds it, null for what is beside it. */
const within = (base: string, path: string): string | null => {
  if (base === '/') return path
  if (path.startsWith(`${base}/`)) return path.slice(base.length)
  return path === '/' || path === base || base.startsWith(`${path}/`) ? '/' : null
}

const stepsOfPath = ({ action, kind, isCopy }: SvnLogPath, path: string): readonly Step[] => {
  const isFile = kind === 'file' && path !== '/'
  const gone: Step = { kind: 'DELETED', path, isWhole: !isFile }
  const here: Step = { kind: 'WRITTEN', path, isWhole: !isFile }
  if (isFile && action !== 'replaced') return isArticleName(path) ? [action === 'deleted' ? gone : here] : []
  if (action === 'deleted') return [gone]
  // What is replaced may have been a folder, whatever is there now.
  if (action === 'replaced') return [{ ...gone, isWhole: true }, ...(isFile && !isArticleName(path) ? [] : isFile || isCopy ? [here] : [])]
  // What is in a folder that is new is told of itself; what came with a copy is not.
  return isCopy || kind === null ? [here] : []
}
