import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Article } from '../../subgraphs/knowledge/backend.ts'
import { openLibrary } from '../../subgraphs/knowledge/library.prisma.ts'
import type { Library } from '../../subgraphs/knowledge/library.ts'
import { kindsOfDatabase } from '../kit/chat-stores.ts'
import { databases } from '../kit/databases.ts'
import type { TestDatabase } from '../kit/databases.ts'

const article = (id: string, more: Partial<Article> = {}): Article => ({
  ...{ id, title: `title of ${id}`, body: `body of ${id}`, url: null, revision: '1', updatedAt: '2026-11-01T00:00:00.000Z', author: null, tags: ['a'], place: 'SUP', readers: null }, ...more,
})

for (const kind of kindsOfDatabase) {
  describe(`what was read of a source, on ${kind}`, { skip: databases[kind].skip }, () => {
    let database: TestDatabase
    let library: Library
    let source: string
    before(async () => {
      database = await databases[kind].open()
      library = openLibrary(database)
    })
    after(() => database[Symbol.asyncDispose]())

    const begin = async () => {
      source = `source-${randomUUID().slice(0, 8)}`
      await library.lease(source, 'one', 60_000)
      return source
    }
    const changed = async (from = 0) => (await library.listChanged(source, from, 100)).map(({ id, change, isGone }) => [id, change, isGone] as const)

    it('is read by one process at a time, and by the next where that one falls silent', async () => {
      const name = `source-${randomUUID().slice(0, 8)}`
      const leases = await Promise.all(['one', 'two', 'three'].map((holder) => library.lease(name, holder, 60_000)))
      assert.equal(leases.filter((lease) => lease !== null).length, 1)
      const holder = ['one', 'two', 'three'][leases.findIndex((lease) => lease !== null)] ?? ''
      assert.deepEqual(await library.lease(name, holder, 60_000), { marker: null, sweptAt: null }, 'who has it may have it longer')
      await library.release(name, 'nobody')
      assert.equal(await library.lease(name, 'four', 60_000), null)
      await library.release(name, holder)
      assert.notEqual(await library.lease(name, 'four', 60_000), null)
      await (await database.client()).$executeRawUnsafe("UPDATE knowledge_source SET leased_until = now() - interval '1 second' WHERE name = $1", name)
      assert.equal(await library.keep(name, 'four', { written: [article('late')] }), false, 'whose lease is over keeps nothing')
      assert.notEqual(await library.lease(name, 'five', 60_000), null)
      assert.deepEqual(await library.find(name, ['late']), [null])
    })

    it('is kept with how far that is, in the order of changes, and what is as it was is no change', async () => {
      await begin()
      assert.equal(await library.keep(source, 'one', { written: [article('a'), article('b')], marker: 'm-1', syncedAt: 5_000, failureCode: null }), true)
      assert.deepEqual(await changed(), [['a', 1, false], ['b', 2, false]])
      await library.keep(source, 'one', { written: [article('a'), article('b', { revision: '2', body: 'new' })], marker: 'm-2' })
      assert.deepEqual(await changed(), [['a', 1, false], ['b', 4, false]])
      assert.deepEqual(await library.lease(source, 'one', 1_000), { marker: 'm-2', sweptAt: null })
      const [state] = (await library.listSources()).filter(({ name }) => name === source)
      assert.equal((await library.listKept(source, null, 10)).length, 2)
      assert.deepEqual(state, { name: source, lastChange: 4, syncedAt: 5_000, failureCode: null })
      assert.deepEqual((await library.find(source, ['b', 'nope', 'b\0', 'a'])).map((one) => one?.body), ['new', undefined, undefined, 'body of a'])
    })

    it('knows what is gone, moved, restricted, and back again', async () => {
      await begin()
      await library.keep(source, 'one', { written: [article('a'), article('b', { readers: ['group:x'] }), article('c')] })
      await library.keep(source, 'one', { gone: ['a', 'never there'], moved: [{ id: 'b', place: 'DEV', readers: null }, { id: 'c', place: 'SUP', readers: null }] })
      assert.deepEqual((await library.listChanged(source, 3, 10)).map(({ id, isGone, place, readers, body }) => [id, isGone, place, readers, body]), [
        ['b', false, 'DEV', null, 'body of b'], ['a', true, 'SUP', null, ''],
      ])
      assert.deepEqual(await library.listKept(source, null, 10), ['b', 'c'])
      assert.deepEqual(await library.listKept(source, 'b', 10), ['c'])
      await library.keep(source, 'one', { written: [article('a'), article('b', { readers: [] })] })
      assert.deepEqual((await library.find(source, ['a', 'b'])).map((one) => [one?.body, one?.readers]), [['body of a', null], ['body of b', []]])
    })

    it('takes whatever a source may have written', async () => {
      await begin()
      const written = [article('nul', { title: 'a\0b', body: '\ud800 half' }), article('long', { body: '长'.repeat(200_000) }), article('same'), article('same', { title: 'the last' }), article('bad\0id')]
      assert.equal(await library.keep(source, 'one', { written }), true)
      assert.deepEqual((await library.find(source, ['nul', 'long', 'same'])).map((one) => [one?.title, one?.body.length]), [['ab', 6], ['title of long', 200_000], ['the last', 12]])
    })
  })
}
