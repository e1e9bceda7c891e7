import { Refused } from '../../fuse/errors.ts'
import type { CallOptions } from '../../fuse/call.ts'
import type { DavResource, DavWire } from '../../fuse/wires/webdav.ts'

/** One thing passed: a file, or a folder with all that is in it (`file` null). */
export type Passed = { readonly path: string; readonly file: DavResource | null }

export type Walk = { readonly root: string; readonly revision: string; readonly after: string | null }

type Walking = { readonly wire: DavWire; readonly revision: string; readonly budget: { folders: number }; readonly opt: CallOptions }

/**
 * Whatever is below `root` in a revision, depth first, by name, behind the path `after`; `root` itself where it is a file; nothing where there is none. It counts
 * `budget.folders` down, and where nothing is left of it, gives null and is to be left. A folder that may not be read is passed over: what is in it is not for us.
 */
export async function* walk(wire: DavWire, { root, revision, after }: Walk, budget: { folders: number }, opt: CallOptions): AsyncGenerator<Passed | null> {
  const walking = { wire, revision, budget, opt }
  if (root === '/') {
    yield* walkFolder(walking, root, after)
    return
  }
  const found = await unlessRefused(wire.stat(root, { ...opt, revision }))
  if (found === null) return
  if (found.isFolder) yield* walkFolder(walking, root, after?.startsWith(`${root}/`) === true ? after : null)
  else if (after !== root) yield { path: root, file: found }
}

async function* walkFolder(walking: Walking, folder: string, after: string | null): AsyncGenerator<Passed | null> {
  const { wire, revision, budget, opt } = walking
  if (budget.folders <= 0) {
    yield null
    return
  }
  budget.folders -= 1
  const listing = wire.list(folder, { ...opt, revision })
  const inside = (await (folder === '/' ? listing : unlessRefused(listing))) ?? []
  for (const one of inside.toSorted(byPath)) {
    const isAbove = after?.startsWith(`${one.path}/`) === true
    if (after !== null && !isAbove && one.path <= childOn(folder, after)) continue
    if (one.isFolder) yield* walkFolder(walking, one.path, isAbove ? after : null)
    yield { path: one.path, file: one.isFolder ? null : one }
  }
}

const byPath = (one: DavResource, other: DavResource): number => (one.path < other.path ? -1 : 1)

/** What of a folder's own is on the way to a path below it. */
const childOn = (folder: string, path: string): string => {
  const end = path.indexOf('/', folder === '/' ? 1 : folder.length + 1)
  return end === -1 ? path : path.slice(0, end)
}

const unlessRefused = async <T>(answer: Promise<T | null>): Promise<T | null> => {
  try {
    return await answer
  } catch (error) {
    if (error instanceof Refused) return null
    throw error
  }
}
