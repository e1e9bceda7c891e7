import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { startCrmPhp } from '../../demo/crm-php.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import type { OpenAdapter, Opened } from '../../fuse/adapters.ts'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure, Cancelled, Faulted, Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import type { CrmBackend, Customer } from '../../subgraphs/crm/backend.ts'
import { openCrmOverForm } from '../../subgraphs/crm/backend.form.ts'
import { openCrmOverJsonRpc } from '../../subgraphs/crm/backend.jsonrpc.ts'
import { calls, idOf, newNote, refusal, settingsFor } from './crm-asking.ts'
import { customersOnFile, theirCustomers, unreadableCustomer } from './crm-on-file.ts'

const opt = { signal: new AbortController().signal }

type Wire = { readonly start: () => Promise<LegacySystem>; readonly open: OpenAdapter<CrmBackend>; readonly path: string }

const company = { customers: theirCustomers, orders: [] }

const wires: Readonly<Record<string, Wire>> = {
  form: { start: () => startCrmPhp({ port: 0, company, unreadable: new Set([unreadableCustomer]) }), open: openCrmOverForm, path: '/index.php' },
  jsonrpc: { start: () => startOrdersJsonRpc({ port: 0, company }), open: openCrmOverJsonRpc, path: '' },
}

const plain = <T>(row: Row<T>): unknown => (row instanceof BackendFailure ? row.name : row)
const mentions = ({ name, email, phone }: Customer, text: string) => [name, email, phone].some((field) => field?.toLowerCase().includes(text.toLowerCase()))

for (const [name, { start, open, path }] of Object.entries(wires)) {
  describe(`crm over ${name}`, () => {
    let system: LegacySystem
    let crm: Opened<CrmBackend>
    before(async () => {
      system = await start()
      crm = open(settingsFor(`${system.url}${path}`))
    })
    after(async () => {
      await crm[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    })
    /** Well again, and answering: a pooled connection that the system has cut may still cost the first calls. */
    afterEach(async () => {
      await system.setFault('off')
      for (let attempt = 0; attempt < 50 && !(await calls.findCustomers(crm, opt).then(() => true, () => false)); attempt += 1) await setImmediate()
    })

    const whole = (customer: Customer) => (name === 'form' && customer.id === unreadableCustomer ? 'Malformed' : customer)

    const notesOf = async (id: string) => {
      const [row] = await crm.findCustomers([id], opt)
      return row && 'notes' in row ? row.notes : assert.fail(`${id} is not there`)
    }

    describe('findCustomers', () => {
      test('gives 250 customers as they are on file, in the order asked for, a broken one at its own place', async () => {
        const asked = customersOnFile.toReversed()
        assert.deepEqual((await crm.findCustomers(asked.map(({ id }) => id), opt)).map(plain), asked.map(whole))
      })

      test('gives a customer who is asked for twice at both places, and null for one who is not there', async () => {
        const [first, second] = customersOnFile
        const ids = ['C-1002', 'C-9999', 'C-1001', 'C-1002']
        assert.deepEqual(await crm.findCustomers(ids, opt), [second, null, first, second])
      })

      for (const id of ['', 'C-1001,C-1002', '../C-1001', 'C-1001\n', ' C-1001', 'C-1001\u0000', '\ud800', '<cid>', '键', 'c'.repeat(10_000)]) {
        test(`knows no customer ${JSON.stringify(id).slice(0, 24)}, and finds the others beside it`, async () => {
          assert.deepEqual((await crm.findCustomers(['C-1002', id, 'C-1001'], opt)).map(idOf), ['C-1002', undefined, 'C-1001'])
          assert.deepEqual(await crm.findCustomers([id], opt), [null])
        })
      }

      test('asked nothing, answers nothing and costs no call', async () => {
        const asked = system.calls
        assert.deepEqual(await crm.findCustomers([], opt), [])
        assert.equal(system.calls, asked)
      })

      test('tells a tier without a word of ours as UNKNOWN beside the CRM\'s own', async () => {
        const [row] = await crm.findCustomers(['C-1005'], opt)
        assert.deepEqual(row && 'tier' in row && [row.tier, row.tierText], ['UNKNOWN', '黑钻'])
      })

      test('tells times in UTC, either side of the CRM\'s own midnight', async () => {
        const rows = await crm.findCustomers(['C-1001', 'C-1002'], opt)
        assert.deepEqual(rows.map((row) => row && 'id' in row && row.registeredAt), ['2019-12-31T15:59:59.000Z', '2019-12-31T16:00:00.000Z'])
      })
    })

    describe('searchCustomers', () => {
      for (const text of ['陈晓明', 'anna müller', '@EXAMPLE.com', 'c1042@example.com', '+86 138', '021-5566', 'O\'Neill & S', 'nobody at all', '%', '_', '+']) {
        test(`finds ${JSON.stringify(text)} in name, email and phone, page by page`, async () => {
          const found = customersOnFile.filter((customer) => mentions(customer, text))
          for (const [offset, limit] of [[0, 7], [7, 7], [Math.max(0, found.length - 7), 7], [0, 500], [found.length, 7], [found.length + 40, 7]] as const) {
            const page = await crm.searchCustomers({ text, offset, limit }, opt)
            assert.deepEqual(page.rows.map(plain), found.slice(offset, offset + limit).map(whole))
            assert.equal(page.totalCount, found.length)
            assert.equal(page.hasMore, offset + limit < found.length, `offset ${offset} limit ${limit}`)
          }
        })
      }

      for (const text of ['\u0000', '\ud800']) {
        test(`finds nobody called ${JSON.stringify(text)}`, async () => {
          assert.deepEqual(await crm.searchCustomers({ text, offset: 0, limit: 5 }, opt), { rows: [], hasMore: false, totalCount: 0 })
        })
      }
    })

    describe('addNote', () => {
      test('writes what was said, whatever the charset, after the older notes', async () => {
        const texts = ['𠮷野家 😀', '&#65; &#x41; &amp; &#38;#65;', 'a & b <c> "d" \'e\' + 100% = ?', '第一行\n第二行', '€ ü ß', '%E4&cid=C-1']
        for (const text of texts) assert.deepEqual(await crm.addNote(newNote({ customerId: 'C-1110', text, author: '𠮷 & <ana>' }), opt), { kind: 'written' })
        const notes = await notesOf('C-1110')
        assert.deepEqual(notes.map(({ text, author }) => [text, author]), texts.map((text) => [text, '𠮷 & <ana>']))
      })

      test('tells when it was written in UTC', async () => {
        const began = Math.floor(Date.now() / 1000) * 1000
        await crm.addNote(newNote({ customerId: 'C-1111' }), opt)
        const [note] = await notesOf('C-1111')
        const writtenAt = note?.writtenAt ?? ''
        assert.match(writtenAt, /Z$/)
        assert.ok(Date.parse(writtenAt) >= began && Date.parse(writtenAt) <= Date.now(), writtenAt)
      })

      for (const customerId of ['C-9999', '', '..', 'C-1001,C-1002', 'C-1001\n', '\ud800']) {
        test(`for the customer ${JSON.stringify(customerId)}, who does not exist, says so`, async () => {
          assert.deepEqual(refusal(await crm.addNote(newNote({ customerId }), opt)), ['NOT_FOUND', 'customerId'])
        })
      }

      for (const text of ['', '  \n', 'x'.repeat(2_001)]) {
        test(`of ${JSON.stringify(text).slice(0, 12)} is invalid and writes nothing`, async () => {
          assert.deepEqual(refusal(await crm.addNote(newNote({ customerId: 'C-1112', text }), opt)), ['INVALID', 'text'])
          assert.deepEqual(await notesOf('C-1112'), [])
        })
      }

      test('of 2,000 characters that the charset does not have is whole', async () => {
        const text = 'é'.repeat(1_000) + '한'.repeat(1_000)
        assert.deepEqual(await crm.addNote(newNote({ customerId: 'C-1113', text }), opt), { kind: 'written' })
        assert.deepEqual((await notesOf('C-1113')).map((note) => note.text), [text])
      })

      test('with the same key is written once and answered the same, also when asked at once', async () => {
        const note = newNote({ customerId: 'C-1114' })
        const outcomes = [...await Promise.all([crm.addNote(note, opt), crm.addNote(note, opt)]), await crm.addNote(note, opt)]
        assert.deepEqual(outcomes, [{ kind: 'written' }, { kind: 'written' }, { kind: 'written' }])
        assert.deepEqual((await notesOf('C-1114')).map(({ text }) => text), [note.text])
      })

      test('with a key of another customer, text or author is refused', async () => {
        const note = newNote({ customerId: 'C-1115' })
        await crm.addNote(note, opt)
        for (const change of [{ customerId: 'C-1116' }, { text: '另一条' }, { author: 'bob' }]) {
          assert.deepEqual(refusal(await crm.addNote({ ...note, ...change }, opt)), ['IDEMPOTENCY_CONFLICT', 'idempotencyKey'])
        }
        assert.equal((await notesOf('C-1115')).length, 1)
        assert.deepEqual(await notesOf('C-1116'), [])
      })

      test('may have any text for its key, and no two texts are one key', async () => {
        const odd = ['键', 'a b', 'a%20b', 'a+b', '🔑', '&#38273;', '镃', '"', '\\"', '\ud800', '\\ud800', 'k'.repeat(500)]
        for (const idempotencyKey of odd) {
          const note = newNote({ customerId: 'C-1117', idempotencyKey })
          await crm.addNote(note, opt)
          assert.deepEqual(await crm.addNote(note, opt), { kind: 'written' })
        }
        assert.equal((await notesOf('C-1117')).length, odd.length)
      })

      test('whose answer was lost on the way is written once, and asking again gets its outcome', async () => {
        const note = newNote({ customerId: 'C-1118' })
        system.loseNextAnswer()
        await assert.rejects(crm.addNote(note, opt), Unreachable)
        assert.deepEqual(await crm.addNote(note, opt), { kind: 'written' })
        assert.deepEqual((await notesOf('C-1118')).map(({ text }) => text), [note.text])
      })
    })

    for (const [method, call] of Object.entries(calls)) {
      for (const [fault, kind] of [['error', Faulted], ['garbage', Malformed], ['refuse', Unreachable]] as const) {
        test(`(${fault}) makes ${method} throw ${kind.name}`, async () => {
          await system.setFault(fault)
          await assert.rejects(call(crm, opt), (error: unknown) => error instanceof kind && error.backend === 'crm')
        })
      }

      test(`(hang) makes ${method} throw TimedOut at the deadline`, async () => {
        await system.setFault('hang')
        await assert.rejects(call(crm, { signal: AbortSignal.timeout(40) }), TimedOut)
      })

      test(`(hang) lets ${method} go as soon as the caller hangs up`, async () => {
        await system.setFault('hang')
        const caller = new AbortController()
        const asked = system.calls
        const gone = assert.rejects(call(crm, { signal: caller.signal }), Cancelled)
        while (system.calls === asked) await setImmediate()
        caller.abort()
        await gone
      })

      test(`is not asked by ${method} for a caller who has gone`, async () => {
        const asked = system.calls
        await assert.rejects(call(crm, { signal: AbortSignal.abort() }), Cancelled)
        assert.equal(system.calls, asked)
      })
    }
  })
}
