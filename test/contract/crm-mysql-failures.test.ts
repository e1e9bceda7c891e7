import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import type { RowDataPacket } from 'mysql2/promise'
import type { Row } from '../../fuse/call.ts'
import { Cancelled, Faulted, Malformed, Overloaded, Refused, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { mysqlOptions, openMysqlWire } from '../../fuse/wires/mysql.ts'
import type { MysqlWire } from '../../fuse/wires/mysql.ts'
import type { Customer } from '../../subgraphs/crm/backend.ts'
import { openCrmOverMysql } from '../../subgraphs/crm/backend.mysql.ts'
import { calls, settingsFor } from './crm-asking.ts'
import { startCrmMysql, whyNoMysql } from './crm-mysql-system.ts'
import type { CrmMysql } from './crm-mysql-system.ts'
import { customersOnFile, theirCustomers } from './crm-on-file.ts'
import { failsAs, until } from './mysql-failing.ts'

const opt = { signal: new AbortController().signal }

describe('mysql, when it goes wrong', { skip: whyNoMysql }, () => {
  let system: CrmMysql
  before(async () => {
    system = await startCrmMysql({ customers: theirCustomers })
    await system.admin.query(`USE ${system.database}`)
  })
  after(() => system[Symbol.asyncDispose]())

  type Thread = { readonly id: number; readonly info: string | null }
  /** What the server does for the adapter's account. */
  const threads = async (): Promise<readonly Thread[]> => {
    const [rows] = await system.admin.query<(RowDataPacket & Thread)[]>('SELECT id, info FROM information_schema.processlist WHERE user = ?', [system.user])
    return rows
  }
  const running = async (text: string) => (await threads()).filter(({ info }) => info?.includes(text) ?? false)
  const openWire = (options: object = {}, settings: object = {}): MysqlWire =>
    openMysqlWire({ ...system.settings, ...settings }, mysqlOptions.parse({ ...system.settings.options, ...options }))

  afterEach(async () => {
    await system.setFault('off')
    await until('silence', async () => (await threads()).length === 0)
  })

  for (const sql of [
    'INSERT INTO ecs_user_rank (rank_name) VALUES (\'x\')', 'UPDATE ecs_users SET user_name = \'x\'', 'DELETE FROM ecs_user_note', 'DROP TABLE ecs_users',
    'CREATE TABLE mine (a int)', 'TRUNCATE ecs_users', 'ALTER TABLE ecs_users ADD COLUMN mine int', 'REPLACE INTO ecs_user_rank VALUES (1, \'x\')',
  ]) {
    test(`${sql.slice(0, 24)}… is refused by the server itself`, async () => {
      await using wire = openWire()
      await assert.rejects(wire.query(sql, [], opt), failsAs(Refused))
      const [[row]] = await system.admin.query<RowDataPacket[]>('SELECT COUNT(*) AS n FROM ecs_users WHERE user_name <> \'x\'')
      assert.equal(row?.['n'], 250)
    })
  }

  test('two statements in one are a mistake', async () => {
    await using wire = openWire()
    await assert.rejects(wire.query('SELECT 1; SELECT 2', [], opt), failsAs(Malformed))
  })

  for (const bytes of [0, 1, 3, 4, 5, 40, 700, 5_000]) {
    test(`an answer that ends after ${bytes} bytes is Unreachable, and the next one is whole`, async () => {
      await using crm = openCrmOverMysql({ ...system.settings, options: { ...system.settings.options, poolSize: 1 } })
      const ids = customersOnFile.slice(0, 100).map(({ id }) => id)
      await crm.findCustomers(ids, opt)
      system.relay.cutNextAnswer(bytes)
      await assert.rejects(crm.findCustomers(ids, opt), failsAs(Unreachable))
      assert.equal((await crm.findCustomers(ids, opt)).filter((row: Row<Customer>) => row && 'tier' in row).length, 100)
    })
  }

  test('a connection that its administrator ends in the midst of a statement is Unreachable, and the next call has another', async () => {
    await using wire = openWire({ poolSize: 1 })
    const lost = assert.rejects(wire.query('SELECT SLEEP(20) AS a', [], opt), failsAs(Unreachable))
    await until('a statement', async () => (await running('SLEEP(20)')).length === 1)
    for (const { id } of await threads()) await system.admin.query(`KILL ${id}`)
    await lost
    assert.deepEqual(await wire.query('SELECT ? AS a', ['b'], opt), [{ a: 'b' }])
  })

  test('a connection that is ended while nobody uses it costs no call', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
    const held = sockets()
    await using wire = openWire({ poolSize: 1 })
    await wire.query('SELECT 1 AS a', [], opt)
    for (const { id } of await threads()) await system.admin.query(`KILL ${id}`)
    // The adapter's end of it, and both of the relay's.
    await until('its end', async () => sockets() <= held)
    assert.deepEqual(await wire.query('SELECT 1 AS a', [], opt), [{ a: 1 }])
  })

  test('a statement that its administrator ends is Faulted, and its connection stays', async () => {
    await using wire = openWire({ poolSize: 1 })
    const failed = assert.rejects(wire.query('SELECT COUNT(*) AS a FROM seq_1_to_9000000000 WHERE MD5(seq) = 1', [], opt), failsAs(Faulted))
    await until('a statement', async () => (await running('seq_1_to_9')).length === 1)
    const [before] = await threads()
    await system.admin.query(`KILL QUERY ${before?.id ?? 0}`)
    await failed
    await wire.query('SELECT 1 AS a', [], opt)
    assert.deepEqual((await threads()).map(({ id }) => id), [before?.id])
  })

  test('a server that is not there is Unreachable, and is well as soon as it is back', async () => {
    await using crm = openCrmOverMysql(system.settings)
    await calls.findCustomers(crm, opt)
    await system.setFault('refuse')
    for (const call of [calls.findCustomers, calls.searchCustomers]) await assert.rejects(call(crm, opt), failsAs(Unreachable))
    await system.setFault('off')
    await calls.findCustomers(crm, opt)
  })

  test('a server with too many connections is Faulted', async () => {
    await system.admin.query(`ALTER USER ${system.user}@'%' WITH MAX_USER_CONNECTIONS 1`)
    try {
      await using one = openWire()
      await one.query('SELECT 1 AS a', [], opt)
      await using other = openWire()
      await assert.rejects(other.query('SELECT 1 AS a', [], opt), failsAs(Faulted))
    } finally {
      await system.admin.query(`ALTER USER ${system.user}@'%' WITH MAX_USER_CONNECTIONS 0`)
    }
  })

  test('a wait for a lock that the server gives up is Faulted', async () => {
    await using wire = openWire()
    await system.admin.query('LOCK TABLES ecs_users WRITE')
    try {
      await assert.rejects(wire.query('SET STATEMENT lock_wait_timeout = 1 FOR SELECT COUNT(*) AS n FROM ecs_users', [], opt), failsAs(Faulted))
    } finally {
      await system.admin.query('UNLOCK TABLES')
    }
  })

  test('a statement that takes longer than the server allows is TimedOut', async () => {
    await using wire = openWire()
    await assert.rejects(wire.query('SET STATEMENT max_statement_time = 0.05 FOR SELECT SLEEP(20) AS a', [], opt), failsAs(TimedOut))
  })

  const { options: none } = settingsFor('')
  for (const [what, change, kind] of [
    ['a wrong password', { options: { password: 'wrong' } }, Refused],
    ['an account that is not there', { options: { user: 'nobody_knows' } }, Refused],
    ['a database that the account may not see', { path: 'mysql' }, Refused],
    ['TLS, which the server does not speak', { options: { tls: true }, host: 'localhost' }, Unreachable],
  ] as const) {
    test(`${what} is ${kind.name}`, async () => {
      const asked: object = 'options' in change ? change.options : none
      const { url: known } = system.settings
      const url = 'path' in change ? known.replace(/[^/]+$/, change.path) : 'host' in change ? known.replace('127.0.0.1', change.host) : known
      await using crm = openCrmOverMysql({ ...system.settings, url, options: { ...system.settings.options, ...asked } })
      await assert.rejects(calls.findCustomers(crm, opt), failsAs(kind))
    })
  }

  test('a database, a table or a column that is not there is Malformed', async () => {
    await using other = await startCrmMysql({ customers: [] })
    await using crm = openCrmOverMysql(other.settings)
    await other.admin.query(`ALTER TABLE ${other.database}.ecs_users DROP COLUMN mobile_phone`)
    for (const call of [calls.findCustomers, calls.searchCustomers]) await assert.rejects(call(crm, opt), failsAs(Malformed))
    await other.admin.query(`DROP TABLE ${other.database}.ecs_users`)
    await assert.rejects(calls.findCustomers(crm, opt), failsAs(Malformed))
    await other.admin.query(`DROP DATABASE ${other.database}`)
    await using fresh = openCrmOverMysql(other.settings)
    await assert.rejects(calls.findCustomers(fresh, opt), failsAs(Malformed))
  })

  test('a column of another type costs the rows, not the answer', async () => {
    await using other = await startCrmMysql({ customers: theirCustomers.slice(0, 3) })
    await other.admin.query(`ALTER TABLE ${other.database}.ecs_users MODIFY user_name blob`)
    await using crm = openCrmOverMysql(other.settings)
    assert.deepEqual((await crm.findCustomers(['C-1001', 'C-1002'], opt)).map((row) => row instanceof Malformed), [true, true])
  })

  for (const [what, sql] of [['many rows', 'SELECT seq AS a, REPEAT(\'x\', 100) AS b FROM seq_1_to_100000'], ['one row', 'SELECT REPEAT(\'x\', 10000000) AS a']] as const) {
    test(`${what} past the limit are Malformed, are not read on, and cost no other call`, async () => {
      await using wire = openWire({ poolSize: 1 }, { maxResponseBytes: 100_000 })
      const other = wire.query('SELECT SLEEP(0.05) AS a', [], opt)
      await assert.rejects(wire.query(sql, [], opt), failsAs(Malformed))
      assert.deepEqual(await other, [{ a: 0 }])
      assert.deepEqual(await wire.query('SELECT 1 AS a', [], opt), [{ a: 1 }])
    })
  }

  test('a hundred thousand bytes are within a limit of as many and some', async () => {
    await using wire = openWire({}, { maxResponseBytes: 101_000 })
    for (let again = 0; again < 3; again += 1) assert.equal((await wire.query('SELECT REPEAT(\'x\', 100000) AS a', [], opt)).length, 1)
  })

  test('parameters of more than a megabyte are refused and not sent', async () => {
    await using wire = openWire()
    await assert.rejects(wire.query('SELECT ? AS a', ['x'.repeat(1024 * 1024 + 1)], opt), failsAs(Refused))
    assert.equal((await wire.query('SELECT ? AS a', ['x'.repeat(1024 * 1024)], opt)).length, 1)
  })

  test('of a hundred statements, a connection keeps thirty-two prepared', async () => {
    await using wire = openWire({ poolSize: 1 })
    for (let index = 0; index < 100; index += 1) await wire.query(`SELECT ${index} AS a`, [], opt)
    const rows = await wire.query('SHOW SESSION STATUS WHERE variable_name IN (\'Com_stmt_prepare\', \'Com_stmt_close\')', [], opt)
    const [closed = 0, prepared = 0] = rows.map((row) => Number(/:"(\d+)"\}$/.exec(JSON.stringify(row))?.[1]))
    assert.ok(prepared >= 100 && prepared - closed <= 33, `${prepared} prepared, ${closed} closed`)
  })

  describe('for a caller who has gone', () => {
    test('ends the statement on the server', async () => {
      await using wire = openWire()
      const caller = new AbortController()
      const gone = assert.rejects(wire.query('SELECT SLEEP(60) AS a', [], caller), Cancelled)
      await until('a statement', async () => (await running('SLEEP(60)')).length === 1)
      caller.abort()
      const abortedAt = Date.now()
      await gone
      assert.ok(Date.now() - abortedAt < 500)
      await until('its end', async () => (await running('SLEEP(60)')).length === 0)
      assert.deepEqual(await wire.query('SELECT 1 AS a', [], opt), [{ a: 1 }])
    })

    test('ends a statement whose deadline has passed, and never gives its connection to another', async () => {
      await using wire = openWire({ poolSize: 2 })
      const late = Array.from({ length: 12 }, () => assert.rejects(wire.query('SELECT SLEEP(60) AS a', [], { signal: AbortSignal.timeout(150) }), failsAs(TimedOut)))
      const well = Array.from({ length: 12 }, (_, index) => wire.query('SELECT ? AS a', [String(index)], opt))
      await Promise.all(late)
      assert.deepEqual((await Promise.all(well)).flat(), well.map((_, index) => ({ a: String(index) })))
      await until('their end', async () => (await running('SLEEP(60)')).length === 0)
      assert.ok((await threads()).length <= 3)
    })

    test('who waits for a connection gives up the place', async () => {
      await using wire = openWire({ poolSize: 1, queueSize: 1 })
      const caller = new AbortController()
      const first = wire.query('SELECT SLEEP(0.3) AS a', [], opt)
      const second = assert.rejects(wire.query('SELECT 2 AS a', [], caller), Cancelled)
      await assert.rejects(wire.query('SELECT 3 AS a', [], opt), Overloaded)
      caller.abort()
      await second
      const fourth = wire.query('SELECT 4 AS a', [], opt)
      assert.deepEqual(await Promise.all([first, fourth]), [[{ a: 0 }], [{ a: 4 }]])
    })

    test('is not even connected to', async () => {
      await using wire = openWire()
      const before = system.relay.connections
      await assert.rejects(wire.query('SELECT 1 AS a', [], { signal: AbortSignal.abort() }), Cancelled)
      assert.equal(system.relay.connections, before)
    })
  })
})
