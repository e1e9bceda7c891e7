import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { createConnection } from 'mysql2/promise'
import { seedCrm } from '../../demo/crm-mysql/seed.ts'
import { Faulted, Refused, Unreachable } from '../../fuse/errors.ts'
import { openCrmOverMysql } from '../../subgraphs/crm/backend.mysql.ts'
import { calls, settingsFor } from './crm-asking.ts'
import { customersOnFile, theirCustomers } from './crm-on-file.ts'
import { startOwnServer, whyNoServer } from './mysql-server.ts'
import type { OwnServer } from './mysql-server.ts'

const opt = { signal: new AbortController().signal }

describe('crm over mysql, with a server of its own', { skip: whyNoServer }, () => {
  let server: OwnServer
  const admin = async (...statements: readonly string[]) => {
    const connection = await createConnection({ host: '127.0.0.1', port: server.port, user: 'root' })
    for (const statement of statements) await connection.query(statement)
    await connection.end()
  }
  const open = (options: object, host = '127.0.0.1') => openCrmOverMysql({ ...settingsFor(`mysql://${host}:${server.port}/crm`), options: { user: 'hub', password: 'secret', ...options } })
  const expected = customersOnFile.slice(0, 2)

  before(async () => {
    server = await startOwnServer()
    await seedCrm({ url: `mysql://root@127.0.0.1:${server.port}/crm`, customers: theirCustomers.slice(0, 20) })
    await admin('CREATE USER hub IDENTIFIED BY \'secret\'', 'GRANT SELECT ON crm.* TO hub', 'CREATE USER careful IDENTIFIED BY \'secret\' REQUIRE SSL', 'GRANT SELECT ON crm.* TO careful')
  })
  after(() => server[Symbol.asyncDispose]())

  test('reads with no more than the right to SELECT', async () => {
    await using crm = open({})
    assert.deepEqual(await calls.findCustomers(crm, opt), expected)
  })

  test('over TLS, reads from a server whose authority it was told', async () => {
    await using crm = open({ user: 'careful', tls: { ca: server.ca } }, 'localhost')
    assert.deepEqual(await calls.findCustomers(crm, opt), expected)
  })

  test('does not log in where the authority is none that it knows', async () => {
    await using crm = open({ user: 'careful', tls: true }, 'localhost')
    await assert.rejects(calls.findCustomers(crm, opt), Unreachable)
  })

  test('is refused without TLS where the account wants it', async () => {
    await using crm = open({ user: 'careful' })
    await assert.rejects(calls.findCustomers(crm, opt), Refused)
  })

  test('a server without a place for another connection is Faulted', async () => {
    await admin('SET GLOBAL max_connections = 10')
    const held = await Promise.all(Array.from({ length: 10 }, () => createConnection({ host: '127.0.0.1', port: server.port, user: 'root' })))
    try {
      await using crm = open({})
      await assert.rejects(calls.findCustomers(crm, opt), Faulted)
    } finally {
      await Promise.all(held.map((one) => one.end()))
    }
  })

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`after ${signal} to the server nobody is answered, and everybody once it is back`, async () => {
      await using crm = open({})
      await calls.findCustomers(crm, opt)
      await server.stop(signal)
      for (const call of [calls.findCustomers, calls.searchCustomers]) await assert.rejects(call(crm, opt), Unreachable)
      await server.start()
      assert.deepEqual(await calls.findCustomers(crm, opt), expected)
    })
  }
})
