import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { databaseKinds, openBenchDatabase } from './chat/database.ts'
import type { BenchDatabase, DatabaseKind } from './chat/database.ts'
import { secret, startChatHub } from './chat/hub.ts'
import type { ChatHub } from './chat/hub.ts'
import { dig, sendMessage, textAt } from './chat/operations.ts'
import { seedConversations } from './chat/seed.ts'
import type { Seeded } from './chat/seed.ts'
import { quantile } from './load.ts'
import type { Row } from './report.ts'
import { pickAddresses } from './sockets/addresses.ts'
import type { Opened } from './sockets/commands.ts'
import { startGenerator } from './sockets/generators.ts'
import type { Generator } from './sockets/generators.ts'
import type { Suite } from './suite.ts'

/*
 * Many sockets in one hub process, each with its own token and its own conversation's subscription: what they cost in memory and CPU, how
 * long they hold up everybody else, and how soon all listeners of one conversation have an event of it.
 */

const department = 'support'
const window = 64
const loadedSockets = 500
const warmSockets = 8_000
const settleMs = 10_000
const samples = 100
const rounds = 5
/** The clock that looks for stalls ticks this often, and an idle loop is as late as that to it. */
const resolutionMs = 10

type Client = { readonly name: string; readonly conversation: string | null }

const visitorsOf = (seeded: readonly Seeded[]): Client[] => seeded.map(({ id, visitor }) => ({ name: visitor, conversation: id }))

/** The hub runs a subscription for each of them: none was refused, and none is still to be begun. */
const checkRunning = async (hub: ChatHub, opened: number): Promise<void> => {
  const running = await hub.metric('fuseboard_subscriptions')
  if (running !== opened) throw new Error(`the hub runs ${running} subscriptions for ${opened} sockets`)
}

const openAll = async (hub: ChatHub, generator: Generator, role: 'visitor' | 'agent', clients: Client[]): Promise<Opened> => {
  const departments = role === 'agent' ? [department] : []
  const localAddresses = [...pickAddresses(clients.length)]
  const told = await generator.open({ address: hub.address, localAddresses, secret, role, departments, clients, window })
  if (told.refused > 0) throw new Error(`${told.refused} of ${clients.length} sockets were refused: ${told.reasons.join('; ')}`)
  return told
}

const closeAll = async (generator: Generator): Promise<void> => {
  const { lost, reasons } = await generator.close()
  if (lost > 0) throw new Error(`${lost} subscriptions or sockets ended by themselves: ${reasons.join('; ')}`)
}

/** Says something in a conversation, and gives when: nanoseconds of the clock that the generator has as well. */
const say = async (hub: ChatHub, { id, visitor }: Seeded, body: string): Promise<bigint> => {
  const at = process.hrtime.bigint()
  const input = { conversationId: id, clientMessageId: randomUUID(), body }
  const answer = await hub.ask({ role: 'visitor', name: visitor }, sendMessage, { input })
  if (textAt(answer, 'sendMessage', 'message', 'id') === null) throw new Error(`refused: ${JSON.stringify(dig(answer, 'sendMessage'))}`)
  return at
}

/** Each of a sample has its conversation's next event: what was counted as subscribed is subscribed. */
const checkSample = async (hub: ChatHub, generator: Generator, seeded: readonly Seeded[]): Promise<void> => {
  const step = Math.max(1, Math.floor(seeded.length / samples))
  const sample = seeded.filter((_, index) => index % step === 0)
  for (const one of sample) await say(hub, one, `sample ${one.id}`)
  for (const { id } of sample) {
    const { arrived } = await generator.arrivals({ body: `sample ${id}`, count: 1, timeoutMs: 5_000 })
    if (arrived !== 1) throw new Error(`a subscription that counted had ${arrived} events of its conversation, not one`)
  }
}

type Opening = { readonly hub: ChatHub; readonly generator: Generator }

/** A hub that has had `warmUp` sockets come and go. */
const withOpening = async <T>(database: BenchDatabase, seeded: readonly Seeded[], warmUp: number, measureIn: (opening: Opening) => Promise<T>): Promise<T> => {
  await using hub = await startChatHub({ database, departments: [department] })
  await using generator = startGenerator()
  await openAll(hub, generator, 'visitor', visitorsOf(seeded.slice(0, warmUp)))
  await closeAll(generator)
  await sleep(2_000)
  const measured = await measureIn({ hub, generator })
  await checkSample(hub, generator, seeded)
  await closeAll(generator)
  return measured
}

/** In a hub that has hardly had any: memory that others have given back would be no socket's. Code that has not run yet is loaded and compiled by the first ones. */
const measureMemory = (database: BenchDatabase, seeded: readonly Seeded[]): Promise<readonly Row[]> =>
  withOpening(database, seeded, loadedSockets, async ({ hub, generator }) => {
    const before = await hub.residentBytes()
    const { opened } = await openAll(hub, generator, 'visitor', visitorsOf(seeded))
    await sleep(settleMs)
    await checkRunning(hub, opened)
    const bytes = ((await hub.residentBytes()) - before) / opened
    return [
      { measure: 'sockets, each with its own token and subscription', value: opened, unit: '' },
      { measure: `resident memory a connection, ${settleMs / 1_000} s after the last`, value: bytes / 1_024, unit: 'KB', mark: '≤ 20, aim 15', met: bytes <= 20 * 1_024 },
    ]
  })

/** In a hub whose code has run often enough to be optimised, as that of a hub in use has. */
const measureSpeed = (database: BenchDatabase, seeded: readonly Seeded[]): Promise<readonly Row[]> =>
  withOpening(database, seeded, warmSockets, async ({ hub, generator }) => {
    const gcBefore = await hub.metric('nodejs_gc_duration_seconds_sum')
    await hub.metric('nodejs_eventloop_lag_max_seconds')
    const cpuBefore = await hub.cpuSeconds()
    const { opened, tookMs } = await openAll(hub, generator, 'visitor', visitorsOf(seeded))
    // What subscribing set off and has not finished yet is its cost too.
    await sleep(500)
    const perCpuSecond = opened / ((await hub.cpuSeconds()) - cpuBefore)
    const stallMs = (await hub.metric('nodejs_eventloop_lag_max_seconds')) * 1_000 - resolutionMs
    const gcMs = ((await hub.metric('nodejs_gc_duration_seconds_sum')) - gcBefore) * 1_000
    await checkRunning(hub, opened)
    return [
      { measure: "subscribed connections a CPU-second of the hub's process", value: Math.round(perCpuSecond), unit: '/s', mark: '≥ 6000, aim 8000', met: perCpuSecond >= 6_000 },
      { measure: 'subscribed connections a second', value: Math.round((opened * 1_000) / tookMs), unit: '/s' },
      { measure: 'longest stall of the event loop while they opened', value: stallMs, unit: 'ms', mark: '≤ 20', met: stallMs <= 20 },
      { measure: 'garbage collection meanwhile, in all', value: gcMs, unit: 'ms' },
    ]
  })

const measureFanOut = async (database: BenchDatabase, one: Seeded, listeners: number): Promise<readonly Row[]> => {
  await using hub = await startChatHub({ database, departments: [department] })
  await using generator = startGenerator()
  await openAll(hub, generator, 'agent', Array.from({ length: listeners }, (_, index) => ({ name: `a-${index + 1}`, conversation: one.id })))
  await sleep(2_000)
  const took: number[] = []
  const before = await hub.cpuSeconds()
  for (let round = 0; round < rounds; round += 1) {
    const body = `to everybody ${round}`
    const at = await say(hub, one, body)
    const { arrived, lastAt } = await generator.arrivals({ body, count: listeners, timeoutMs: 30_000 })
    if (arrived !== listeners) throw new Error(`${arrived} of ${listeners} listeners had the event`)
    took.push(Number(BigInt(lastAt) - at) / 1e6)
    await sleep(1_000)
  }
  const cpuMs = (((await hub.cpuSeconds()) - before) * 1_000) / rounds
  await closeAll(generator)
  const median = quantile(took, 0.5)
  return [
    { measure: `one event to ${listeners} listeners: from the send to the last delivery, median of ${rounds}`, value: median, unit: 'ms', mark: '≤ 300', met: median <= 300 },
    { measure: 'one event to all: longest', value: Math.max(...took), unit: 'ms' },
    { measure: "one event to all: CPU of the hub's process", value: cpuMs, unit: 'ms' },
  ]
}

const seedAll = async (database: BenchDatabase, count: number): Promise<readonly Seeded[]> => {
  await using opened = database.open()
  return await seedConversations(opened, count, department)
}

const measure = async (kind: DatabaseKind, count: number): Promise<readonly Row[]> => {
  await using database = await openBenchDatabase(kind)
  const seeded = await seedAll(database, count)
  const [one] = seeded
  if (one === undefined) throw new Error('no conversation')
  return [...(await measureMemory(database, seeded)), ...(await measureSpeed(database, seeded)), ...(await measureFanOut(database, one, count))]
}

// The hub's own files and the database's count as well: a process may have 20,000 open.
const settings = z.object({ sockets: z.coerce.number().int().min(1).max(19_000).default(15_000), database: z.enum(databaseKinds).default('pglite') })

export const sockets: Suite = {
  options: { sockets: { type: 'string' }, database: { type: 'string' } },
  run: async (given) => {
    const { sockets: count, database } = settings.parse(given)
    return { title: `sockets: one hub process on ${database}`, rows: await measure(database, count) }
  },
}
