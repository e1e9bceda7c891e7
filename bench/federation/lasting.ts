import { createHash } from 'node:crypto'
import { setImmediate as turn } from 'node:timers/promises'
import { parse } from 'graphql'
import pino from 'pino'
import { silenceDependencies } from '../../gateway/config.ts'
import type { Supergraph } from '../../gateway/supergraph.ts'
import { quantile } from '../load.ts'
import { customerIds, largestCustomer, queries } from './company.ts'
import { nextContext, openBare, openSupergraphOf, subgraphUrls } from './gateway.ts'
import type { Lasting } from './lasting-figures.ts'

/* What becomes of our execution as answers grow, requests add up, and operations are many: `lasting.ts REQUESTS OPERATIONS`, with `--expose-gc`. Writes figures as JSON. */

silenceDependencies()
const [requests, operations] = process.argv.slice(2).map(Number)
if (!requests || !operations) throw new Error('lasting.ts REQUESTS OPERATIONS')

const openGateway = async (): Promise<Supergraph> => {
  const supergraph = openSupergraphOf({ rights: false, open: openBare, urlOf: subgraphUrls(), log: pino({ level: 'silent' }) })
  await supergraph.load({ apollo: {} })
  return supergraph
}

const supergraph = await openGateway()

const planned = (query: string) => supergraph.plans().find({ hash: createHash('sha256').update(query).digest('hex'), document: parse(query), operationName: undefined })

const ask = async (query: string, variables: Record<string, unknown>) => {
  const { data, errors } = await planned(query).compiled.execute({ variables, context: nextContext(), ask: supergraph.ask })
  if (!data || errors.length > 0) throw new Error(`no answer: ${errors[0]?.message ?? ''}`)
}

const heapBytes = async (): Promise<number> => {
  await turn()
  globalThis.gc?.()
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

/** Microseconds an answer, the mean of so many. */
const timeOf = async (query: string, variables: Record<string, unknown>, times: number): Promise<number> => {
  const began = performance.now()
  for (let index = 0; index < times; index += 1) await ask(query, variables)
  return ((performance.now() - began) * 1_000) / times
}

const growing = 'query Growing($id: ID!, $first: Int!) { customer(id: $id) { id orders(first: $first) { id status total placedAt shipments { id carrier status trackingNumber } } } }'

const entityRounds = 15

/** What an answer takes beyond one without entities, for each of them: the median of rounds in turn, each beside one without. */
const entityCosts = async (): Promise<Lasting['entities']> => {
  const id = largestCustomer.id
  const counts = [10, 100, 1_000, 10_000]
  const timesOf = (count: number) => Math.max(3, Math.ceil(20_000 / count))
  // Warm for each size, so that none is measured while code is still being compiled.
  for (let round = 0; round < 3; round += 1) for (const count of [1, ...counts]) await timeOf(growing, { id, first: count }, timesOf(count))
  const costs = new Map<number, number[]>(counts.map((count) => [count, []]))
  for (let round = 0; round < entityRounds; round += 1) {
    for (const [count, found] of costs) {
      const without = await timeOf(growing, { id, first: 0 }, 2_000)
      found.push(((await timeOf(growing, { id, first: count }, timesOf(count))) - without) / count)
    }
  }
  return [...costs].map(([count, found]) => ({ count, microseconds: quantile(found, 0.5) }))
}

const heapOverRequests = async (): Promise<Lasting['requests']> => {
  const askMany = async (count: number) => {
    for (let index = 0; index < count; index += 1) await ask(queries.small, { id: customerIds[index % customerIds.length] })
  }
  await askMany(requests / 20)
  const before = await heapBytes()
  await askMany(requests)
  return { count: requests, beforeBytes: before, afterBytes: await heapBytes() }
}

/** Operations that are each asked for once, with a busy one among them all the time. */
const manyOperations = async (): Promise<Lasting['operations']> => {
  let known = 0
  let asked = 0
  const askBusy = async () => {
    asked += 1
    if (planned(queries.small).isKnown) known += 1
    await ask(queries.small, { id: customerIds[0] })
  }
  const askDistinct = async (from: number, count: number) => {
    for (let index = from; index < from + count; index += 1) {
      await ask(`query Distinct($id: ID!) { customer(id: $id) { id name${index}: name orders(first: 2) { id shipments { carrier } } } }`, { id: customerIds[0] })
      if (index % 10 === 0) await askBusy()
    }
  }
  await askBusy()
  known = 0
  asked = 0
  await askDistinct(0, operations / 2)
  const halfBytes = await heapBytes()
  const began = performance.now()
  await askDistinct(operations / 2, operations / 2)
  const microseconds = ((performance.now() - began) * 1_000) / (operations / 2)
  return { count: operations, halfBytes, afterBytes: await heapBytes(), microseconds, keptBytes: supergraph.plans().bytes, busyKnown: known / asked }
}

const figures: Lasting = { entities: await entityCosts(), requests: await heapOverRequests(), operations: await manyOperations() }
process.stdout.write(JSON.stringify(figures))
await supergraph.stop()
