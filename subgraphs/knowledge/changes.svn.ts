import { Malformed, Refused } from '../../fuse/errors.ts'
import type { CallOptions } from '../../fuse/call.ts'
import type { DavResource, DavWire, SvnLogEntry } from '../../fuse/wires/webdav.ts'
import type { ArticleChange, ChangePage, IdPage, ListOptions } from './backend.ts'
import { folderOf, isArticleName } from './decode.svn.ts'
import { checkLimit } from './limits.ts'
import { isTree, readPosition, writePosition } from './position.svn.ts'
import type { Position } from './position.svn.ts'
import { stepsOf } from './steps.svn.ts'
import type { Step } from './steps.svn.ts'
import { walk } from './walk.svn.ts'

/**
 * What changed in a Subversion repository, by its revisions: they are never written again, so that a page is the same whenever it is read. From the beginning means
 * from the files that there are now, not from the first revision. Externals are properties of folders, and are not followed. A folder that came, went or was moved
 * is told file by file.
 */
export type SvnApi = { readonly wire: DavWire; readonly name: string }

/** Revisions asked for at once, the one before them included. */
const revisionsAtOnce = 100

/** Folders that are read for one page, one after another; then it ends, however many files it has: a page has to come within a deadline. */
const foldersAtOnce = 16

/** What a page may still have. */
type Budget = { changes: number; folders: number }

export const listSvnChanges = async (api: SvnApi, after: string | null, { limit, ...opt }: ListOptions): Promise<ChangePage> => {
  checkLimit(limit)
  const root = await rootOf(api, opt)
  const given = after === null ? null : readPosition('changed', after)
  const budget = { changes: limit, folders: foldersAtOnce }
  const begin = async (isAnew: boolean) => ({ ...await listTree(api, { tree: root.revision, after: null }, budget, opt), isAnew })
  if (given === null) return begin(after !== null)
  if (isTree(given)) return { ...await listTree(api, given, budget, opt), isAnew: false }
  const entries = await readLog(api, given.revision, opt)
  // A repository that was brought back from a copy has fewer revisions than it had.
  return entries === null ? begin(true) : { ...await listLog(api, { entries, base: root.path, from: given }, budget, opt), isAnew: false }
}

/** A folder that is not there is refused: a wrong address, or a folder that was renamed, must not look like one whose files are all deleted. */
const rootOf = async ({ wire, name }: SvnApi, opt: CallOptions): Promise<{ readonly revision: number; readonly path: string }> => {
  const root = await wire.stat('/', opt)
  if (root === null) throw new Refused(name, 'the configured folder is not there')
  if (root.readableAt === null || root.repositoryPath === null) throw new Malformed(name, 'a folder without a revision: nothing that Subversion keeps')
  return { revision: Number(root.readableAt), path: root.repositoryPath }
}

// ── The tree, as it was in one revision ──

type Part<T> = { readonly rows: readonly T[]; readonly last: string | null; readonly more: boolean }

/** The files below a folder, or the file itself, from the path `after` on, as far as the budget goes. */
const readTree = async (
  { wire }: SvnApi, place: { readonly root: string; readonly revision: number; readonly after: string | null }, budget: Budget, opt: CallOptions,
): Promise<Part<DavResource>> => {
  const rows: DavResource[] = []
  let last = place.after
  for await (const passed of walk(wire, { ...place, revision: String(place.revision) }, budget, opt)) {
    if (budget.changes <= 0 || passed === null) return { rows, last, more: true }
    last = passed.path
    if (passed.file === null || !isArticleName(passed.path)) continue
    rows.push(passed.file)
    budget.changes -= 1
  }
  return { rows, last, more: false }
}

type Changes = Pick<ChangePage, 'changes' | 'marker' | 'more'>

const written = ({ path, version }: DavResource): ArticleChange => ({ kind: 'WRITTEN', id: path, revision: version ?? '' })

const listTree = async (api: SvnApi, { tree, after }: { readonly tree: number; readonly after: string | null }, budget: Budget, opt: CallOptions): Promise<Changes> => {
  const { rows, last, more } = await readTree(api, { root: '/', revision: tree, after }, budget, opt)
  const next: Position = more ? { tree, after: last } : { revision: tree, step: null, after: null }
  return { changes: rows.map(written), marker: writePosition('changed', next), more: true }
}

// ── The log ──

/** From the revision of the marker on, which is there again unless the repository is another. Null where there is no such revision. */
const readLog = async ({ wire }: SvnApi, from: number, opt: CallOptions): Promise<readonly SvnLogEntry[] | null> => {
  try {
    return await wire.log({ ...opt, from, limit: revisionsAtOnce })
  } catch (error) {
    // So many paths may have changed in a hundred revisions that their answer is too large; one alone has to fit, with the one before it.
    if (error instanceof Malformed) return wire.log({ ...opt, from, limit: 2 })
    throw error
  }
}

type LogPage = { readonly entries: readonly SvnLogEntry[]; readonly base: string; readonly from: Extract<Position, { readonly revision: number }> }

/** There is more where anything was told: only a log with nothing new ends it, however many entries the server gives. */
const listLog = async (api: SvnApi, { entries, base, from }: LogPage, budget: Budget, opt: CallOptions): Promise<Changes> => {
  const changes: ArticleChange[] = []
  let position: Position = from
  const left = entries.filter(({ revision }) => revision > from.revision || from.step !== null)
  for (const entry of left) {
    const isBegun = entry.revision === from.revision
    const stopped = await listEntry(api, entry.revision, stepsOf(entry, base), isBegun ? from : null, { changes, budget, opt })
    position = stopped ?? { revision: entry.revision, step: null, after: null }
    if (stopped !== null) break
  }
  return { changes, marker: writePosition('changed', position), more: left.length > 0 }
}

type Collecting = { readonly changes: ArticleChange[]; readonly budget: Budget; readonly opt: CallOptions }

/** Where it stopped within the revision; null where all of it was told. */
const listEntry = async (
  api: SvnApi, revision: number, steps: readonly Step[], from: { readonly step: number | null; readonly after: string | null } | null, { changes, budget, opt }: Collecting,
): Promise<Position | null> => {
  for (const [step, { kind, path, isWhole }] of steps.entries()) {
    if (step < (from?.step ?? 0)) continue
    const after = step === from?.step ? from.after : null
    if (budget.changes <= 0 || budget.folders <= 0) return { revision, step, after }
    if (!isWhole) {
      changes.push(kind === 'DELETED' ? { kind, id: path } : { kind, id: path, revision: String(revision) })
      budget.changes -= 1
      continue
    }
    const then = kind === 'DELETED' ? revision - 1 : revision
    const { rows, last, more } = await readTree(api, { root: path, revision: then, after }, budget, opt)
    changes.push(...rows.map((row): ArticleChange => (kind === 'DELETED' ? { kind, id: row.path } : written(row))))
    if (more) return { revision, step, after: last }
  }
  return null
}

// ── All there are ──

export const listSvnIds = async (api: SvnApi, after: string | null, { limit, ...opt }: ListOptions): Promise<IdPage> => {
  checkLimit(limit)
  const root = await rootOf(api, opt)
  const given = after === null ? null : readPosition('all', after)
  const at = given !== null && isTree(given) ? given : { tree: root.revision, after: null }
  const { rows, last, more } = await readTree(api, { root: '/', revision: at.tree, after: at.after }, { changes: limit, folders: foldersAtOnce }, opt)
  return {
    rows: rows.map(({ path }) => ({ id: path, place: folderOf(path), readers: null })),
    marker: writePosition('all', { tree: at.tree, after: last }),
    more,
    isAnew: after !== null && (given === null || !isTree(given)),
  }
}
