import assert from 'node:assert/strict'
import { access, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { DatabaseMismatch, DatabaseUnavailable, openDatabase } from '../../prisma/client.ts'
import type { DatabaseSettings } from '../../prisma/client.ts'
import { findDrift } from '../../prisma/drift.ts'
import { readMigrations } from '../../prisma/migrations.ts'
import { databases, quiet } from '../kit/databases.ts'
import { until } from '../kit/until.ts'
import { startProcess, startRoad } from './database-outside.ts'

const root = path.join(import.meta.dirname, '../..')

const unavailable = (pattern: RegExp) => (error: unknown) => {
  assert(error instanceof DatabaseUnavailable, inspect(error))
  assert.match(error.message, pattern)
  return true
}

/** At most so long, in milliseconds, is somebody kept waiting for a database that is not there. */
const longest = 3_000

const rejectsSoon = async (work: () => Promise<unknown>, pattern: RegExp) => {
  const began = performance.now()
  await assert.rejects(work, unavailable(pattern))
  assert(performance.now() - began <= longest, `it took ${performance.now() - began} ms`)
}

for (const [kind, { skip, ...places }] of Object.entries(databases)) {
  describe(`a database on ${kind}`, { skip }, () => {
    it('is migrated when it is opened first, and holds the one row of the feed', async () => {
      await using reserved = await places.reserve()
      const said: unknown[] = []
      const log = { ...quiet, info: (fields: object) => void said.push(fields) }
      {
        await using database = openDatabase(reserved.settings, log)
        assert.deepEqual(await (await database.client()).feed.findMany(), [{ id: 1, last: 0n }])
        assert.equal(database.kind, kind)
      }
      assert.deepEqual(said, [{ migrations: (await readMigrations()).map(({ name }) => name) }])
      await using again = openDatabase(reserved.settings, log)
      assert.equal(await (await again.client()).feed.count(), 1)
      assert.equal(said.length, 1)
    })

    it('is opened once for all who ask at the same time', async () => {
      await using database = await places.open()
      const [one, other] = await Promise.all([database.client(), database.client()])
      assert.equal(one, other)
    })

    for (const [what, change, pattern] of [
      ['that this version does not know', `INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name) VALUES ('x', 'y', now(), '29990101000000_later')`, /29990101000000_later is in this database and unknown to this version/],
      ['that did not finish', `UPDATE "_prisma_migrations" SET finished_at = NULL`, /_init(?:, \d+_\w+)* did not finish/],
      ['that was another one when it ran', `UPDATE "_prisma_migrations" SET checksum = 'another'`, /_init(?:, \d+_\w+)* was another one/],
    ] as const) {
      it(`with a migration ${what} is refused, and is not changed`, async () => {
        await using first = await places.open()
        await (await first.client()).$executeRawUnsafe(change)
        const { settings } = first
        await using second = kind === 'pglite' ? await closedCopy(settings) : { settings, [Symbol.asyncDispose]: async () => undefined }
        await using database = openDatabase(second.settings, quiet)
        await assert.rejects(database.client(), (error) => error instanceof DatabaseMismatch && unavailable(pattern)(error))
      })
    }

    it('keeps what was acknowledged through a SIGKILL in the middle of writing, and opens again', async () => {
      await using reserved = await places.reserve()
      const writer = await startProcess('write', reserved.settings)
      await writer.untilSaid(40)
      await writer.kill()
      const acknowledged = writer.said.slice(1)
      assert(acknowledged.length >= 39)
      await using database = openDatabase(reserved.settings, quiet)
      const rows = new Set((await (await database.client()).visitor.findMany()).map(({ id }) => id))
      for (const row of acknowledged) assert(rows.has(`${row}.0`) && rows.has(`${row}.1`), `row ${row} is lost`)
      assert.equal(rows.size % 2, 0)
    })

    it('finishes the query that runs when it is closed, and takes no others', async () => {
      await using database = await places.open()
      const client = await database.client()
      const begun = Promise.withResolvers<undefined>()
      const running = client.$transaction(async (tx) => {
        begun.resolve(undefined)
        await tx.visitor.create({ data: { id: 'v-1', displayName: 'v-1', verified: false } })
        return tx.$queryRawUnsafe('SELECT count(*) AS n FROM generate_series(1, 500000)')
      })
      await begun.promise
      await database[Symbol.asyncDispose]()
      assert.deepEqual(await running, [{ n: 500000n }])
      await assert.rejects(database.client(), unavailable(/the database is closed/))
      await assert.rejects(client.feed.findFirst(), unavailable(/./))
    })

    it('goes on with what is open when no more is to be opened, and opens nothing', async () => {
      await using database = await places.open()
      const client = await database.client()
      database.stopOpening()
      assert.equal(await client.feed.count(), 1)
      assert.equal(await database.client(), client)
      await using reserved = await places.reserve()
      await using never = openDatabase(reserved.settings, quiet)
      never.stopOpening()
      await assert.rejects(never.client(), unavailable(/the database is closed/))
    })

    it('lets a process end that has closed it', async () => {
      await using reserved = await places.reserve()
      const process = await startProcess('open', reserved.settings)
      assert.deepEqual(process.said, ['open'])
      const began = performance.now()
      assert.equal(await process.end(), 0)
      assert(performance.now() - began < 5_000)
    })

    it('undoes a transaction that fails, and goes on', async () => {
      await using database = await places.open()
      const client = await database.client()
      const failing = client.$transaction(async (tx) => {
        await tx.visitor.create({ data: { id: 'v-1', displayName: 'v-1', verified: false } })
        await tx.$executeRawUnsafe('SELECT nonsense')
      })
      await assert.rejects(failing, { code: 'P2010' })
      await assert.rejects(client.feed.create({ data: { id: 1, last: 1n } }), { code: 'P2002' })
      assert.equal(await client.visitor.count(), 0)
    })

    it('takes and gives bigint, timestamps, JSON, lists and UUIDs in SQL of our own', async () => {
      await using database = await places.open()
      const client = await database.client()
      const id = '7f3c1f0e-0000-4000-8000-000000000001'
      const at = new Date('2026-11-25T10:20:30.456Z')
      const rows = await client.$queryRawUnsafe(
        `SELECT $1::bigint AS big, $2::timestamptz AS at, $3::jsonb AS json, $4::text[] AS texts, $5::uuid AS id, n, c
         FROM unnest($6::bigint[], $7::jsonb[]) AS t(n, c) ORDER BY n`,
        9_007_199_254_740_993n, at, JSON.stringify({ a: [1] }), ['x', 'it\'s "y"'], id, [1n, 2n], [JSON.stringify({ text: 'é\n' }), 'null'],
      )
      const same = { big: 9_007_199_254_740_993n, at, json: { a: [1] }, texts: ['x', 'it\'s "y"'], id }
      assert.deepEqual(rows, [{ ...same, n: 1n, c: { text: 'é\n' } }, { ...same, n: 2n, c: null }])
    })
  })
}

/** The files of a PGlite that is open, as a process that died now would leave them. */
const closedCopy = async ({ dataDir, maxConnections }: DatabaseSettings) => {
  const copy = `${dataDir}-copy`
  await cp(dataDir, copy, { recursive: true })
  return { settings: { dataDir: copy, maxConnections }, [Symbol.asyncDispose]: () => rm(copy, { recursive: true, force: true }) }
}

describe('PGlite', () => {
  const places = databases.pglite

  it('refuses a second process, tells what to do, and lets it in when the first has ended', async () => {
    await using reserved = await places.reserve()
    const first = await startProcess('open', reserved.settings)
    assert.deepEqual(first.said, ['open'])
    await using database = openDatabase(reserved.settings, quiet)
    await rejectsSoon(() => database.client(), /another process uses the database .*DATABASE_URL=postgresql/)
    await first.end()
    assert.equal(await (await database.client()).feed.count(), 1)
  })

  it('is unavailable where its folder can not be made, and comes up when it can', async () => {
    await using reserved = await places.reserve()
    const dataDir = path.join(reserved.settings.dataDir, 'file')
    await writeFile(dataDir, '')
    await using database = openDatabase({ ...reserved.settings, dataDir }, quiet)
    await rejectsSoon(() => database.client(), /no database can be kept in .*file/)
    await rm(dataDir)
    assert.equal(await (await database.client()).feed.count(), 1)
  })

  it('is unavailable where its files are broken, and makes no others in their place', async () => {
    await using reserved = await places.reserve()
    const folder = path.join(reserved.settings.dataDir, 'database')
    await mkdir(folder)
    await writeFile(path.join(folder, 'PG_VERSION'), 'broken')
    await using database = openDatabase(reserved.settings, quiet)
    await assert.rejects(database.client(), unavailable(/PGlite does not start in/))
    assert.equal(await readFile(path.join(folder, 'PG_VERSION'), 'utf8'), 'broken')
  })

  it('rejects what waits for a query that does not end, and is opened anew by who asks next', async () => {
    await using given = await places.open()
    await using copy = await closedCopy(given.settings)
    await using database = openDatabase(copy.settings, quiet, 2_000)
    const client = await database.client()
    const [endless, waiting] = await Promise.allSettled([client.$executeRawUnsafe('DO $$ BEGIN LOOP END LOOP; END $$'), client.feed.count()])
    for (const outcome of [endless, waiting]) assert(outcome.status === 'rejected' && outcome.reason instanceof DatabaseUnavailable, inspect(outcome))
    const again = await database.client()
    assert.notEqual(again, client)
    assert.equal(await again.feed.count(), 1)
  })

  it('opens where a process died just as it made the file by which PostgreSQL knows that a server runs', async () => {
    await using given = await places.open()
    await using copy = await closedCopy(given.settings)
    await writeFile(path.join(copy.settings.dataDir, 'database', 'postmaster.pid'), '')
    await using database = openDatabase(copy.settings, quiet)
    assert.equal(await (await database.client()).feed.count(), 1)
  })

  it('is given up at whatever point of its opening, and comes up whole for the next one', async () => {
    await using reserved = await places.reserve()
    const within = (name: string) => () => access(path.join(reserved.settings.dataDir, name)).then(() => true, () => false)
    for (const reached of [() => true, within('database.new'), within('database/PG_VERSION'), within('database/postmaster.pid')]) {
      const database = openDatabase(reserved.settings, quiet)
      const rejected = assert.rejects(database.client(), unavailable(/the database is closed/))
      while (!(await reached())) await wait(5)
      database.stopOpening()
      await rejected
      await database[Symbol.asyncDispose]()
    }
    await using database = openDatabase(reserved.settings, quiet)
    assert.equal(await (await database.client()).feed.count(), 1)
  })

  it('leaves the thread of the hub free while a query runs', async () => {
    await using database = await places.open()
    const client = await database.client()
    let turns = 0
    const turning = setInterval(() => (turns += 1), 5)
    await client.$queryRawUnsafe('SELECT count(*) FROM generate_series(1, 3000000)')
    clearInterval(turning)
    assert(turns >= 10, `${turns} turns`)
  })
})

describe('PostgreSQL', { skip: databases.postgresql.skip }, () => {
  const password = 'a-secret-that-nobody-may-read'

  const through = (settings: DatabaseSettings, port: number): DatabaseSettings => {
    const url = new URL(settings.url ?? '')
    url.port = String(port)
    url.hostname = '127.0.0.1'
    if (url.password === '') url.password = password
    return { ...settings, url: url.href }
  }

  it('is migrated by one of several processes that start at once', async () => {
    await using reserved = await databases.postgresql.reserve()
    const processes = await Promise.all([1, 2, 3, 4].map(() => startProcess('open', reserved.settings)))
    assert.deepEqual(processes.map(({ said }) => said), [['open'], ['open'], ['open'], ['open']])
    await Promise.all(processes.map(({ end }) => end()))
    await using database = openDatabase(reserved.settings, quiet)
    const client = await database.client()
    const applied = await client.$queryRawUnsafe('SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY 1')
    assert.deepEqual(applied, (await readMigrations()).map(({ name }) => ({ name })))
    assert.equal(await client.feed.count(), 1)
  })

  it('is given up while another process migrates it, at once', async () => {
    await using reserved = await databases.postgresql.reserve()
    const other = new Client({ connectionString: reserved.settings.url })
    await other.connect()
    await other.query('SELECT pg_advisory_lock(4000719001)')
    const waiting = `SELECT count(*) AS n FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory'`
    const database = openDatabase(reserved.settings, quiet)
    const rejected = assert.rejects(database.client(), unavailable(/the database is closed/))
    await until(async () => (await other.query<{ n: string }>(waiting)).rows[0]?.n === '1')
    const began = performance.now()
    await database[Symbol.asyncDispose]()
    await rejected
    assert(performance.now() - began <= longest)
    await other.end()
    await using next = openDatabase(reserved.settings, quiet)
    assert.equal(await (await next.client()).feed.count(), 1)
  })

  it('is unavailable within seconds where nothing listens or nothing answers, and comes up by itself', async () => {
    await using reserved = await databases.postgresql.reserve()
    await using road = await startRoad()
    const port = await road.listen(0)
    await road.cut()
    const logged: unknown[] = []
    const log = (fields: object, message: string) => void logged.push(fields, message)
    await using database = openDatabase(through(reserved.settings, port), { info: log, warn: log })
    await rejectsSoon(() => database.client(), /can't be/)
    road.state.isSilent = true
    await road.listen(port)
    await rejectsSoon(() => database.client(), /can't be/)
    await database.client().catch((error: unknown) => logged.push(error))
    road.state.isSilent = false
    assert.equal(await (await database.client()).feed.count(), 1)
    assert(!inspect(logged, { depth: 10 }).includes(password))
  })

  it('is unavailable within seconds while it is gone, for queries and transactions, and comes back by itself', async () => {
    await using reserved = await databases.postgresql.reserve()
    await using road = await startRoad()
    const port = await road.listen(0)
    const logged: unknown[] = []
    await using database = openDatabase(through(reserved.settings, port), { ...quiet, warn: (fields, message) => void logged.push(fields, message) })
    const client = await database.client()
    const running = client.$queryRawUnsafe('SELECT 1 FROM pg_sleep(4)')
    const inTransaction = client.$transaction(async (tx) => tx.$queryRawUnsafe('SELECT 1 FROM pg_sleep(4)'))
    const cutOff = Promise.allSettled([running, inTransaction])
    await client.feed.findMany()
    await road.cut()
    for (const outcome of await cutOff) assert(outcome.status === 'rejected' && outcome.reason instanceof DatabaseUnavailable, inspect(outcome))
    await rejectsSoon(async () => (await database.client()).feed.findMany(), /can't be used now/)
    await rejectsSoon(async () => (await database.client()).$transaction(async (tx) => tx.feed.findMany()), /can't be used now/)
    await client.feed.findMany().catch((error: unknown) => logged.push(error))
    await road.listen(port)
    assert.equal(await (await database.client()).feed.count(), 1)
    assert(!inspect(logged, { depth: 10 }).includes(password))
  })

  it('ends a statement that takes too long, and the connection serves the next one', async () => {
    await using database = await databases.postgresql.open()
    const client = await database.client()
    await assert.rejects(client.$queryRawUnsafe('SELECT 1 FROM pg_sleep(20)'), /statement timeout/)
    assert.equal(await client.feed.count(), 1)
    assert.deepEqual(await client.$queryRawUnsafe(`SELECT current_setting('application_name') AS name`), [{ name: 'fuseboard' }])
  })
})

describe('the migrations', () => {
  it('make what schema.prisma says, and a schema that says more is noticed', async () => {
    const schema = await readFile(path.join(root, 'prisma/schema.prisma'), 'utf8')
    const migrations = await readMigrations()
    assert.equal(await findDrift(schema, migrations), null)
    const more = schema.replace('model Agent {', 'model Agent {\n  colour String?')
    assert.match((await findDrift(more, migrations)) ?? '', /ALTER TABLE "agent" ADD COLUMN\s+"colour" TEXT/)
  })
})
