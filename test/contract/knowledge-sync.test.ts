import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { foundCompany, openShelf } from '../../demo/company.ts'
import type { Shelf, TheirArticle } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { startYuque } from '../../demo/yuque.ts'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { openKnowledgeOverConfluence } from '../../subgraphs/knowledge/backend.confluence.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import { openKnowledgeOverSvn } from '../../subgraphs/knowledge/backend.svn.ts'
import type { KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import { openKnowledgeOverYuque } from '../../subgraphs/knowledge/backend.yuque.ts'
import { svnServers } from '../kit/svn-servers.ts'
import type { SvnServer } from '../kit/svn-servers.ts'
import { settingsFor } from './knowledge-on-file.ts'
import { syncContract } from './knowledge-sync-suite.ts'
import type { OpenSyncSubject } from './knowledge-sync-suite.ts'

const inChinese = foundCompany().articles.filter(({ language }) => language === 'zh').slice(0, 40)

type OnShelf = {
  readonly start: (shelf: Shelf) => Promise<LegacySystem>
  readonly open: OpenAdapter<KnowledgeBackend>
  readonly settings?: Partial<BackendSettings>
  readonly tellsAll: boolean
}

const shelfSubject = ({ start, open, settings, tellsAll }: OnShelf): OpenSyncSubject => async () => {
  const shelf = openShelf(inChinese)
  const system = await start(shelf)
  const backend = open(settingsFor(system.url, settings))
  const numberOf = (at: number) => inChinese[at]?.id ?? 0
  const move = ({ id, spaceKey }: TheirArticle) => shelf.change(id, { spaceKey: spaceKey === 'SUP' ? 'DEV' : 'SUP' })
  return {
    ...{ backend, tellsAll, ids: inChinese.map(({ id }) => String(id)) },
    write: async (at, iso) => {
      shelf.change(numberOf(at), { updatedAt: iso })
      return String(numberOf(at))
    },
    remove: async (at) => shelf.remove(numberOf(at)),
    move: async (at) => {
      for (const article of shelf.articles.filter(({ id }) => id === numberOf(at))) move(article)
      return String(numberOf(at))
    },
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}

/** Files in two folders, beside one that is no article, and externals that nobody follows. */
const svnSubject = (start: () => Promise<SvnServer>): OpenSyncSubject => async () => {
  const server = await start()
  const ids = Array.from({ length: 30 }, (_, index) => `/手册/${index % 2 === 0 ? 'a' : 'b'}/${index}.md`)
  const by = (iso: string) => ({ author: 'nora', date: iso.replace('Z', '000Z') })
  const put = (id: string, content: string) => ({ put: `trunk${id}`, content })
  await server.commit([...ids.map((id) => put(id, `# ${id}`)), put('/手册/a/logo.png', 'x'), { put: 'other/x.md', content: '# beside it' }], by('2026-01-02T03:04:05.000Z'))
  const backend = openKnowledgeOverSvn(settingsFor(`${server.url}/trunk`))
  const idAt = (at: number) => ids[at] ?? ''
  const count = { written: 0 }
  return {
    ...{ backend, ids, tellsAll: true },
    write: async (at, iso) => {
      count.written += 1
      await server.commit([put(idAt(at), `# ${idAt(at)} ${count.written}`)], by(iso))
      return idAt(at)
    },
    remove: async (at) => {
      await server.commit([{ remove: `trunk${idAt(at)}` }], by('2026-11-25T10:20:30.000Z'))
    },
    move: async (at) => {
      const to = idAt(at).replace('手册', '档案')
      await server.commit([{ move: `trunk${idAt(at)}`, to: `trunk${to}` }], by('2026-11-25T10:20:30.000Z'))
      return to
    },
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

const adapters: Readonly<Record<string, OpenSyncSubject>> = {
  confluence: shelfSubject({ start: (company) => startConfluence({ port: 0, company }), open: openKnowledgeOverConfluence, tellsAll: false }),
  yuque: shelfSubject({
    start: (company) => startYuque({ port: 0, company }), open: openKnowledgeOverYuque, settings: { options: { namespace: ['shop/sup', 'shop/dev'] } }, tellsAll: false,
  }),
  svn: svnSubject(async () => (svnServers['the stand-in'] ?? assert.fail('no stand-in')).start()),
  jsonrpc: shelfSubject({
    start: (company) => startOrdersJsonRpc({ port: 0, company: { customers: [], orders: [], get articles() { return company.articles } } }), open: openKnowledgeOverJsonRpc, tellsAll: true,
  }),
}

for (const [wire, open] of Object.entries(adapters)) describe(`knowledge over ${wire}`, () => syncContract(open))
