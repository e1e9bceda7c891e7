import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Pool } from 'undici'
import { signToken } from '../gateway/token-signing.ts'
import { composeCompany, customerIds, queries } from './federation/company.ts'
import type { QueryName } from './federation/company.ts'
import { measureLasting, shipped } from './federation/lasting-figures.ts'
import { offerLoad, quantile } from './load.ts'
import type { Report, Row } from './report.ts'
import type { Given, Suite } from './suite.ts'

/*
 * The gateway's execution beside others', over the same supergraph and the same subgraphs. Each server is a process of its own; throughput is requests a
 * CPU-second of that process, all its threads, so that what else the machine does falls on nobody: one core answers so many.
 */

const secret = 'a secret of the bench, long enough for HS256'
const folder = path.join(import.meta.dirname, 'federation')
const ticksPerSecond = 100
const inFlight = 16
/** Code that has just been started is still being compiled. */
const warmUpRounds = 8

type Server = AsyncDisposable & { readonly name: string; readonly pid: number; ask(query: string, id: string): Promise<Answer> }
type Answer = { readonly status: number; readonly text: string }

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

const firstUrl = async (child: ChildProcess): Promise<string> => {
  if (!child.stdout) throw new Error('no standard output')
  for await (const line of createInterface({ input: child.stdout })) if (line.startsWith('http')) return line
  throw new Error('a server ended before it listened')
}

const toServer = (name: string, child: ChildProcess, origin: string, token: string): Server => {
  const pool = new Pool(origin, { connections: 64, headersTimeout: 0, bodyTimeout: 0 })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, accept: 'application/json' }
  return {
    name,
    pid: child.pid ?? 0,
    ask: async (query, id) => {
      const { statusCode, body } = await pool.request({ method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query, variables: { id } }) })
      return { status: statusCode, text: await body.text() }
    },
    [Symbol.asyncDispose]: async () => {
      await pool.destroy()
      await end(child)
    },
  }
}

const p99Seconds = 5

const spawnRole = (role: string, ...given: readonly string[]): ChildProcess =>
  spawn(process.execPath, [...shipped, path.join(folder, 'server.ts'), role, secret, ...given], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NODE_ENV: 'production', APOLLO_TELEMETRY_DISABLED: '1' } })

const startRole = async (role: string, token: string, remote?: string): Promise<Server> => {
  const child = spawnRole(role, ...(remote === undefined ? [] : [remote]))
  return toServer(remote === undefined ? role : `${role} over HTTP`, child, await firstUrl(child), token)
}

/** As its documentation has it in production: the command, a supergraph's file, NODE_ENV. */
const startHive = async (token: string, remote: string): Promise<Server> => {
  const dir = await mkdtemp(path.join(tmpdir(), 'fuseboard-hive-'))
  const file = path.join(dir, 'supergraph.graphql')
  await writeFile(file, composeCompany(false, (name) => `${remote}/${name}`))
  const port = 20_000 + (process.pid % 10_000)
  const bin = path.join(import.meta.dirname, 'node_modules/.bin/hive-gateway')
  const child = spawn(process.execPath, [...shipped, bin, 'supergraph', file, '--port', String(port), '--host', '127.0.0.1', '--fork', '1'], { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_ENV: 'production', LOG_LEVEL: 'error' } })
  const server = toServer('Hive Gateway over HTTP', child, `http://127.0.0.1:${port}`, token)
  for (let tries = 0; tries < 120; tries += 1) {
    const answer = await server.ask('{ __typename }', '').catch(() => null)
    if (answer?.status === 200) return { ...server, [Symbol.asyncDispose]: async () => { await server[Symbol.asyncDispose](); await rm(dir, { recursive: true }) } }
    await sleep(500)
  }
  await server[Symbol.asyncDispose]()
  throw new Error('Hive Gateway does not answer')
}

/** User and system time of a process, all its threads, in seconds. */
const cpuSeconds = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

const idAt = (index: number) => customerIds[index % customerIds.length] ?? ''

/** CPU milliseconds a request, in a closed loop that lasts until the server has spent so many seconds of CPU. */
const measure = async (server: Server, query: string, seconds: number): Promise<{ readonly cpuMs: number; readonly perSecond: number }> => {
  const before = await cpuSeconds(server.pid)
  const began = performance.now()
  let sent = 0
  let isOver = false
  const watch = async () => {
    while ((await cpuSeconds(server.pid)) - before < seconds) await sleep(20)
    isOver = true
  }
  const client = async () => {
    while (!isOver) {
      const { status } = await server.ask(query, idAt(sent++))
      if (status !== 200) throw new Error(`${server.name} answered with status ${status}`)
    }
  }
  await Promise.all([watch(), ...Array.from({ length: inFlight }, client)])
  return { cpuMs: ((await cpuSeconds(server.pid)) - before) * 1_000 / sent, perSecond: sent / ((performance.now() - began) / 1_000) }
}

const median = (values: readonly number[]) => quantile(values, 0.5)

type Times = { readonly rounds: number; readonly seconds: number }

/** Rounds in turn, so that what the machine does meanwhile falls on all of them. */
const compare = async (servers: readonly Server[], query: string, { rounds, seconds }: Times): Promise<ReadonlyMap<string, { readonly cpuMs: number; readonly perSecond: number }>> => {
  const measured = new Map<string, { cpuMs: number; perSecond: number }[]>()
  for (const server of servers) await measure(server, query, seconds * warmUpRounds)
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) measured.set(server.name, [...(measured.get(server.name) ?? []), await measure(server, query, seconds)])
  }
  return new Map([...measured].map(([name, all]) => [name, { cpuMs: median(all.map(({ cpuMs }) => cpuMs)), perSecond: median(all.map(({ perSecond }) => perSecond)) }]))
}

/** Before anything is timed: the same answers. */
const compareAnswers = async (servers: readonly Server[], query: string): Promise<number> => {
  const answers = await Promise.all(servers.map((server) => server.ask(query, idAt(3))))
  const [first, ...others] = answers.map(({ text }): unknown => JSON.parse(text))
  for (const [index, other] of others.entries()) if (!isDeepStrictEqual(other, first)) throw new Error(`${servers[index + 1]?.name ?? ''} answers otherwise: ${answers[index + 1]?.text.slice(0, 300) ?? ''}`)
  return answers[0]?.text.length ?? 0
}

const p99 = async (server: Server, query: string, perSecond: number, seconds: number): Promise<number> => {
  const samples = await offerLoad({ perSecond, seconds, send: (index) => server.ask(query, idAt(index)) })
  return quantile(samples.map(({ tookMs }) => tookMs), 0.99)
}

const marks: Readonly<Record<QueryName, { readonly stock: number; readonly ready: number; readonly cpu: number; readonly hive: number; readonly p99: number }>> = {
  small: { stock: 5, ready: 0.5, cpu: 0.35, hive: 2, p99: 0.5 },
  customer360: { stock: 12, ready: 0.55, cpu: 0.25, hive: 3, p99: 0.3 },
  wide: { stock: 12, ready: 0.55, cpu: 0.25, hive: 3, p99: 0.3 },
}

const atLeast = (measured: string, value: number, mark: number): Row => ({ measure: measured, value, unit: 'times', mark: `≥ ${mark}`, met: value >= mark })
const atMost = (measured: string, value: number, mark: number): Row => ({ measure: measured, value, unit: 'times', mark: `≤ ${mark}`, met: value <= mark })

const runInProcess = async (token: string, times: Times): Promise<readonly Row[]> => {
  await using opened = new AsyncDisposableStack()
  const servers: Server[] = []
  for (const role of ['stock', 'ours', 'ready', 'ours-on']) servers.push(opened.use(await startRole(role, token)))
  const rows: Row[] = []
  for (const [name, query] of entriesOf(queries)) {
    const bytes = await compareAnswers(servers, query)
    const figures = await compare(servers, query, times)
    const [stock, ours, ready, on] = ['stock', 'ours', 'ready', 'ours-on'].map((one) => figures.get(one)?.cpuMs ?? Number.NaN)
    if (stock === undefined || ours === undefined || ready === undefined || on === undefined) continue
    rows.push({ measure: `${name}: size of the answer`, value: Math.round(bytes / 1_024), unit: 'KB' }, { measure: `${name}: stock, in process`, value: stock, unit: 'ms CPU' }, { measure: `${name}: ours, nothing switched on`, value: ours, unit: 'ms CPU' })
    rows.push({ measure: `${name}: ours, everything that ships`, value: on, unit: 'ms CPU' }, { measure: `${name}: a ready-made answer`, value: ready, unit: 'ms CPU' })
    rows.push(atLeast(`${name}: throughput of ours against stock`, stock / ours, marks[name].stock), atLeast(`${name}: with everything, against stock`, stock / on, marks[name].stock), atLeast(`${name}: against a ready-made answer`, ready / ours, marks[name].ready))
    const half = (figures.get('stock')?.perSecond ?? 0) / 2
    const [theirs, own] = [await p99(stockOf(servers), query, half, p99Seconds), await p99(oursOf(servers), query, half, p99Seconds)]
    rows.push({ measure: `${name}: p99 of stock at half its peak`, value: theirs, unit: 'ms' }, atMost(`${name}: p99 of ours at the same load`, own / theirs, marks[name].p99))
  }
  return rows
}

const entriesOf = (of: typeof queries): readonly (readonly [QueryName, string])[] => [['small', of.small], ['customer360', of.customer360], ['wide', of.wide]]
const byName = (servers: readonly Server[], name: string): Server => servers.find((one) => one.name === name) ?? (() => { throw new Error(`no server ${name}`) })()
const stockOf = (servers: readonly Server[]) => byName(servers, 'stock')
const oursOf = (servers: readonly Server[]) => byName(servers, 'ours')

const runOverHttp = async (token: string, times: Times): Promise<readonly Row[]> => {
  await using opened = new AsyncDisposableStack()
  const subgraphs = spawnRole('subgraphs')
  opened.defer(() => end(subgraphs))
  const remote = await firstUrl(subgraphs)
  const servers = [opened.use(await startRole('stock', token, remote)), opened.use(await startRole('ours', token, remote))]
  const hasHive = existsSync(path.join(import.meta.dirname, 'node_modules/.bin/hive-gateway'))
  if (hasHive) servers.push(opened.use(await startHive(token, remote)))
  const rows: Row[] = hasHive ? [] : [{ measure: 'Hive Gateway is not installed: npm ci --prefix bench', value: 0, unit: '' }]
  for (const [name, query] of entriesOf(queries)) {
    await compareAnswers(servers, query)
    const figures = await compare(servers, query, times)
    const [stock, ours, hive] = servers.map((one) => figures.get(one.name)?.cpuMs ?? Number.NaN)
    if (stock === undefined || ours === undefined) continue
    rows.push({ measure: `${name}, over HTTP: stock`, value: stock, unit: 'ms CPU' }, { measure: `${name}, over HTTP: ours`, value: ours, unit: 'ms CPU' }, atMost(`${name}, over HTTP: CPU of ours against stock's`, ours / stock, marks[name].cpu))
    if (hive !== undefined) rows.push({ measure: `${name}, over HTTP: Hive Gateway`, value: hive, unit: 'ms CPU' }, atLeast(`${name}, over HTTP: throughput of ours against Hive Gateway`, hive / ours, marks[name].hive))
  }
  return rows
}

const numberOf = (given: unknown, otherwise: number) => (typeof given === 'string' && Number(given) > 0 ? Number(given) : otherwise)

const run = async (given: Given): Promise<Report> => {
  const times = { rounds: numberOf(given['rounds'], 5), seconds: numberOf(given['round-seconds'], 2) }
  const token = await signToken(secret, { role: 'agent', name: 'bench' })
  const [requests, operations] = [numberOf(given['requests'], 1_000_000), numberOf(given['operations'], 10_000)]
  const rows = [...(await runInProcess(token, times)), ...(await runOverHttp(token, times)), ...(await measureLasting(requests, operations))]
  return { title: `Federated execution, median of ${times.rounds} rounds of ${times.seconds} CPU-seconds; throughput is requests a CPU-second of the gateway's process`, rows }
}

export const federation: Suite = { options: { rounds: { type: 'string' }, 'round-seconds': { type: 'string' }, requests: { type: 'string' }, operations: { type: 'string' } }, run }
