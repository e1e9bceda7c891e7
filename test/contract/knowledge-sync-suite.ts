import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { BackendFailure } from '../../fuse/errors.ts'
import type { Article, ArticleChange, KnowledgeBackend, ListedArticle } from '../../subgraphs/knowledge/backend.ts'

/** A system whose articles change, and the adapter under test in front of it. */
export type SyncSubject = AsyncDisposable & {
  readonly backend: KnowledgeBackend
  /** Ids of what is there to begin with: thirty at least. */
  readonly ids: readonly string[]
  /** A new version of an article, or a new article, written at a time (ISO 8601 in UTC). Its id. */
  write(at: number, iso: string): Promise<string>
  /** The article `at` of `ids`. */
  remove(at: number): Promise<void>
  /** Moves the article `at` of `ids` elsewhere: its id then. */
  move(at: number): Promise<string>
  /** Whether `listChanges` tells of deletions and moves; else only `listIds` does. */
  readonly tellsAll: boolean
}

export type OpenSyncSubject = () => Promise<SyncSubject>

const opt = { signal: new AbortController().signal }

/** More pages than any of these tests needs: a list that does not end is an error, not a hang. */
const mostPages = 400

export type Followed = { readonly changes: readonly ArticleChange[]; readonly marker: string; readonly pages: number }

/** All changes after a marker. `between` is called after each page but the last. */
export const follow = async (backend: KnowledgeBackend, after: string | null, limit: number, between?: (page: number) => Promise<void>): Promise<Followed> => {
  const changes: ArticleChange[] = []
  let marker = after
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const page = await backend.listChanges(marker, { ...opt, limit })
    assert.ok(page.changes.length <= limit, `${page.changes.length} changes for ${limit}`)
    changes.push(...page.changes)
    marker = page.marker
    if (!page.more) return { changes, marker: page.marker, pages }
    await between?.(pages)
  }
  return assert.fail(`no end after ${mostPages} pages`)
}

export const listAll = async (backend: KnowledgeBackend, limit: number): Promise<readonly ListedArticle[]> => {
  let rows: ListedArticle[] = []
  let marker: string | null = null
  for (let pages = 1; pages <= mostPages; pages += 1) {
    const page: Awaited<ReturnType<KnowledgeBackend['listIds']>> = await backend.listIds(marker, { ...opt, limit })
    assert.ok(page.rows.length <= limit)
    rows = page.isAnew ? [...page.rows] : [...rows, ...page.rows]
    marker = page.marker
    if (!page.more) return rows
  }
  return assert.fail(`no end after ${mostPages} pages`)
}

/** What an index holds that follows the changes, by id: the revision. */
export const applied = (changes: readonly ArticleChange[], before: ReadonlyMap<string, string> = new Map()): Map<string, string> => {
  const index = new Map(before)
  for (const change of changes) {
    if (change.kind === 'DELETED') index.delete(change.id)
    else index.set(change.id, change.revision)
  }
  return index
}

export const there = async (backend: KnowledgeBackend, id: string): Promise<Article> => {
  const [row] = await backend.findArticles([id], opt)
  return row && !(row instanceof BackendFailure) ? row : assert.fail(`no article ${id}`)
}

/** Later than whatever the systems begin with, and before now. */
const minute = '2026-11-25T10:20'

const sorted = (ids: Iterable<string>) => [...ids].toSorted()

/** What every source promises to whoever follows it. */
export const syncContract = (open: OpenSyncSubject): void => void describe('following what changes', () => {
  let subject: SyncSubject
  beforeEach(async () => { subject = await open() })
  afterEach(() => subject[Symbol.asyncDispose]())

  test('from the beginning every article comes, whatever the size of the pages, with the revision that findArticles tells', async () => {
    const { backend, ids } = subject
    for (const limit of [1, 7, 1_000]) {
      const index = applied((await follow(backend, null, limit)).changes)
      assert.deepEqual(sorted(index.keys()), sorted(ids), `limit ${limit}`)
      for (const id of ids.slice(0, 3)) assert.equal(index.get(id), (await there(backend, id)).revision)
    }
  })

  test('after the end only what is new comes, and what may have been missed', async () => {
    const { backend } = subject
    const first = await follow(backend, null, 50)
    const nothing = await follow(backend, first.marker, 50)
    assert.ok(nothing.changes.length < 5, `${nothing.changes.length} changes`)
    const id = await subject.write(3, `${minute}:30.000Z`)
    const { changes } = await follow(backend, nothing.marker, 50)
    assert.ok(changes.some((change) => change.kind === 'WRITTEN' && change.id === id))
    assert.equal(applied(changes).get(id), (await there(backend, id)).revision)
  })

  test('what the source shows late is not missed, though the last change that was told is of a later moment', async () => {
    const { backend } = subject
    await subject.write(0, `${minute}:10.000Z`)
    let { marker } = await follow(backend, null, 50)
    for (const [at, iso] of [`${minute}:05.000Z`, '2026-11-25T10:19:30.000Z'].entries()) {
      const id = await subject.write(at + 1, iso)
      const followed = await follow(backend, marker, 50)
      ;({ marker } = followed)
      assert.ok(followed.changes.some((change) => change.id === id), iso)
    }
  })

  test('many changes of one instant come in pages, none missed', async () => {
    const { backend } = subject
    const { marker } = await follow(backend, null, 50)
    const written = new Set<string>()
    for (let at = 0; at < 25; at += 1) written.add(await subject.write(at, `${minute}:05.000Z`))
    const { changes, pages } = await follow(backend, marker, 4)
    assert.ok(pages >= 6)
    for (const id of written) assert.ok(changes.some((change) => change.id === id), id)
  })

  test('what is written while somebody pages is not missed, nor what it moves up', async () => {
    const { backend } = subject
    const { marker } = await follow(backend, null, 50)
    const written = new Map<string, string>()
    const write = async (at: number, second: number) => {
      const id = await subject.write(at, `${minute}:${String(second).padStart(2, '0')}.000Z`)
      written.set(id, (await there(backend, id)).revision)
    }
    for (let at = 0; at < 25; at += 1) await write(at, 5)
    const paged = await follow(backend, marker, 4, async (page) => {
      // Out of the front of what was read already, to the end.
      if (page <= 6) await write(page, 10 + page)
    })
    const { changes } = await follow(backend, paged.marker, 4)
    const index = applied([...paged.changes, ...changes])
    for (const [id, revision] of written) assert.equal(index.get(id), revision, id)
  })

  test('what is deleted while somebody pages hides nothing else', async () => {
    const { backend } = subject
    const { marker } = await follow(backend, null, 50)
    const written: string[] = []
    for (let at = 0; at < 25; at += 1) written.push(await subject.write(at, `${minute}:05.000Z`))
    const { changes } = await follow(backend, marker, 4, async (page) => {
      if (page <= 4) await subject.remove(page)
    })
    const told = new Set(changes.map(({ id }) => id))
    assert.deepEqual(written.filter((id, at) => (at < 1 || at > 4) && !told.has(id)), [])
  })

  test('what is deleted is told, or is in no list of what there is, and is not found', async () => {
    const { backend, ids } = subject
    const { marker } = await follow(backend, null, 50)
    const gone = ids[2] ?? ''
    await subject.remove(2)
    const { changes } = await follow(backend, marker, 50)
    assert.equal(changes.some((change) => change.kind === 'DELETED' && change.id === gone), subject.tellsAll)
    assert.ok(!(await listAll(backend, 7)).some(({ id }) => id === gone))
    assert.deepEqual(await backend.findArticles([gone], opt), [null])
  })

  test('what is moved is at its new place', async () => {
    const { backend, ids } = subject
    const { marker } = await follow(backend, null, 50)
    const before = await there(backend, ids[4] ?? '')
    const id = await subject.move(4)
    const after = await there(backend, id)
    assert.notEqual(after.place, before.place)
    assert.equal(after.body, before.body)
    const { changes } = await follow(backend, marker, 50)
    assert.equal(changes.some((change) => change.kind === 'WRITTEN' && change.id === id), subject.tellsAll)
    assert.equal(changes.some((change) => change.kind === 'DELETED' && change.id === before.id), subject.tellsAll && id !== before.id)
    assert.deepEqual((await listAll(backend, 50)).filter((row) => row.id === id || row.id === before.id).map(({ place }) => place), [after.place])
  })

  test('all there are come in pages, with the place and the readers that findArticles tells', async () => {
    const { backend, ids } = subject
    for (const limit of [6, 1_000]) assert.deepEqual(sorted((await listAll(backend, limit)).map(({ id }) => id)), sorted(ids))
    const rows = await listAll(backend, 1_000)
    for (const { id, place, readers } of rows.slice(0, 8)) {
      const article = await there(backend, id)
      assert.deepEqual({ place, readers }, { place: article.place, readers: article.readers })
    }
  })

  for (const stranger of ['', 'x', '0', 'null', 'changed', 'all/', 'log 1', 'changed log 99999', 'changed/2026-13-45T99:99Z/0//0', '%00', '\u0000', 'x'.repeat(5_000)]) {
    test(`a marker that is none (${JSON.stringify(stranger.slice(0, 40))}) begins anew, and says so`, async () => {
      const { backend } = subject
      const anew = await backend.listChanges(stranger, { ...opt, limit: 5 })
      assert.equal(anew.isAnew, true)
      const { isAnew, ...first } = await backend.listChanges(null, { ...opt, limit: 5 })
      assert.equal(isAnew, false)
      assert.deepEqual(anew, { ...first, isAnew: true })
      assert.equal((await backend.listIds(stranger, { ...opt, limit: 5 })).isAnew, true)
    })
  }

  test('a marker of one list is none of the other', async () => {
    const { backend } = subject
    const changes = await backend.listChanges(null, { ...opt, limit: 5 })
    const ids = await backend.listIds(null, { ...opt, limit: 5 })
    assert.equal((await backend.listIds(changes.marker, { ...opt, limit: 5 })).isAnew, true)
    assert.equal((await backend.listChanges(ids.marker, { ...opt, limit: 5 })).isAnew, true)
  })

  test('a limit that the port does not take is a defect of the caller\'s', async () => {
    for (const limit of [0, -1, 1.5, 1_001, NaN]) {
      await assert.rejects(subject.backend.listChanges(null, { ...opt, limit }), RangeError)
      await assert.rejects(subject.backend.listIds(null, { ...opt, limit }), RangeError)
    }
  })
})
