import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { Unreachable } from '../../fuse/errors.ts'
import { newNote, refusal } from './crm-asking.ts'
import type { CrmUnderTest } from './crm-suite.ts'

const opt = { signal: new AbortController().signal }

/** What every adapter that can write a note writes alike. */
export const crmNotes = ({ crm, system }: CrmUnderTest): void => {
  const notesOf = async (id: string) => {
    const [row] = await crm().findCustomers([id], opt)
    return row && 'notes' in row ? row.notes : assert.fail(`${id} is not there`)
  }

  describe('addNote', () => {
    test('writes what was said, whatever the charset, after the older notes', async () => {
      const texts = ['𠮷野家 😀', '&#65; &#x41; &amp; &#38;#65;', 'a & b <c> "d" \'e\' + 100% = ?', '第一行\n第二行', '€ ü ß', '%E4&cid=C-1']
      for (const text of texts) assert.deepEqual(await crm().addNote(newNote({ customerId: 'C-1110', text, author: '𠮷 & <ana>' }), opt), { kind: 'written' })
      const notes = await notesOf('C-1110')
      assert.deepEqual(notes.map(({ text, author }) => [text, author]), texts.map((text) => [text, '𠮷 & <ana>']))
    })

    test('tells when it was written in UTC', async () => {
      const began = Math.floor(Date.now() / 1000) * 1000
      await crm().addNote(newNote({ customerId: 'C-1111' }), opt)
      const [note] = await notesOf('C-1111')
      const writtenAt = note?.writtenAt ?? ''
      assert.match(writtenAt, /Z$/)
      assert.ok(Date.parse(writtenAt) >= began && Date.parse(writtenAt) <= Date.now(), writtenAt)
    })

    for (const customerId of ['C-9999', '', '..', 'C-1001,C-1002', 'C-1001\n', '\ud800']) {
      test(`for the customer ${JSON.stringify(customerId)}, who does not exist, says so`, async () => {
        assert.deepEqual(refusal(await crm().addNote(newNote({ customerId }), opt)), ['NOT_FOUND', 'customerId'])
      })
    }

    for (const text of ['', '  \n', 'x'.repeat(2_001)]) {
      test(`of ${JSON.stringify(text).slice(0, 12)} is invalid and writes nothing`, async () => {
        assert.deepEqual(refusal(await crm().addNote(newNote({ customerId: 'C-1112', text }), opt)), ['INVALID', 'text'])
        assert.deepEqual(await notesOf('C-1112'), [])
      })
    }

    test('of 2,000 characters that the charset does not have is whole', async () => {
      const text = 'é'.repeat(1_000) + '한'.repeat(1_000)
      assert.deepEqual(await crm().addNote(newNote({ customerId: 'C-1113', text }), opt), { kind: 'written' })
      assert.deepEqual((await notesOf('C-1113')).map((note) => note.text), [text])
    })

    test('with the same key is written once and answered the same, also when asked at once', async () => {
      const note = newNote({ customerId: 'C-1114' })
      const outcomes = [...await Promise.all([crm().addNote(note, opt), crm().addNote(note, opt)]), await crm().addNote(note, opt)]
      assert.deepEqual(outcomes, [{ kind: 'written' }, { kind: 'written' }, { kind: 'written' }])
      assert.deepEqual((await notesOf('C-1114')).map(({ text }) => text), [note.text])
    })

    test('with a key of another customer, text or author is refused', async () => {
      const note = newNote({ customerId: 'C-1115' })
      await crm().addNote(note, opt)
      for (const change of [{ customerId: 'C-1116' }, { text: '另一条' }, { author: 'bob' }]) {
        assert.deepEqual(refusal(await crm().addNote({ ...note, ...change }, opt)), ['IDEMPOTENCY_CONFLICT', 'idempotencyKey'])
      }
      assert.equal((await notesOf('C-1115')).length, 1)
      assert.deepEqual(await notesOf('C-1116'), [])
    })

    test('may have any text for its key, and no two texts are one key', async () => {
      const odd = ['键', 'a b', 'a%20b', 'a+b', '🔑', '&#38273;', '镃', '"', '\\"', '\ud800', '\\ud800', 'k'.repeat(500)]
      for (const idempotencyKey of odd) {
        const note = newNote({ customerId: 'C-1117', idempotencyKey })
        await crm().addNote(note, opt)
        assert.deepEqual(await crm().addNote(note, opt), { kind: 'written' })
      }
      assert.equal((await notesOf('C-1117')).length, odd.length)
    })

    test('whose answer was lost on the way is written once, and asking again gets its outcome', async () => {
      const note = newNote({ customerId: 'C-1118' })
      system().loseNextAnswer()
      await assert.rejects(crm().addNote(note, opt), Unreachable)
      assert.deepEqual(await crm().addNote(note, opt), { kind: 'written' })
      assert.deepEqual((await notesOf('C-1118')).map(({ text }) => text), [note.text])
    })
  })
}
