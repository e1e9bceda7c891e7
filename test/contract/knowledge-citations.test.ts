import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import type { Article } from '../../subgraphs/knowledge/backend.ts'
import { openCitations } from '../../subgraphs/knowledge/citing.prisma.ts'
import type { Citations } from '../../subgraphs/knowledge/citing.ts'
import { openLibrary } from '../../subgraphs/knowledge/library.prisma.ts'
import type { Library } from '../../subgraphs/knowledge/library.ts'
import { kindsOfDatabase } from '../kit/chat-stores.ts'
import { databases } from '../kit/databases.ts'
import type { TestDatabase } from '../kit/databases.ts'

const article = (id: string, more: Partial<Article> = {}): Article => ({
  ...{ id, title: `title of ${id}`, body: `body of ${id}`, url: null, revision: '1', updatedAt: '2026-11-01T00:00:00.000Z', author: null, tags: [], place: 'SUP', readers: null }, ...more,
})

for (const kind of kindsOfDatabase) {
  describe(`what agents have cited, on ${kind}`, { skip: databases[kind].skip }, () => {
    const source = `source-${randomUUID().slice(0, 8)}`
    let database: TestDatabase
    let library: Library
    let citations: Citations
    before(async () => {
      database = await databases[kind].open()
      library = openLibrary(database)
      citations = openCitations(database)
      await library.lease(source, 'one', 60_000)
      await library.keep(source, 'one', { written: [article('a'), article('b', { readers: ['group:x'] })] })
    })
    after(() => database[Symbol.asyncDispose]())

    const write = (...written: readonly Article[]) => library.keep(source, 'one', { written })
    const openConversation = async (): Promise<string> => {
      const [id, now, client] = [randomUUID(), new Date(), await database.client()]
      await client.conversation.create({ data: {
        id, status: 'ACTIVE', departmentPath: 'tech', agentId: 'ann', visitorId: 'vic', visitorName: 'Vic', visitorVerified: false, openedAt: now, activityAt: now, publicActivityAt: now, queuedAt: now,
        position: 1, publicPosition: 1, seq: 1, startClientMessageId: id, startFingerprint: '',
      } })
      return id
    }
    const cite = async (conversationId: string, articleId: string, agentId: string) => (await citations.cite({ conversationId, agentId, source, articleId })) ?? assert.fail('not cited')
    const unseen = async (...agents: readonly string[]) => (await citations.listUnseen(agents)).map(({ agentId, articleId, state }) => [agentId, articleId, state])
    const named = () => randomUUID().slice(0, 8)

    it('is kept once for each agent and conversation, with where that is and who may read the article', async () => {
      const [id, ann] = [await openConversation(), named()]
      const first = await cite(id, 'b', ann)
      assert.deepEqual(
        { ...first, id: '', citedAt: 0, version: '' },
        { id: '', conversationId: id, placement: { departmentPath: 'tech', agentId: 'ann', offeredTo: null, visitorId: 'vic' }, agentId: ann, source, articleId: 'b', access: { place: 'SUP', readers: ['group:x'] }, title: 'title of b', revision: '1', citedAt: 0, state: 'CURRENT', version: '' },
      )
      assert.equal((await cite(id, 'b', ann)).id, first.id)
      await cite(id, 'a', ann)
      const [here, nowhere] = await citations.listIn([id, randomUUID()])
      assert.deepEqual([here?.map(({ articleId }) => articleId).toSorted(), nowhere], [['a', 'b'], []])
    })

    it('is told of when the article says something else, until it was seen, and again when it changes again or goes', async () => {
      const [id, ann, bob] = [await openConversation(), named(), named()]
      const citation = await cite(id, 'a', ann)
      await library.keep(source, 'one', { moved: [{ id: 'a', place: 'ELSE', readers: null }] })
      await write(article('a', { place: 'ELSE', tags: ['new'], revision: '2' }))
      assert.deepEqual(await unseen(ann), [], 'what it says is what counts')
      await write(article('a', { body: 'other', revision: '3' }))
      assert.deepEqual(await unseen(ann, bob), [[ann, 'a', 'CHANGED']])
      await cite(id, 'a', bob)
      assert.deepEqual(await unseen(bob), [], 'cited as it is by then')
      await citations.see(citation.id, bob)
      assert.deepEqual((await unseen(ann)).length, 1, 'seen by another')
      await citations.see(citation.id, ann)
      assert.deepEqual([await unseen(ann), (await citations.find([citation.id]))[0]?.state], [[], 'CHANGED'])
      await library.keep(source, 'one', { gone: ['a'] })
      assert.deepEqual(await unseen(ann, bob), [[bob, 'a', 'GONE'], [ann, 'a', 'GONE']])
      assert.equal((await citations.find([citation.id]))[0]?.title, 'title of a')
      await write(article('a'))
      assert.deepEqual(await unseen(bob), [[bob, 'a', 'CHANGED']])
      assert.deepEqual((await unseen(ann)).length, 1, 'back as it was cited, though seen otherwise')
      assert.equal((await citations.find([citation.id]))[0]?.state, 'CURRENT')
    })

    it('is nothing where the conversation, the article or the id is not there', async () => {
      const id = await openConversation()
      for (const [conversationId, articleId, from] of [[id, 'c', source], [id, 'a', 'nowhere'], [randomUUID(), 'a', source], ['no-id', 'a', source], [id, 'a\0', source]] as const) {
        assert.equal(await citations.cite({ conversationId, agentId: 'ann', source: from, articleId }), null)
      }
      assert.deepEqual(await citations.find(['no-id', randomUUID()]), [null, null])
      assert.equal(await citations.findPlacement('no-id'), null)
      await citations.see('no-id', 'ann')
    })
  })
}
