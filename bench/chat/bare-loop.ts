import { randomUUID } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { Client } from 'pg'
import type { BenchDatabase } from './database.ts'
import { seedConversations } from './seed.ts'
import type { Seeded } from './seed.ts'

/*
 * The limit that the hub's messages are held against: writers that wait for their commits, whatever has gathered in one transaction, the
 * rows that a message costs, and nothing else: no GraphQL, no socket, no rights, nothing read. One statement, so one round trip and one
 * transaction, which is the fastest that a client of one connection can do.
 */

const statement = `
  WITH batch AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS given (n bigint, conversation uuid, id uuid, key text, author text, body text, content jsonb)
  ), feed AS (
    INSERT INTO feed (id, last) SELECT 1, count(*) FROM batch ON CONFLICT (id) DO UPDATE SET last = feed.last + excluded.last RETURNING last
  ), numbered AS (
    SELECT batch.*, feed.last - (SELECT count(*) FROM batch) + n AS ordinal FROM batch, feed
  ), moved AS (
    UPDATE conversation SET position = position + 1, public_position = public_position + 1, seq = seq + 1, activity_at = now(), public_activity_at = now()
    FROM batch WHERE conversation.id = batch.conversation
    RETURNING conversation.id AS conversation, position, public_position, seq
  ), written AS (
    INSERT INTO event (ordinal, conversation_id, position, public_position, is_public, kind, at, content)
    SELECT ordinal, conversation, position, public_position, true, 'MESSAGE', now(), content FROM numbered JOIN moved USING (conversation)
  ), said AS (
    INSERT INTO message (conversation_id, position, public_position, seq, id, kind, author_kind, author_id, author_name, client_message_id, body, sent_at)
    SELECT conversation, position, public_position, seq, id, 'TEXT', 'VISITOR', author, author, key, body, now() FROM numbered JOIN moved USING (conversation)
  ), announced AS (
    DELETE FROM outbox
  )
  INSERT INTO outbox (first, last, instance) SELECT min(ordinal), max(ordinal), 'bench' FROM numbered`

type Write = (batch: string) => Promise<unknown>

/** Messages a second by the number of writers. */
export type BareLoop = AsyncDisposable & { measure(writers: number, warmUpMs: number, ms: number): Promise<number> }

/** About as much as the hub keeps with an event: who, and the conversation after it. */
const contentOf = ({ id, visitor }: Seeded) => ({
  by: { kind: 'VISITOR', id: visitor, name: visitor },
  conversation: {
    ...{ id, subject: null, status: 'WAITING', departmentPath: 'support', agentId: null, agentName: null, offeredTo: null, visitorId: visitor, visitorName: visitor },
    ...{ visitorVerified: true, customerId: null, orderId: null, labels: [], openedAt: '2026-11-03T06:05:09.000Z', activityAt: '2026-11-03T06:05:09.000Z' },
    ...{ publicActivityAt: '2026-11-03T06:05:09.000Z', closedAt: null, queuedAt: '2026-11-03T06:05:09.000Z', position: 17, publicPosition: 17, seq: 9 },
  },
})

const messageOf = (seeded: Seeded) => {
  const key = randomUUID()
  const body = 'message 1: how far is the parcel, and when does it come?'
  return { conversation: seeded.id, id: randomUUID(), key, author: seeded.visitor, body, content: contentOf(seeded) }
}

/** Resolves each with the commit of what it was handed. */
const openGroupCommit = (write: Write) => {
  type Item = { readonly message: ReturnType<typeof messageOf>; readonly resolve: (value: undefined) => void; readonly reject: (error: unknown) => void }
  let gathered: Item[] = []
  let running = false
  const run = async () => {
    running = true
    while (gathered.length > 0) {
      // Those whose commit has come get a turn to write again, so that they are in the next one.
      await turn()
      const batch = gathered
      gathered = []
      const done = write(JSON.stringify(batch.map(({ message }, index) => ({ n: index + 1, ...message }))))
      await done.then(() => batch.forEach(({ resolve }) => resolve(undefined)), (error: unknown) => batch.forEach(({ reject }) => reject(error)))
      await turn()
    }
    running = false
  }
  return (message: Item['message']): Promise<undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>()
    gathered.push({ message, resolve, reject })
    if (!running) void run()
    return promise
  }
}

const openWrite = async (database: BenchDatabase, most: number, stack: AsyncDisposableStack): Promise<{ readonly write: Write; readonly seeded: readonly Seeded[] }> => {
  const migrated = stack.use(database.open())
  const seeded = await seedConversations(migrated, most, 'support')
  if (database.url === undefined) {
    const client = await migrated.client()
    return { seeded, write: (batch) => client.$executeRawUnsafe(statement, batch) }
  }
  const client = new Client({ connectionString: database.url })
  await client.connect()
  stack.defer(() => client.end())
  return { seeded, write: (batch) => client.query({ name: 'bare', text: statement, values: [batch] }) }
}

export const openBareLoop = async (database: BenchDatabase, most: number): Promise<BareLoop> => {
  await using opening = new AsyncDisposableStack()
  const { write, seeded } = await openWrite(database, most, opening)
  const commit = openGroupCommit(write)
  const opened = opening.move()
  return {
    measure: async (writers, warmUpMs, ms) => {
      const from = performance.now() + warmUpMs
      let committed = 0
      const writeOn = async (mine: Seeded) => {
        while (performance.now() < from + ms) {
          await commit(messageOf(mine))
          const now = performance.now()
          if (now >= from && now < from + ms) committed += 1
        }
      }
      await Promise.all(seeded.slice(0, writers).map(writeOn))
      return (committed * 1_000) / ms
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
