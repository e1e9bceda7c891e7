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
const warmUpSeconds = 8

type Server = AsyncDisposable & {
  readonly name: string
  readonly pid: number
  ask(query: string, id: string): Promise<Answer>
  /** The same without reading what is answered: whoever measures is to take as little as possible of the machine. Rejects where it is no success. */
  hit(query: string, id: string): Promise<void>
}
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
  const toRequest = (query: string, id: string) => ({ method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query, variables: { id } }) }) as const
  return {
    name,
    pid: child.pid ?? 0,
    ask: async (query, id) => {
      const { statusCode, body } = await pool.request(toRequest(query, id))
      return { status: statusCode, text: await body.text() }
    },
    hit: (query, id) =>
      new Promise((resolve, reject) => {
        let status = 0
        pool.dispatch(toRequest(query, id), {
          onRequestStart: () => undefined,
          onResponseStart: (_, statusCode) => {
            status = statusCode
          },
          onResponseData: () => undefined,
          onResponseEnd: () => {
            if (status === 200) resolve()
            else reject(new Error(`${name} answered with status ${status}`))
          },
          onResponseError: (_, error) => reject(error),
        })
      }),
    [Symbol.asyncDispose]: async () => {
      await pool.destroy()
      await end(child)
    },
  }
}

/** Half of what stock does of large answers is a dozen a second: a hundredth of them is known after minutes only. */
const [p99Turns, p99Seconds] = [6, 5]

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
    while (!isOver) await server.hit(query, idAt(sent++))
  }
  await Promise.all([watch(), ...Array.from({ length: inFlight }, client)])
  return { cpuMs: ((await cpuSeconds(server.pid)) - before) * 1_000 / sent, perSecond: sent / ((performance.now() - began) / 1_000) }
}

const median = (values: readonly number[]) => quantile(values, 0.5)

type Times = { readonly rounds: number; readonly seconds: number }

type Measured = { readonly cpuMs: readonly number[]; readonly perSecond: readonly number[] }

/** Rounds in turn, so that what the machine does meanwhile falls on all of them. */
const compare = async (servers: readonly Server[], query: string, { rounds, seconds }: Times): Promise<ReadonlyMap<string, Measured>> => {
  const measured = new Map(servers.map(({ name }) => [name, { cpuMs: new Array<number>(), perSecond: new Array<number>() }]))
  for (const server of servers) await measure(server, query, warmUpSeconds)
  for (let round = 0; round < rounds; round += 1) {
    for (const server of servers) {
      const { cpuMs, perSecond } = await measure(server, query, seconds)
      measured.get(server.name)?.cpuMs.push(cpuMs)
      measured.get(server.name)?.perSecond.push(perSecond)
    }
  }
  return measured
}

/** How often one's CPU time goes into the other's, round by round: a machine that is twice as slow for a second is so for both. */
const timesOf = (one: Measured, other: Measured): number => median(one.cpuMs.map((cpuMs, round) => cpuMs / (other.cpuMs[round] ?? Number.NaN)))

const cpuRow = (measured: string, { cpuMs }: Measured): Row => ({ measure: measured, value: median(cpuMs), unit: 'ms CPU' })

/** Before anything is timed: the same answers. */
const compareAnswers = async (servers: readonly Server[], query: string): Promise<number> => {
  const answers = await Promise.all(servers.map((server) => server.ask(query, idAt(3))))
  const [first, ...others] = answers.map(({ text }): unknown => JSON.parse(text))
  for (const [index, other] of others.entries()) if (!isDeepStrictEqual(other, first)) throw new Error(`${servers[index + 1]?.name ?? ''} answers otherwise: ${answers[index + 1]?.text.slice(0, 300) ?? ''}`)
  return answers[0]?.text.length ?? 0
}

/** In turn, a few seconds each, so that a bad moment of the machine is nobody's alone. */
const p99s = async (servers: readonly Server[], query: string, perSecond: number): Promise<readonly number[]> => {
  const took = servers.map(() => new Array<number>())
  for (let turn = 0; turn < p99Turns; turn += 1) {
    for (const [index, server] of servers.entries()) {
      const samples = await offerLoad({ perSecond, seconds: p99Seconds, send: (sent) => server.hit(query, idAt(sent)) })
      took[index]?.push(...samples.map(({ tookMs }) => tookMs))
    }
  }
  return took.map((all) => quantile(all, 0.99))
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
  for (const role of ['stock', 'stock-loaders', 'ours', 'ready', 'ours-on']) servers.push(opened.use(await startRole(role, token)))
  const rows: Row[] = []
  for (const [name, query] of entriesOf(queries)) {
    const { stock: wanted, ready: ofReady, p99: late } = marks[name]
    const bytes = await compareAnswers(servers, query)
    const figures = await compare(servers, query, times)
    const of = (role: string): Measured => figures.get(role) ?? { cpuMs: [], perSecond: [] }
    const [stock, loading, ours, ready, on] = [of('stock'), of('stock-loaders'), of('ours'), of('ready'), of('ours-on')] as const
    rows.push({ measure: `${name}: size of the answer`, value: Math.round(bytes / 1_024), unit: 'KB' })
    rows.push(cpuRow(`${name}: stock, in process`, stock), cpuRow(`${name}: stock, its subgraphs with loaders`, loading))
    rows.push(cpuRow(`${name}: ours, nothing switched on`, ours), cpuRow(`${name}: ours, everything that ships`, on), cpuRow(`${name}: a ready-made answer`, ready))
    rows.push(atLeast(`${name}: throughput of ours against stock`, timesOf(stock, ours), wanted), atLeast(`${name}: with everything, against stock`, timesOf(stock, on), wanted))
    rows.push(atLeast(`${name}: with everything, against stock with loaders`, timesOf(loading, on), wanted), atLeast(`${name}: against a ready-made answer`, timesOf(ready, ours), ofReady))
    const [theirs = Number.NaN, own = Number.NaN] = await p99s([byName(servers, 'stock'), byName(servers, 'ours')], query, median(stock.perSecond) / 2)
    rows.push({ measure: `${name}: p99 of stock at half its peak`, value: theirs, unit: 'ms' }, { measure: `${name}: p99 of ours at the same load`, value: own, unit: 'ms' }, atMost(`${name}: p99 of ours against stock's`, own / theirs, late))
  }
  return rows
}

const entriesOf = (of: typeof queries): readonly (readonly [QueryName, string])[] => [['small', of.small], ['customer360', of.customer360], ['wide', of.wide]]
const byName = (servers: readonly Server[], name: string): Server => servers.find((one) => one.name === name) ?? (() => { throw new Error(`no server ${name}`) })()

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
    const [stock, ours, hive] = servers.map((one) => figures.get(one.name))
    if (!stock || !ours) continue
    rows.push(cpuRow(`${name}, over HTTP: stock`, stock), cpuRow(`${name}, over HTTP: ours`, ours), atMost(`${name}, over HTTP: CPU of ours against stock's`, timesOf(ours, stock), marks[name].cpu))
    if (hive) rows.push(cpuRow(`${name}, over HTTP: Hive Gateway`, hive), atLeast(`${name}, over HTTP: throughput of ours against Hive Gateway`, timesOf(hive, ours), marks[name].hive))
  }
  return rows
}

const numberOf = (given: unknown, otherwise: number) => (typeof given === 'string' && Number(given) > 0 ? Number(given) : otherwise)

const run = async (given: Given): Promise<Report> => {
  const times = { rounds: numberOf(given['rounds'], 11), seconds: numberOf(given['round-seconds'], 1) }
  const token = await signToken(secret, { role: 'agent', name: 'bench' })
  const [requests, operations] = [numberOf(given['requests'], 1_000_000), numberOf(given['operations'], 10_000)]
  const rows = [...(await runInProcess(token, times)), ...(await runOverHttp(token, times)), ...(await measureLasting(requests, operations))]
  return { title: `Federated execution, medians over ${times.rounds} rounds in turn of ${times.seconds} CPU-seconds; throughput is requests a CPU-second of the gateway's process`, rows }
}

export const federation: Suite = { options: { rounds: { type: 'string' }, 'round-seconds': { type: 'string' }, requests: { type: 'string' }, operations: { type: 'string' } }, run }
