import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { RowDataPacket } from 'mysql2/promise'
import type { TheirCustomer } from '../../demo/company.ts'
import type { CrmTables } from '../../demo/crm-mysql/seed.ts'
import type { Opened } from '../../fuse/adapters.ts'
import type { Row } from '../../fuse/call.ts'
import { Refused } from '../../fuse/errors.ts'
import { mysqlOptions, openMysqlWire } from '../../fuse/wires/mysql.ts'
import type { CrmBackend, Customer } from '../../subgraphs/crm/backend.ts'
import { openCrmOverMysql } from '../../subgraphs/crm/backend.mysql.ts'
import { storedText } from '../../subgraphs/crm/decode.mysql.ts'
import { misread } from '../../demo/crm-mysql/seed.ts'
import { calls, idOf, newNote } from './crm-asking.ts'
import { startCrmMysql, whyNoMysql } from './crm-mysql-system.ts'
import type { CrmMysql } from './crm-mysql-system.ts'

const opt = { signal: new AbortController().signal }
const skip = whyNoMysql

const customer = (id: string, rest: Partial<TheirCustomer> = {}): TheirCustomer => ({
  id, name: '王芳', language: 'zh', email: `${id}@Example.com`, phone: '021-5566', tier: 'GOLD', tierWord: '金卡',
  registeredAt: '2020-02-29T00:00:00.000Z', notes: [{ text: '老客户', author: '李雷', writtenAt: '2022-01-01T16:00:00.000Z' }], ...rest,
})

/** Tables of one test's own. */
const against = async (tables: Omit<CrmTables, 'url'>, use: (crm: Opened<CrmBackend>, system: CrmMysql) => Promise<void>) => {
  await using system = await startCrmMysql(tables)
  await using crm = openCrmOverMysql(system.settings)
  await system.admin.query(`USE ${system.database}`)
  await use(crm, system)
}

const there = (row: Row<Customer> | undefined): Customer => (row && 'name' in row && 'tier' in row ? row : assert.fail(`no customer: ${String(row)}`))
const search = async (crm: CrmBackend, text: string) => (await crm.searchCustomers({ text, offset: 0, limit: 10 }, opt)).rows.map(idOf)

describe('crm over mysql, in old tables', { skip }, () => {
  const layouts: readonly (readonly [string, Omit<CrmTables, 'url' | 'customers'>])[] = [
    ['GBK in columns that say latin1', { charset: 'latin1', storedCharset: 'gbk' }],
    ['UTF-8 in columns that say latin1', { charset: 'latin1', storedCharset: 'utf-8' }],
    ['Big5 in columns that say latin1', { charset: 'latin1', storedCharset: 'big5' }],
    ['UTF-8 that was encoded twice', { charset: 'utf8mb4', storedCharset: 'utf-8' }],
    ['GBK that was encoded as if it were latin1', { charset: 'utf8mb4', storedCharset: 'gbk' }],
    ['GBK in columns that say so', { charset: 'gbk' }],
  ]
  for (const [what, layout] of layouts) {
    test(`reads and searches ${what}`, () => {
      const chinese = layout.storedCharset === 'big5' ? { name: '陳曉明', notes: [], tier: 'GOLD' } as const : { name: '陈晓明' }
      return against({ ...layout, customers: [customer('A-1', chinese), customer('A-2', { name: 'Ana' })] }, async (crm) => {
        const [one] = await crm.findCustomers(['A-1'], opt)
        const { name, tierText, notes } = there(one)
        assert.deepEqual([name, tierText], [chinese.name, '金卡'])
        if (layout.storedCharset !== 'big5') assert.deepEqual(notes, [{ text: '老客户', author: '李雷', writtenAt: '2022-01-01T16:00:00.000Z' }])
        assert.deepEqual(await search(crm, chinese.name.slice(1)), ['A-1'])
        assert.deepEqual(await search(crm, 'aNA'), ['A-2'])
        assert.deepEqual(await search(crm, '@EXAMPLE'), ['A-1', 'A-2'])
      })
    })
  }

  test('a byte in the midst of a character finds nobody', () => against({ charset: 'latin1', storedCharset: 'gbk', customers: [customer('A-1', { name: '啊' })] }, async (crm) => {
    // 啊 is B0 A1, which latin1 shows as °¡.
    assert.deepEqual(await search(crm, '°'), [])
    assert.deepEqual(await search(crm, '啊'), ['A-1'])
  }))

  test('a name cut in the midst of a character costs its own row', () => against({ charset: 'latin1', storedCharset: 'gbk', customers: [customer('A-1'), customer('A-2'), customer('A-3')] }, async (crm, { admin }) => {
    await admin.query('UPDATE ecs_users SET user_name = LEFT(user_name, 3) WHERE user_sn = \'A-1\'')
    await admin.query('UPDATE ecs_user_note SET content = LEFT(content, 5) WHERE user_id = 3')
    assert.deepEqual((await crm.findCustomers(['A-1', 'A-2', 'A-3'], opt)).map(idOf), ['Malformed', 'A-2', 'Malformed'])
    assert.deepEqual(await search(crm, '@example.com'), ['Malformed', 'A-2', 'Malformed'])
  }))

  test('a row that was written rightly among those encoded twice costs itself, and is not shown as question marks', () =>
    against({ charset: 'utf8mb4', storedCharset: 'utf-8', customers: [customer('A-1'), customer('A-2')] }, async (crm, { admin }) => {
      await admin.query('UPDATE ecs_users SET user_name = \'王芳\' WHERE user_sn = \'A-1\'')
      assert.deepEqual((await crm.findCustomers(['A-1', 'A-2'], opt)).map(idOf), ['Malformed', 'A-2'])
    }))

  test('dates that are none are null; dates that no calendar has cost their row; a note must have one', () =>
    against({ customers: ['A-1', 'A-2', 'A-3'].map((id) => customer(id, { registeredAt: '2020-01-01T00:00:00.000Z' })), unreadable: new Set(['A-2']) }, async (crm, { admin }) => {
      await admin.query('SET SESSION sql_mode = \'\'')
      await admin.query('UPDATE ecs_users SET reg_time = \'0000-00-00\' WHERE user_id = 1')
      await admin.query('UPDATE ecs_user_note SET add_time = \'0000-00-00\' WHERE user_id = 3')
      const rows = await crm.findCustomers(['A-1', 'A-2', 'A-3'], opt)
      assert.equal(there(rows[0]).registeredAt, null)
      assert.deepEqual(rows.map(idOf), ['A-1', 'Malformed', 'Malformed'])
    }))

  test('registration may be a number of Unix seconds, of which 0 is none', () => against({ customers: [customer('A-1'), customer('A-2')] }, async (crm, { admin }) => {
    await admin.query('ALTER TABLE ecs_users DROP COLUMN reg_time, ADD COLUMN reg_time int unsigned NOT NULL DEFAULT 0')
    await admin.query('UPDATE ecs_users SET reg_time = 1582934400 WHERE user_id = 1')
    const rows = await crm.findCustomers(['A-1', 'A-2'], opt)
    assert.deepEqual(rows.map((row) => there(row).registeredAt), ['2020-02-29T00:00:00.000Z', null])
  }))

  test('a customer who was deleted is not there, and one without a rank has none', () => against({ customers: [customer('A-1'), customer('A-2')] }, async (crm, { admin }) => {
    await admin.query('UPDATE ecs_users SET is_deleted = 1 WHERE user_id = 1')
    await admin.query('UPDATE ecs_users SET user_rank = 77 WHERE user_id = 2')
    const rows = await crm.findCustomers(['A-1', 'A-2'], opt)
    assert.deepEqual(rows.map(idOf), [undefined, 'A-2'])
    assert.deepEqual([there(rows[1]).tier, there(rows[1]).tierText], ['UNKNOWN', null])
    assert.deepEqual(await search(crm, 'A-'), ['A-2'])
  }))
})

test('every byte that was taken for latin1 is found again', () => {
  for (const text of ['陈晓明', 'Müller €', 'ÿ\u0081\u00a0', '😀'.repeat(3), '']) assert.equal(storedText(misread(text, 'utf-8'), 'utf-8'), text)
  for (const text of ['王', '\ud800', '\u0100', 'Ã', '😀']) assert.equal(storedText(text, 'utf-8'), null, JSON.stringify(text))
})

describe('crm over mysql, asked with malice', { skip }, () => {
  const odd = ['100%', 'a_b', 'back\\slash', 'pipe|d', 'quo\'te', 'double"', 'semi;--', '😀', '😁', 'nul\u0000l']
  const customers = [...odd.map((name, at) => customer(`M-${at + 10}`, { name, email: null, phone: null, notes: [] })), customer('M-99', { name: 'plain', notes: [] })]
  let system: CrmMysql
  let crm: Opened<CrmBackend>
  before(async () => {
    system = await startCrmMysql({ customers })
    crm = openCrmOverMysql(system.settings)
  })
  after(async () => {
    await crm[Symbol.asyncDispose]()
    await system[Symbol.asyncDispose]()
  })

  const injections = ['\' OR 1=1 -- ', '" OR ""="', '\\\' OR 1=1 #', '1) UNION SELECT 1,2,3,4,5,6,7 -- ', '?', '??', ':name', 'M-10\' AND SLEEP(5) AND \'1']
  for (const text of injections) {
    test(`${JSON.stringify(text)} is a text like any other`, async () => {
      assert.deepEqual(await crm.findCustomers([text, 'M-10'], opt).then((rows) => rows.map(idOf)), [undefined, 'M-10'])
      assert.deepEqual(await search(crm, text), [])
    })
  }

  for (const text of ['%', '_', '\\', '|', '\'', '"', ';--', '😀', '😁', '\u0000']) {
    test(`a search for ${JSON.stringify(text)} finds that character and nothing else`, async () => {
      assert.deepEqual(await search(crm, text), customers.filter(({ name }) => name.includes(text)).map(({ id }) => id))
    })
  }

  test('a number that differs in case, or by a blank at its end, is another', async () => {
    assert.deepEqual(await crm.findCustomers(['m-10', 'M-10 ', 'M-10\u0000', 'M-10'], opt).then((rows) => rows.map(idOf)), [undefined, undefined, undefined, 'M-10'])
  })

  test('a megabyte, and half a character, find nobody and are not sent', async () => {
    const asked = system.calls
    for (const text of ['x'.repeat(1024 * 1024), 'a\ud800']) {
      assert.deepEqual(await crm.searchCustomers({ text, offset: 0, limit: 10 }, opt), { rows: [], hasMore: false, totalCount: 0 })
      assert.deepEqual(await crm.findCustomers([text], opt), [null])
    }
    assert.equal(system.calls, asked)
  })

  test('a note is refused and not sent', async () => {
    const asked = system.calls
    await assert.rejects(crm.addNote(newNote({ customerId: 'M-10' }), opt), (error: unknown) => error instanceof Refused && error.message === 'read-only access')
    assert.equal(system.calls, asked)
  })

  test('any number of ids up to 128 takes eight statements to prepare, and so do the notes', async () => {
    await using one = openCrmOverMysql({ ...system.settings, options: { ...system.settings.options, poolSize: 1 } })
    const round = async () => {
      const asked = system.calls
      for (let count = 1; count <= 128; count += 1) await one.findCustomers(customers.concat(Array.from({ length: 128 }, (_, at) => customer(`X-${at}`))).map(({ id }) => id).slice(0, count), opt)
      return system.calls - asked
    }
    await calls.searchCustomers(one, opt)
    const first = await round()
    // Of the notes, only sizes 1 to 16 are asked for: eleven customers are there.
    assert.equal(first - await round(), 8 + 5)
  })

  describe('whatever the SQL mode', () => {
    let restored = ''
    /** Of this account alone: whatever else uses the server does not notice. */
    const setMode = (mode: string) =>
      system.admin.query('SET GLOBAL init_connect = ?', [`SET sql_mode = IF(USER() LIKE '${system.user}@%', '${mode}', @@sql_mode)`])
    before(async () => {
      const [[row]] = await system.admin.query<RowDataPacket[]>('SELECT @@GLOBAL.init_connect AS init')
      restored = String(row?.['init'] ?? '')
    })
    after(async () => {
      await system.admin.query('SET GLOBAL init_connect = ?', [restored])
    })

    for (const mode of ['NO_BACKSLASH_ESCAPES', 'ANSI', 'TRADITIONAL', 'NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT,ONLY_FULL_GROUP_BY,PAD_CHAR_TO_FULL_LENGTH']) {
      test(`${mode} answers the same`, async () => {
        await setMode(mode)
        await using wire = openMysqlWire(system.settings, mysqlOptions.parse(system.settings.options))
        const [first = ''] = mode.split(',')
        assert.match(JSON.stringify(await wire.query('SELECT @@sql_mode AS mode', [], opt)), new RegExp(first))
        await using fresh = openCrmOverMysql(system.settings)
        assert.deepEqual(await search(fresh, '\\'), ['M-12'])
        assert.deepEqual(await search(fresh, '%'), ['M-10'])
        assert.deepEqual(await search(fresh, '"'), ['M-15'])
        assert.deepEqual((await fresh.findCustomers(['M-10', '\\\' OR 1=1 #'], opt)).map(idOf), ['M-10', undefined])
      })
    }
  })
})
