import assert from 'node:assert/strict'
import { z } from 'zod'
import { openDatabase } from '../../prisma/client.ts'
import { quiet } from './databases.ts'

/*
 * A process that has a database, for tests of several at once and of ones that die: `open` says so and waits for its standard input to end, `write`
 * adds rows until it is killed, and says which ones were acknowledged.
 */

const [, , work, given = ''] = process.argv
const settings = z.object({ url: z.string().optional(), maxConnections: z.number(), dataDir: z.string() }).parse(JSON.parse(given))

const say = (line: string) => process.stdout.write(`${line}\n`)

const database = openDatabase(settings, quiet)
try {
  const client = await database.client()
  say('open')
  if (work === 'open') {
    for await (const _ of process.stdin) continue
  } else {
    assert.equal(work, 'write')
    for (let row = 0; ; row += 1) {
      await client.$transaction(async (tx) => tx.visitor.createMany({ data: [0, 1].map((part) => ({ id: `${row}.${part}`, displayName: 'V', verified: false })) }))
      say(String(row))
    }
  }
} catch (error) {
  say(String(error))
}
await database[Symbol.asyncDispose]()
