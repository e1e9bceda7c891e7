import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import type { CallOptions, Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { Article, KnowledgeBackend } from '../../subgraphs/knowledge/backend.ts'
import type { Patient as OrdersPatient } from './orders-suite.ts'

/** What the suite does to the system behind the adapter; a `LegacySystem` of the demo is one. */
export type Patient = Pick<OrdersPatient, 'setFault' | 'calls'>

/** An article as its adapter must tell it, but for its body: no two wires write the same one. */
export type ToldArticle = Omit<Article, 'body'>

/** A system with articles on file, and the adapter under test in front of it. The backend's name is `knowledge`. */
export type KnowledgeSubject = AsyncDisposable & {
  readonly backend: KnowledgeBackend
  readonly system: Patient
  /** Two at least; the first two can be read. */
  readonly onFile: readonly ToldArticle[]
  /** Ids, of those on file, whose rows come out broken. */
  readonly unreadable: ReadonlySet<string>
  /** An id as the system writes them, which no article has. */
  readonly absentId: string
  /** Words of code samples, with the signs that a converter might lose, by the id of the article whose body has them. */
  readonly samples: ReadonlyMap<string, string>
}

export type OpenKnowledgeSubject = () => Promise<KnowledgeSubject>

/** What every adapter of the knowledge port must hold, whatever its wire. */
export const knowledgeContract = (open: OpenKnowledgeSubject): void => {
  knowledgeReads(open)
  knowledgeFailures(open)
}

const opt = { signal: new AbortController().signal }

const idOf = (row: Row<Article>) => (row instanceof BackendFailure ? row.name : row?.id)

const told = (row: Row<Article>) => {
  if (row === null || row instanceof BackendFailure) return row?.name
  const { body: _, ...rest } = row
  return rest
}

const bodyOf = (row: Row<Article> | undefined) => (row == null || row instanceof BackendFailure ? '' : row.body)

/** A tag of HTML or of a wiki's own, or an entity: nothing that Markdown needs. */
const markup = /<\/?(?:ac:|ri:|p>|table|ul>|br|font|a name)|CDATA\[|&nbsp;|&mdash;/

/** None of these is an article's id in any source; some are put together with one that is. */
const oddIds: readonly ((id: string) => string)[] = [
  () => '', () => 'x', () => '../1', () => '1) or (id > 0', (id) => `${id},${id}`, (id) => ` ${id}`, (id) => `${id}\n`, (id) => `${id}/../${id}`, (id) => `${id}?x`,
  () => '-1', () => '1e3', () => '９', () => '\u0000', () => '\ud800', () => '9'.repeat(30), () => '.', () => '..',
]

const firstIds = ({ onFile: [first, second] }: KnowledgeSubject): readonly [string, string] => {
  if (!first || !second) throw new TypeError('a subject of the contract has two articles')
  return [first.id, second.id]
}

const knowledgeReads = (open: OpenKnowledgeSubject): void => void describe('looking up', () => {
  let subject: KnowledgeSubject
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())

  const find = (ids: readonly string[]) => subject.backend.findArticles(ids, opt)

  test('every article comes as it is on file, in the order asked for, a broken one at its own place', async () => {
    const asked = subject.onFile.toReversed()
    const expected = asked.map((article) => (subject.unreadable.has(article.id) ? 'Malformed' : article))
    assert.deepEqual((await find(asked.map(({ id }) => id))).map(told), expected)
  })

  test('every body is text without markup', async () => {
    for (const row of await find(subject.onFile.map(({ id }) => id))) {
      if (row === null || row instanceof BackendFailure) continue
      assert.notEqual(row.body, '')
      assert.doesNotMatch(row.body, markup, row.title)
    }
  })

  test('what is in code samples is all there', async () => {
    const ids = [...subject.samples.keys()]
    assert.notEqual(ids.length, 0)
    const rows = await find(ids)
    for (const [at, sample] of [...subject.samples.values()].entries()) assert.ok(bodyOf(rows[at]).includes(sample), ids[at])
  })

  test('an article that is asked for twice is at both places, and one that is not there is null', async () => {
    const [first, second] = firstIds(subject)
    assert.deepEqual((await find([second, subject.absentId, first, second])).map(idOf), [second, undefined, first, second])
  })

  for (const odd of oddIds) {
    test(`there is no article ${JSON.stringify(odd('1'))}, and the others beside it are found`, async () => {
      const [first, second] = firstIds(subject)
      assert.deepEqual((await find([second, odd(first), first])).map(idOf), [second, undefined, first])
      assert.deepEqual(await find([odd(first)]), [null])
    })
  }

  test('nothing asked is nothing answered, and costs no call', async () => {
    const asked = subject.system.calls
    assert.deepEqual(await find([]), [])
    assert.equal(subject.system.calls, asked)
  })
})

const faults = [['error', Faulted], ['garbage', Malformed], ['refuse', Unreachable]] as const

const knowledgeFailures = (open: OpenKnowledgeSubject): void => void describe('a system in trouble', () => {
  let subject: KnowledgeSubject
  before(async () => { subject = await open() })
  after(() => subject[Symbol.asyncDispose]())
  /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
  afterEach(async () => {
    await subject.system.setFault('off')
    for (let attempt = 0; attempt < 50 && !(await ask(opt).then(() => true, () => false)); attempt += 1) await setImmediate()
  })

  const ask = (options: CallOptions) => subject.backend.findArticles(firstIds(subject), options)

  for (const [fault, kind] of faults) {
    test(`(${fault}) makes findArticles throw ${kind.name}`, async () => {
      await subject.system.setFault(fault)
      await assert.rejects(ask(opt), (error: unknown) => error instanceof kind && error.backend === 'knowledge')
    })
  }

  test('(hang) makes findArticles throw TimedOut at the deadline', async () => {
    await subject.system.setFault('hang')
    await assert.rejects(ask({ signal: AbortSignal.timeout(40) }), TimedOut)
  })

  test('(hang) lets findArticles go as soon as the caller hangs up', async () => {
    await subject.system.setFault('hang')
    const caller = new AbortController()
    const asked = subject.system.calls
    const gone = assert.rejects(ask({ signal: caller.signal }), Cancelled)
    while (subject.system.calls === asked) await setImmediate()
    caller.abort()
    await gone
  })

  test('is not asked for a caller who has gone', async () => {
    const asked = subject.system.calls
    await assert.rejects(ask({ signal: AbortSignal.abort() }), Cancelled)
    assert.equal(subject.system.calls, asked)
  })
})
