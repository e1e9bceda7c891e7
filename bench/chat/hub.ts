import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { stringify } from 'yaml'
import { z } from 'zod'
import { onLeaving } from '../leaving.ts'
import { signQuickly } from '../sockets/tokens.ts'
import type { Claims } from '../sockets/tokens.ts'
import type { BenchDatabase } from './database.ts'
import { dig } from './operations.ts'

/** A hub whose backends are never asked, in a process of its own, the chat's data in `database`, the settings that ship. */
export type ChatHub = AsyncDisposable & {
  readonly address: { readonly host: string; readonly port: number }
  /** Over HTTP. Throws where the answer has errors. */
  ask(claims: Claims, query: string, variables?: Readonly<Record<string, unknown>>): Promise<unknown>
  /** The sum of a metric's samples. */
  metric(name: string): Promise<number>
  /** Of its process, in bytes. */
  residentBytes(): Promise<number>
  /** What its process has used of the CPU, in seconds, all of its threads together. */
  cpuSeconds(): Promise<number>
  /** SIGKILL, and resolves when it is dead. */
  kill(): Promise<void>
}

/** As `npm start` has them. */
const shippedFlags = ['--min-semi-space-size=16', '--max-semi-space-size=16']
const root = path.join(import.meta.dirname, '../..')
const ticksPerSecond = 100
const tailBytes = 4_000

export const secret = 'a secret of the bench, long enough for HS256'

/** Each subgraph wants its backend; none of these is ever asked. */
const nobodyThere = Object.fromEntries(['orders', 'crm', 'logistics'].map((name) => [name, { protocol: 'jsonrpc', url: 'http://127.0.0.1:9' }]))

export type ChatHubOptions = {
  readonly database: BenchDatabase
  readonly departments: readonly string[]
  /** A folder of rules, which then says what departments there are; otherwise nothing is learned, and nobody is offered anything: the load itself says who takes what. */
  readonly routing?: string
}

const spawnHub = ({ dataDir, url }: BenchDatabase) => {
  const env = {
    ...process.env, PORT: '0', FUSEBOARD_CONFIG: path.join(dataDir, 'fuseboard.yaml'), FUSEBOARD_DATA: dataDir, FUSEBOARD_LOG: 'info',
    FUSEBOARD_SECRET: secret, FUSEBOARD_INTERNAL_SECRET: `internal: ${secret}`, DATABASE_URL: url ?? '',
  }
  return spawn(process.execPath, [...shippedFlags, 'gateway/main.ts'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] })
}

const listening = z.object({ url: z.string() })

/** Its address, once it listens. What it writes later is read and dropped, but for the end of it, which is shown where it dies by itself. */
const untilListening = async (child: ReturnType<typeof spawnHub>, isWanted: () => boolean): Promise<URL> => {
  const { promise, resolve, reject } = Promise.withResolvers<URL>()
  let tail = ''
  createInterface({ input: child.stderr }).on('line', (line) => {
    tail = `${tail}${line}\n`.slice(-tailBytes)
    const { success, data } = listening.safeParse(line.includes('"url"') ? JSON.parse(line) : null)
    if (success) resolve(new URL(data.url))
  })
  child.once('exit', (code, signal) => {
    const words = `the hub ended by itself (${code ?? signal}):\n${tail}`
    reject(new Error(words))
    if (isWanted()) process.stderr.write(words)
  })
  return promise
}

const askOver = (url: URL): ChatHub['ask'] => async (claims, query, variables = {}) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${signQuickly(secret, claims)}` }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }), signal: AbortSignal.timeout(60_000) })
  const answer: unknown = await response.json()
  if (dig(answer, 'errors') !== undefined) throw new Error(JSON.stringify(dig(answer, 'errors')).slice(0, 2_000))
  return dig(answer, 'data')
}

const readMetric = (url: URL): ChatHub['metric'] => async (name) => {
  const text = await (await fetch(new URL('/metrics', url), { signal: AbortSignal.timeout(30_000) })).text()
  const samples = text.split('\n').filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
  return samples.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

const residentBytes = async (pid: number): Promise<number> =>
  1_024 * Number(/^Rss:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1])

const cpuSeconds = async (pid: number): Promise<number> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name may have blanks: fields are counted from its bracket on, where the third of all is the first (proc_pid_stat(5)).
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

const writeQuietRules = async ({ dataDir }: BenchDatabase, departments: readonly string[]): Promise<string> => {
  const directory = path.join(dataDir, 'routing')
  const rules = { default: departments[0], departments: Object.fromEntries(departments.map((one) => [one, { strategy: 'manual' }])) }
  await mkdir(directory, { recursive: true })
  await writeFile(path.join(directory, 'departments.yaml'), stringify(rules))
  return directory
}

export const startChatHub = async ({ database, departments, routing }: ChatHubOptions): Promise<ChatHub> => {
  const directory = routing ?? (await writeQuietRules(database, departments))
  await writeFile(path.join(database.dataDir, 'fuseboard.yaml'), stringify({ routing: { directory }, backends: nobodyThere }))
  const child = spawnHub(database)
  const exited = once(child, 'exit')
  const left = onLeaving(() => child.kill('SIGKILL'))
  let wanted = true
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    wanted = false
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    // One that drains for ever must not hold up the bench.
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 20_000)
    await exited
    clearTimeout(giveUp)
    left()
  }
  await using opening = new AsyncDisposableStack()
  opening.defer(() => end('SIGTERM'))
  const url = await untilListening(child, () => wanted)
  const pid = child.pid ?? 0
  const hub = { ask: askOver(url), metric: readMetric(url), residentBytes: () => residentBytes(pid), cpuSeconds: () => cpuSeconds(pid) }
  // The database is opened by whoever asks first.
  await hub.ask({ role: 'admin', name: 'bench' }, '{ conversations(first: 1) { nodes { id } } }')
  const opened = opening.move()
  return { ...hub, address: { host: url.hostname, port: Number(url.port) }, kill: () => end('SIGKILL'), [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
