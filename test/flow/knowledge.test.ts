import assert from 'node:assert/strict'
import { appendFile, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { foundCompany, openShelf } from '../../demo/company.ts'
import type { Shelf } from '../../demo/company.ts'
import { demoKnowledge } from '../../demo/company/departments.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { valueAt } from '../kit/asking.ts'
import { skipWithoutPostgresql } from '../kit/chat-databases.ts'
import { listen } from '../kit/chat-follow.ts'
import { openTalk, startChatHub } from '../kit/chat-hub.ts'
import type { ChatHub } from '../kit/chat-hub.ts'
import type { Person } from '../kit/chat-people.ts'
import { quietRouting } from '../kit/routing.ts'
import { transportNames } from '../kit/running-hub.ts'
import { until } from '../kit/until.ts'

/* From what three systems keep to what an agent finds, over their real wires, as they change and as one of them falls silent. */

const hitFields = '{ article { id title source { backend state } } score passage highlights duplicates }'
const hit = z.object({
  article: z.object({ id: z.string(), title: z.string(), source: z.object({ backend: z.string(), state: z.string() }) }),
  score: z.number(), passage: z.string(), highlights: z.array(z.int()), duplicates: z.array(z.string()),
})
const found = z.object({ hits: z.array(hit), silentSources: z.array(z.object({ name: z.string(), code: z.string() })) })
const kept = z.array(z.object({ name: z.string(), articles: z.int(), syncedAt: z.iso.datetime().nullable() }))

const search = async (who: Person, text: string, sources: readonly string[] | null = null, first = 10) =>
  found.parse(await who.get(`query ($text: String!, $sources: [String!], $first: Int!) { searchKnowledge(text: $text, sources: $sources, first: $first) { hits ${hitFields} silentSources { name code } } }`, { text, sources, first }, 'searchKnowledge'))
const listSources = async (who: Person) => kept.parse(await who.get('{ knowledgeSources { name articles syncedAt } }', {}, 'knowledgeSources'))
const read = (who: Person, id: string) => who.get('query ($id: ID!) { article(id: $id) { title body source { state } } }', { id }, 'article')
const best = async (who: Person, text: string) =>
  z.object({ source: z.string(), best: z.array(hit) }).nullable().parse(await who.get(`query ($text: String!) { routingDecision(text: $text, departmentPath: "support") { passages { source best(first: 5) ${hitFields} } } }`, { text }, 'routingDecision', 'passages'))

const citationFields = '{ id conversationId articleId title revision agentId state article { title } }'
const cited = z.object({ id: z.string(), conversationId: z.string(), articleId: z.string(), title: z.string(), revision: z.string(), agentId: z.string(), state: z.string(), article: z.object({ title: z.string() }).nullable() })
const payload = z.object({ citation: cited.nullable(), userErrors: z.array(z.object({ code: z.string(), field: z.array(z.string()) })) })
const cite = async (who: Person, conversationId: string, articleId: string) =>
  payload.parse(await who.get(`mutation ($conversationId: ID!, $articleId: ID!) { citeArticle(conversationId: $conversationId, articleId: $articleId) { citation ${citationFields} userErrors { code field } } }`, { conversationId, articleId }, 'citeArticle'))
const dismiss = async (who: Person, id: string) => payload.parse(await who.get(`mutation ($id: ID!) { dismissCitationNotice(id: $id) { citation ${citationFields} userErrors { code field } } }`, { id }, 'dismissCitationNotice'))
const citationsOf = async (who: Person, id: string) => z.array(cited).parse(await who.get(`query ($id: ID!) { conversation(id: $id) { citations ${citationFields} } }`, { id }, 'conversation', 'citations'))
const notices = async (who: Person) => z.array(cited).parse(await who.get(`{ citationNotices ${citationFields} }`, {}, 'citationNotices'))
const followNotices = (who: Person) => listen(who.client, `subscription { citationNoticed ${citationFields} }`, {}, 'citationNoticed')

/** The department that takes what nobody else does answers out of Yuque, which visitors may read. */
const writeRoutingWithKnowledge = async (directory: string) => {
  const rules = await readFile(path.join(quietRouting.directory, 'departments.yaml'), 'utf8')
  await mkdir(directory)
  await writeFile(path.join(directory, 'departments.yaml'), `knowledge: { yuque: [public] }\n${rules.replace('support: { strategy: manual }', 'support: { strategy: manual, knowledge: [yuque] }')}`)
}

const company = foundCompany()
/** The pages that the demo's Confluence keeps to a group. */
const restricted = company.articles.filter(({ readers }) => readers !== null && readers.length > 0)

for (const transport of transportNames) {
  describe(`knowledge, subgraphs ${transport}`, { skip: skipWithoutPostgresql }, () => {
    const opening = new AsyncDisposableStack()
    let shelf: Shelf
    let synonyms: string
    let chat: ChatHub
    let admin: Person
    let agent: Person
    let hr: Person
    before(async () => {
      const dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-knowledge-'))
      opening.defer(() => rm(dataDir, { recursive: true, force: true }))
      shelf = openShelf(company.articles)
      synonyms = path.join(dataDir, 'synonyms.yaml')
      await copyFile(demoKnowledge.synonyms, synonyms)
      const directory = path.join(dataDir, 'routing')
      await writeRoutingWithKnowledge(directory)
      const confluence = opening.use(await startConfluence({ port: 0, company: shelf }))
      chat = opening.use(await startChatHub({
        transport, database: { dataDir }, routing: { directory }, logLevel: 'info', knowledge: { ...demoKnowledge, synonyms, syncSeconds: 1, sweepMinutes: 1 },
        backends: { confluence: { url: confluence.url, timeoutMs: 2_000, breaker: { openMs: 3_000 } }, yuque: { timeoutMs: 2_000, breaker: { openMs: 3_000 } }, svn: { timeoutMs: 2_000, breaker: { openMs: 3_000 } } },
      }))
      admin = await chat.people.somebody({ role: 'admin', name: 'admin' })
      agent = await chat.people.agent(['tech'])
      hr = await chat.people.agent(['hr'])
      await until(async () => (await listSources(admin)).every(({ articles, syncedAt }) => articles > 40 && syncedAt !== null))
    })
    after(() => opening.disposeAsync())

    it('is read out of every source, and found in both languages', async () => {
      const counts = new Map((await listSources(admin)).map(({ name, articles }) => [name, articles]))
      assert.equal(counts.get('confluence'), company.articles.length)
      for (const [text, word] of [['支付宝退款多久到账', '支付宝'], ['how long does a refund to Alipay take', 'Alipay']] as const) {
        const { hits, silentSources } = await search(agent, text)
        assert.deepEqual(silentSources, [])
        assert.ok(hits.slice(0, 3).some(({ article }) => article.title.includes(word)), hits.map(({ article }) => article.title).join('; '))
        for (const { passage, highlights, score } of hits) {
          assert.ok(score > 0 && score <= 1 && highlights.length % 2 === 0)
          assert.ok(highlights.every((at, index) => at >= (highlights[index - 1] ?? 0) && at <= passage.length))
        }
      }
      for (const source of ['confluence', 'yuque', 'svn']) {
        const { hits } = await search(agent, 'refund 退款', [source], 3)
        assert.ok(hits.length > 0 && hits.every(({ article }) => article.source.backend === source), source)
      }
      const everywhere = await search(agent, '支付宝退款多久到账')
      assert.ok(everywhere.hits.some(({ duplicates }) => duplicates.length > 0), 'copies in other sources are folded')
    })

    it('gives nobody what they may not read, in any of its ways', async () => {
      assert.ok(restricted.length > 0)
      for (const { id, title } of restricted) {
        const hub = `confluence:${id}`
        const ways = async (who: Person) => [(await search(who, title)).hits.some(({ article, duplicates }) => article.id === hub || duplicates.includes(hub)), (await read(who, hub)) !== null]
        assert.deepEqual([await ways(agent), await ways(admin)], [[false, false], [true, true]], title)
      }
      assert.equal(await read(agent, 'svn:/handbook/internal/wages.md'), null)
      assert.notEqual(await read(hr, 'svn:/handbook/internal/wages.md'), null)
      const [few, all] = [await listSources(agent), await listSources(admin)]
      assert.ok(few.every(({ articles }, index) => articles <= (all[index]?.articles ?? 0)) && few.some(({ articles }, index) => articles < (all[index]?.articles ?? 0)))
      const visitor = await chat.people.visitor()
      assert.ok((await visitor.ask('{ searchKnowledge(text: "refund") { hits { score } } }')).errors.length > 0)
    })

    it('agrees with itself: what is found can be read, and what one way hides no other shows', async () => {
      const words = fc.uniqueArray(fc.constantFrom('退款', 'refund', '工资', 'wages', 'API', '错误', 'error', '发票', 'invoice', '密码', 'password', '内部', 'on-call', '快递'), { minLength: 1, maxLength: 3 })
      await fc.assert(fc.asyncProperty(words, fc.constantFrom('agent', 'hr', 'admin'), async (some, name) => {
        const who = { agent, hr, admin }[name]
        const text = some.join(' ')
        const [{ hits }, passages] = [await search(who, text, null, 20), await best(who, text)]
        for (const id of [...hits, ...(passages?.best ?? [])].map(({ article }) => article.id)) assert.notEqual(await read(who, id), null, `${name} ${id}`)
      }), { numRuns: 12 })
    })

    it('gives a routed text the passages of its source, before anybody has accepted it', async () => {
      const visitor = await chat.people.visitor()
      const { id } = await visitor.start({ body: '退款什么时候到账', departmentPath: 'support' })
      const routed = z.object({ status: z.string(), routing: z.object({ passages: z.object({ source: z.string(), best: z.array(hit) }).nullable() }).nullable() })
      const seen = async () => routed.parse(await admin.get(`query ($id: ID!) { conversation(id: $id) { status routing { passages { source best(first: 5) ${hitFields} } } } }`, { id }, 'conversation'))
      await until(async () => (await seen()).routing !== null)
      const { status, routing } = await seen()
      assert.notEqual(status, 'ACTIVE')
      const { source, best: passages } = routing?.passages ?? assert.fail('no source was chosen')
      assert.ok(passages.length > 0 && passages.every(({ article }) => article.source.backend === source))
      assert.deepEqual((await best(admin, '退款什么时候到账'))?.best.map(({ article }) => article.id), passages.map(({ article }) => article.id))
    })

    it('follows what is written, moved, restricted and deleted', async () => {
      const [first, second] = company.articles
      assert.ok(first && second)
      const word = 'zyxomma'
      shelf.change(first.id, { title: `About the ${word}`, updatedAt: new Date().toISOString() })
      await until(async () => (await search(agent, word)).hits[0]?.article.id === `confluence:${first.id}`)
      shelf.change(first.id, { readers: ['hr-only'], updatedAt: new Date().toISOString() })
      await until(async () => !(await search(agent, word)).hits.some(({ article }) => article.id === `confluence:${first.id}`))
      assert.equal((await search(hr, word)).hits[0]?.article.id, `confluence:${first.id}`)
      shelf.remove(first.id)
      assert.equal(await read(admin, `confluence:${first.id}`), null)
    })

    it('reads what changed together with an article of 20 MB, which it leaves as it was', async () => {
      const [huge, small] = company.articles.filter(({ readers }) => readers === null).slice(-2)
      assert.ok(huge && small)
      shelf.change(huge.id, { body: `<p>${'endless '.repeat(2_500_000)}</p>`, updatedAt: new Date().toISOString() })
      shelf.change(small.id, { title: 'Beside the wugglewump', updatedAt: new Date().toISOString() })
      await until(async () => (await search(agent, 'wugglewump')).hits[0]?.article.id === `confluence:${small.id}`)
      assert.ok(chat.hub.logged.some((line) => line.includes('an article can not be read') && line.includes(String(huge.id))))
      assert.ok((await search(agent, huge.title)).hits.some(({ article, duplicates }) => [article.id, ...duplicates].includes(`confluence:${huge.id}`)))
      shelf.remove(huge.id)
    })

    it('tells those who have cited an article that it says something else', async () => {
      const [, one] = company.articles.filter(({ readers }) => readers === null)
      assert.ok(one)
      const articleId = `confluence:${one.id}`
      const { id, agent: author } = await openTalk(chat.people)
      const { citation } = await cite(author, id, articleId)
      assert.ok(citation)
      assert.deepEqual([citation.state, citation.title, citation.agentId, citation.article], ['CURRENT', one.title, author.id, { title: one.title }])
      assert.equal((await cite(author, id, articleId)).citation?.id, citation.id)
      const [live, other] = [followNotices(author), followNotices(agent)]
      shelf.change(one.id, { tags: ['moved'] })
      shelf.change(one.id, { title: 'Said otherwise', updatedAt: new Date().toISOString() })
      await live.until(({ articleId: of, state, title, article }) => of === articleId && state === 'CHANGED' && title === one.title && valueAt(article, 'title') === 'Said otherwise')
      assert.deepEqual((await notices(author)).map(({ id: of, state }) => [of, state]), [[citation.id, 'CHANGED']])
      assert.deepEqual((await citationsOf(agent, id)).map(({ state }) => state), ['CHANGED'], 'whoever may see the conversation sees what it rests on')
      assert.equal((await dismiss(agent, citation.id)).userErrors[0]?.code, 'NOT_FOUND')
      assert.equal((await dismiss(author, citation.id)).citation?.id, citation.id)
      assert.deepEqual(await notices(author), [])
      assert.deepEqual(other.events, [])
      for (const followed of [live, other]) followed.stop()
    })

    it('cites nothing that is not there, in no conversation that is not, and shows nobody what they may not read', async () => {
      const { id, agent: author } = await openTalk(chat.people)
      const [secret] = restricted
      const wages = 'svn:/handbook/internal/wages.md'
      for (const [conversationId, articleId, field] of [[id, 'nowhere:1', 'articleId'], [id, 'confluence', 'articleId'], [id, `confluence:${secret?.id}`, 'articleId'], ['no-id', 'confluence:1', 'conversationId'], [id.replace(/^./, 'x'), 'confluence:1', 'conversationId']] as const) {
        assert.deepEqual((await cite(author, conversationId, articleId)).userErrors, [{ code: 'NOT_FOUND', field: [field] }], articleId)
      }
      assert.equal((await cite(hr, id, wages)).citation, null, 'of another department')
      assert.notEqual((await cite(admin, id, wages)).citation, null)
      assert.deepEqual([(await citationsOf(author, id)).length, (await citationsOf(admin, id)).length], [0, 1])
      const visitor = await chat.people.visitor()
      assert.ok((await visitor.ask('{ citationNotices { id } }')).errors.length > 0)
    })

    it('takes other synonyms while it runs, and no wrong ones', async () => {
      assert.deepEqual((await search(agent, 'qwxzzy')).hits, [])
      await appendFile(synonyms, '\n  - [qwxzzy, 支付宝]\n')
      await until(async () => (await search(agent, 'qwxzzy')).hits.some(({ article }) => article.title.includes('支付宝')))
      const { logged } = chat.hub
      await appendFile(synonyms, '\n  - [alone]\n')
      await until(async () => /synonyms\.yaml:\d+:\d+: expected at least two words/.test(logged.join('')))
      assert.ok((await search(agent, 'qwxzzy')).hits.length > 0)
    })

    it('goes on without a source that hangs, says which, and finds as fast what was read of it', async () => {
      const before_ = await search(agent, 'refund 退款', ['yuque'], 3)
      await chat.hub.demo.systems.yuque.setFault('hang')
      await until(async () => (await search(agent, 'refund 退款')).silentSources.some(({ name }) => name === 'yuque'))
      const started = performance.now()
      const during = await search(agent, 'refund 退款', ['yuque'], 3)
      assert.ok(performance.now() - started < 1_000)
      assert.deepEqual(during.hits.map(({ article }) => article.id), before_.hits.map(({ article }) => article.id))
      assert.ok(during.hits.every(({ article }) => article.source.state === 'STALE'))
      const id = during.hits[0]?.article.id ?? ''
      assert.deepEqual(valueAt(await read(agent, id), 'source'), { state: 'STALE' })
      await chat.hub.demo.systems.yuque.setFault('off')
      await until(async () => (await search(agent, 'refund 退款')).silentSources.length === 0)
    })

    it('takes whatever somebody types', async () => {
      for (const text of ['', ' ', '的 了 the of', '*', '"', 'NEAR(a b)', 'a OR b AND NOT c', '^refund$', '.*', 'x'.repeat(100_000), '退'.repeat(30_000), '\u202e🙂\u200b', "'; DROP TABLE"]) await search(agent, text)
      assert.ok((await agent.ask('{ searchKnowledge(text: "x", first: 51) { hits { score } } }')).errors.length > 0)
      assert.deepEqual((await search(agent, 'refund', ['nowhere'])).hits, [])
    })
  })
}
