import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { pino } from 'pino'
import { openMemoryBus } from '../../bus/memory.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { openBook } from '../../subgraphs/book.ts'
import { openKnowledgeOverJsonRpc } from '../../subgraphs/knowledge/backend.jsonrpc.ts'
import type { Article } from '../../subgraphs/knowledge/backend.ts'
import { openLibrary } from '../../subgraphs/knowledge/library.prisma.ts'
import { fuseSource } from '../../subgraphs/knowledge/loaders.ts'
import { openIndex } from '../../subgraphs/knowledge/search/search-index.ts'
import { openShelf } from '../../subgraphs/knowledge/shelf.ts'
import { databases } from '../kit/databases.ts'
import type { TestDatabase } from '../kit/databases.ts'
import { openTestFuse } from '../kit/fuses.ts'
import { until } from '../kit/until.ts'
import { refusedUrl, settingsOf } from '../kit/wire-server.ts'

const articles = 2_000
const page = 200
const log = pino({ level: 'silent' })

const article = (at: number): Article => ({
  ...{ id: String(at), title: `Article ${at}`, url: null, revision: '1', updatedAt: '2026-11-01T00:00:00.000Z', author: null, tags: [], place: 'SUP', readers: null },
  body: `What number ${at} says of refunds. ${'Nothing in particular, 没什么特别的内容. '.repeat(20)}`,
})

describe('a shelf with a long way to its index', () => {
  let database: TestDatabase
  let dataDir: string
  let url: string
  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-shelf-'))
    url = await refusedUrl()
    database = await databases.pglite.open()
    const library = openLibrary(database)
    await library.lease('wiki', 'one', 60_000)
    for (let at = 0; at < articles; at += 500) await library.keep('wiki', 'one', { written: Array.from({ length: 500 }, (_, index) => article(at + index)) })
  })
  after(async () => {
    await database[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  })

  const file = () => path.join(dataDir, 'knowledge', 'index.db')

  /** Reads no source: all there is has been kept. */
  const open = () => {
    const opening = new AsyncDisposableStack()
    const { fuse } = opening.use(openTestFuse())
    const backend = opening.use(openKnowledgeOverJsonRpc(settingsOf(url)))
    const bus = openMemoryBus(log)
    const knowledge = { sync: false, syncSeconds: 60, sweepMinutes: 60, access: [], groups: {} }
    const shelf = opening.use(openShelf({
      ...{ database, bus, dataDir, log, knowledge, instance: 'test', synonyms: openBook([]), knowledgeMeter: openMetrics().knowledge },
      ...{ sources: new Map([['wiki', fuseSource(backend, fuse)]]), fuses: new Map() },
    }))
    return { shelf, close: () => opening.disposeAsync() }
  }
  const placeIn = async (index: { recall(name: string): Promise<string | null> }) => Number(await index.recall('change wiki') ?? 0)

  it('closes before its index is open, which nobody gets any more, and leaves the file closed in order', async () => {
    const { shelf, close } = open()
    const asked = shelf.index()
    const closed = close()
    await assert.rejects(asked, { name: 'AbortError' })
    await closed
    await assert.rejects(shelf.index(), { name: 'AbortError' })
    assert.deepEqual([`${file()}-wal`, `${file()}.sound`].map(existsSync), [false, existsSync(file())])
  })

  it('closes in the midst of feeding, without the rest, which the next one feeds', async () => {
    const first = open()
    const index = await first.shelf.index()
    let seen = 0
    await until(async () => (seen = await placeIn(index)) > 0)
    await first.close()
    assert.deepEqual([file(), `${file()}-wal`, `${file()}.sound`].map(existsSync), [true, false, true])
    let left = 0
    {
      await using between = await openIndex({ file: file(), synonyms: [], log })
      left = await placeIn(between)
    }
    assert.ok(left >= seen && left <= seen + 2 * page && left < articles, `${seen} when it was closed, ${left} afterwards`)
    const second = open()
    const again = await second.shelf.index()
    assert.ok((await placeIn(again)) >= left)
    await until(async () => (await placeIn(again)) === articles)
    assert.deepEqual(await again.count(['staff']), new Map([['wiki', articles]]))
    await second.close()
  })
})
