import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import iconv from 'iconv-lite'
import { z } from 'zod'
import { type LegacyAnswer, type LegacyHandler, startLegacy } from '../../demo/legacy.ts'
import { BackendFailure, Faulted, Malformed, Refused } from '../../fuse/errors.ts'
import type { CrmBackend } from '../../subgraphs/crm/backend.ts'
import { openCrmOverForm } from '../../subgraphs/crm/backend.form.ts'
import { openCrmOverJsonRpc } from '../../subgraphs/crm/backend.jsonrpc.ts'
import { calls, idOf, newNote, refusal, settingsFor } from './crm-asking.ts'

const opt = { signal: new AbortController().signal }

const broken: LegacyAnswer = { status: 500, headers: {}, body: '' }

describe('crm over form', () => {
  /** A CRM that answers with our XML; null is a 503. */
  const against = async (answer: (form: URLSearchParams, query: URLSearchParams) => string | Buffer | null, use: (crm: CrmBackend) => Promise<void>) => {
    const handle: LegacyHandler = ({ body, url }): LegacyAnswer => {
      const xml = answer(new URLSearchParams(body.toString('latin1')), url.searchParams)
      return xml === null ? { ...broken, status: 503 } : { status: 200, headers: { 'content-type': 'text/xml; charset=GBK' }, body: typeof xml === 'string' ? iconv.encode(xml, 'gbk') : xml }
    }
    await using system = await startLegacy({ name: 'crm', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using crm = openCrmOverForm(settingsFor(`${system.url}/index.php`))
    await use(crm)
  }

  const code = (number: number) => `<response><code>${number}</code><msg>x</msg></response>`
  const rows = (inner: string, total = 1) => `<response><code>0</code><data><total>${total}</total><rows>${inner}</rows></data></response>`
  const row = (cid: string, rest: Readonly<Record<string, string>> = {}) => {
    const fields = { cid, xm: '王芳', dh: '', yx: '', dj: '金卡', zcsj: '2020-02-29 08:00:00', bz: '', ...rest }
    return `<row>${Object.entries(fields).map(([field, value]) => `<${field}>${value}</${field}>`).join('')}</row>`
  }
  const idsIn = (form: URLSearchParams) => (form.get('ids') ?? '').split(',')
  const ids = Array.from({ length: 250 }, (_, index) => `C-${index}`)

  test('asks a hundred at a time', async () => {
    const asked: number[] = []
    await against((form) => { asked.push(idsIn(form).length); return rows(idsIn(form).toReversed().map((id) => row(id)).join('')) }, async (crm) => {
      assert.deepEqual((await crm.findCustomers(ids, opt)).map(idOf), ids)
    })
    assert.deepEqual(asked.toSorted((a, b) => a - b), [50, 100, 100])
  })

  test('what is no id is not sent', () => against(() => null, async (crm) => {
    assert.deepEqual(await crm.findCustomers(['', 'C-1,C-2', '../', 'a\nb', '键'], opt), [null, null, null, null, null])
  }))

  for (const zcsj of ['0000-00-00 00:00:00', '0000-00-00', '']) {
    test(`the date ${JSON.stringify(zcsj)} is none`, () => against(() => rows(row('C-1', { zcsj })), async (crm) => {
      const [one] = await crm.findCustomers(['C-1'], opt)
      assert.equal(one && 'registeredAt' in one ? one.registeredAt : one, null)
      assert.equal(idOf(one ?? null), 'C-1')
    }))
  }

  for (const zcsj of ['2021-02-30 00:00:00', '2021-01-01 25:00:00', 'yesterday', '2021-01-01']) {
    test(`the date ${JSON.stringify(zcsj)} costs its own row and no other`, () => against(() => rows(row('C-1', { zcsj }) + row('C-2')), async (crm) => {
      assert.deepEqual((await crm.findCustomers(['C-1', 'C-2'], opt)).map(idOf), ['Malformed', 'C-2'])
      assert.deepEqual((await crm.searchCustomers({ text: '王', offset: 0, limit: 5 }, opt)).rows.map(idOf), ['Malformed', 'C-2'])
    }))
  }

  test('a row that does not say whose it is leaves none called absent', () => against(() => rows(row('C-1') + row('')), async (crm) => {
    assert.deepEqual((await crm.findCustomers(['C-1', 'C-2'], opt)).map(idOf), ['C-1', 'Malformed'])
  }))

  test('one note and several are both lists', () => {
    const note = (nr: string) => `<note><nr>${nr}</nr><zz>ana</zz><sj>2022-01-01 08:00:00</sj></note>`
    return against(() => rows(row('C-1', { bz: note('a') }) + row('C-2', { bz: note('a') + note('b') })), async (crm) => {
      const found = await crm.findCustomers(['C-1', 'C-2'], opt)
      assert.deepEqual(found.map((one) => one && 'notes' in one && one.notes.map(({ text }) => text)), [['a'], ['a', 'b']])
    })
  })

  for (const [reference, character] of [['&#134071;', '𠮷'], ['&#x1F600;', '😀'], ['&amp;&lt;', '&<'], ['<![CDATA[<b>&]]>', '<b>&']] as const) {
    test(`${reference} is read as ${character}`, () => against(() => rows(row('C-1', { xm: reference })), async (crm) => {
      const [one] = await crm.findCustomers(['C-1'], opt)
      assert.equal(one && 'name' in one && !(one instanceof BackendFailure) && one.name, character)
    }))
  }

  for (const number of [5000, 5003, 5999]) {
    test(`the code ${number} inside HTTP 200 is a fault of the CRM's`, () => against(() => code(number), async (crm) => {
      for (const call of Object.values(calls)) await assert.rejects(call(crm, opt), Faulted)
    }))
  }

  test('another code inside HTTP 200 is a refusal where customers are read, and no outcome where a note is written', () => against(() => code(1400), async (crm) => {
    await assert.rejects(calls.findCustomers(crm, opt), Refused)
    await assert.rejects(calls.searchCustomers(crm, opt), Refused)
    await assert.rejects(calls.addNote(crm, opt), Malformed)
  }))

  for (const xml of ['<response/>', '<other><code>0</code></other>', code(0), '<response><code>well</code></response>', '', '<!DOCTYPE a [<!ENTITY x "y">]><response><code>0</code></response>']) {
    test(`${JSON.stringify(xml).slice(0, 40)} is no answer`, () => against(() => xml, async (crm) => {
      await assert.rejects(calls.findCustomers(crm, opt), Malformed)
      await assert.rejects(calls.searchCustomers(crm, opt), Malformed)
    }))
  }

  test('bytes that are no GBK are no answer', () => against(() => Buffer.concat([Buffer.from('<response><code>0</code><msg>'), Buffer.from([0x81, 0x20, 0xff]), Buffer.from('</msg></response>')]), async (crm) => {
    await assert.rejects(calls.findCustomers(crm, opt), Malformed)
  }))

  test('a character outside GBK goes out as a numeric reference', async () => {
    const sent: (string | null)[] = []
    await against((form) => { sent.push(form.get('content'), form.get('author')); return code(0) }, async (crm) => {
      await crm.addNote(newNote({ text: 'a𠮷😀b', author: '😀' }), opt)
    })
    assert.deepEqual(sent, ['a&#134071;&#128512;b', '&#128512;'])
  })

  test('text that looks like a numeric reference goes out as text', async () => {
    const sent: (string | null)[] = []
    await against((form) => { sent.push(form.get('content')); return code(0) }, async (crm) => {
      await crm.addNote(newNote({ text: '&#65; & &amp; &#x41; &&#38;#65;' }), opt)
    })
    assert.deepEqual(sent, ['&#38;#65; & &amp; &#38;#x41; &&#38;#38;#65;'])
  })

  for (const text of ['a\u0000b', '\u001b', '\ud800', '\uffff']) {
    test(`the text ${JSON.stringify(text)}, which no XML can give back, is invalid and not sent`, () => against(() => null, async (crm) => {
      assert.deepEqual(refusal(await crm.addNote(newNote({ text }), opt)), ['INVALID', 'text'])
    }))
  }

  test('a search for what GBK does not have is not sent', () => against(() => null, async (crm) => {
    assert.deepEqual(await crm.searchCustomers({ text: '😀', offset: 0, limit: 5 }, opt), { rows: [], hasMore: false, totalCount: 0 })
  }))
})

describe('crm over jsonrpc', () => {
  const against = async (result: unknown, use: (crm: CrmBackend) => Promise<void>) => {
    const handle: LegacyHandler = ({ body }) => {
      const { id } = z.object({ id: z.unknown() }).parse(JSON.parse(body.toString('utf8')))
      return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id, result }) }
    }
    await using system = await startLegacy({ name: 'crm', port: 0, handle, errorAnswer: broken, garbageAnswer: broken })
    await using crm = openCrmOverJsonRpc(settingsFor(system.url))
    await use(crm)
  }

  const row = (id: string, more: object = {}) => ({ id, name: 'n', tier: 'GOLD', ...more })

  test('a row that can\'t be read costs its own place', () => against([{ unreadable: true }, row('B'), null], async (crm) => {
    assert.deepEqual((await crm.findCustomers(['A', 'B', 'C'], opt)).map(idOf), ['Malformed', 'B', undefined])
  }))

  test('another customer at a place is not taken for the one who belongs there', () => against([row('B'), row('B')], async (crm) => {
    assert.deepEqual((await crm.findCustomers(['A', 'B'], opt)).map(idOf), ['Malformed', 'B'])
  }))

  test('a word that nobody knows is UNKNOWN beside it', () => against([row('A', { tier: 'DIAMOND' }), row('B', { tier: 'DIAMOND', tierText: '黑钻' })], async (crm) => {
    const found = await crm.findCustomers(['A', 'B'], opt)
    assert.deepEqual(found.map((one) => one && 'tier' in one && [one.tier, one.tierText]), [['UNKNOWN', 'DIAMOND'], ['UNKNOWN', '黑钻']])
  }))

  test('times with an offset are told in UTC', () => {
    const notes = [{ text: 't', author: 'a', writtenAt: '2021-01-01T08:00:00+08:00' }]
    return against([row('A', { registeredAt: '2020-01-01T00:00:00+08:00', notes })], async (crm) => {
      const [one] = await crm.findCustomers(['A'], opt)
      assert.ok(one && 'id' in one)
      assert.deepEqual([one.registeredAt, one.notes[0]?.writtenAt], ['2019-12-31T16:00:00.000Z', '2021-01-01T00:00:00.000Z'])
    })
  })

  for (const result of [[], [row('A')], null, { A: 1 }, 'x']) {
    test(`${JSON.stringify(result).slice(0, 20)} is no answer`, () => against(result, async (crm) => {
      await assert.rejects(calls.findCustomers(crm, opt), Malformed)
      await assert.rejects(calls.searchCustomers(crm, opt), Malformed)
      await assert.rejects(calls.addNote(crm, opt), Malformed)
    }))
  }
})
