import { z } from 'zod'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Malformed } from '../../fuse/errors.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openDavWire } from '../../fuse/wires/webdav.ts'
import type { DavWire } from '../../fuse/wires/webdav.ts'
import { gather } from '../gather.ts'
import type { Article, KnowledgeBackend } from './backend.ts'
import { listSvnChanges, listSvnIds } from './changes.svn.ts'
import { decodeFile, isArticleName } from './decode.svn.ts'

/** Files read at once; each costs two requests, one after the other. */
const atOnce = 8

const svnOptions = z.strictObject({
  /** Where people browse the same files, such as ViewVC's address of them; without it articles have no address. */
  browseUrl: z.url({ protocol: /^https?$/ }).optional(),
})

/**
 * Articles from a Subversion repository that Apache serves (mod_dav_svn). The configured URL is the folder of the articles, such as
 * `https://svn.example.com/company/trunk/docs`; an article's id is its path from there on, such as `/handbook/returns.md`. One that is moved has another id.
 */
export const openKnowledgeOverSvn: OpenAdapter<KnowledgeBackend> = (settings) => {
  const wire = openDavWire(settings)
  const { browseUrl = null } = svnOptions.parse(settings.options)
  return {
    findArticles: async (ids, opt) => {
      // A file that can't be read is not a call that failed: only what is thrown counts against the backend.
      const rows = await gather(ids, atOnce, async (id) => ({ row: await findOne(wire, settings, browseUrl, id, opt) }))
      return rows.map((found) => (found instanceof BackendFailure ? found : found.row))
    },
    listChanges: (after, opt) => listSvnChanges({ wire, name: settings.name }, after, opt),
    listIds: (after, opt) => listSvnIds({ wire, name: settings.name }, after, opt),
    [Symbol.asyncDispose]: () => wire[Symbol.asyncDispose](),
  }
}

/** The text is that of the revision which was described, whatever is committed in between. */
const findOne = async (wire: DavWire, settings: BackendSettings, browseUrl: string | null, id: string, opt: CallOptions): Promise<Row<Article>> => {
  if (!isArticleName(id)) return null
  const described = await wire.stat(id, opt)
  if (described === null || described.isFolder) return null
  const { readableAt: revision, bytes } = described
  if (revision === null) return new Malformed(settings.name, 'a file without a revision: nothing that Subversion keeps')
  if (bytes !== null && bytes > settings.maxResponseBytes) return new Malformed(settings.name, `a file of more than ${settings.maxResponseBytes} bytes`)
  const file = await wire.get(id, { ...opt, revision })
  return file === null ? null : decodeFile(described, file, settings, browseUrl)
}
