import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:net'
import type { Socket } from 'node:net'
import { describe, test } from 'node:test'
import { Malformed, TimedOut, Unreachable } from '../../fuse/errors.ts'
import { mysqlOptions, openMysqlWire } from '../../fuse/wires/mysql.ts'
import type { MysqlWire } from '../../fuse/wires/mysql.ts'
import { openCrmOverMysql } from '../../subgraphs/crm/backend.mysql.ts'
import { settingsFor } from '../contract/crm-asking.ts'
import { failsAs, until } from '../contract/mysql-failing.ts'

const opt = { signal: new AbortController().signal }

describe('mysql, when something else answers', () => {
  /** What a port that is no MySQL says of itself, and the sockets that it still holds. */
  const against = async (say: (socket: Socket) => void, use: (wire: MysqlWire, sockets: ReadonlySet<Socket>) => Promise<void>) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).once('close', () => sockets.delete(socket))
      say(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    try {
      await using wire = openMysqlWire(settingsFor(`mysql://127.0.0.1:${port}/crm`), mysqlOptions.parse({ user: 'root' }))
      await use(wire, sockets)
      await until('the end of its connections', async () => sockets.size === 0)
    } finally {
      for (const socket of sockets) socket.destroy()
      server.close()
    }
  }

  for (const [what, bytes] of [
    ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n'], ['SMTP', '220 mail ESMTP\r\n'], ['zeros', '\u0000'.repeat(40)], ['another version of the protocol', '\u0002\u0000\u0000\u0000\u0009x'],
    ['a greeting that breaks off in itself', '\u0004\u0000\u0000\u0000\u000aabc'],
  ] as const) {
    test(`${what} is Malformed`, () => against((socket) => void socket.write(Buffer.from(bytes, 'latin1')), async (wire) => {
      await assert.rejects(wire.query('SELECT 1', [], opt), failsAs(Malformed))
    }))
  }

  test('who says nothing is left at the deadline, and the connection with it', () => against(() => {}, async (wire, sockets) => {
    await assert.rejects(wire.query('SELECT 1', [], { signal: AbortSignal.timeout(60) }), failsAs(TimedOut))
    await until('the end of its connection', async () => sockets.size === 0)
  }))

  test('who hangs up at once is Unreachable', () => against((socket) => void socket.destroy(), async (wire) => {
    await assert.rejects(wire.query('SELECT 1', [], opt), failsAs(Unreachable))
  }))

  for (const url of ['http://127.0.0.1:1/crm', 'mysql://127.0.0.1:1/', 'mysql://127.0.0.1:1']) {
    test(`${url} is no address of a database`, () => assert.throws(() => openMysqlWire(settingsFor(url), mysqlOptions.parse({ user: 'root' })), /mysql:\/\/host:port\/database/))
  }

  test('an address can not be verified by TLS', () => assert.throws(
    () => openMysqlWire(settingsFor('mysql://127.0.0.1:1/crm'), mysqlOptions.parse({ user: 'root', tls: true })), /expected a host name/))

  for (const options of [{}, { user: '' }, { user: 'a', passwort: 'b' }, { user: 'a', poolSize: 0 }, { user: 'a', storedCharset: 'latin1' }, { user: 'a', tls: 'no' }]) {
    test(`${JSON.stringify(options)} are no options`, () => assert.throws(() => openCrmOverMysql({ ...settingsFor('mysql://127.0.0.1:1/crm'), options })))
  }
})
