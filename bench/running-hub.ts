import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { Pool } from 'undici'
import { stringify } from 'yaml'
import { z } from 'zod'
import { demoBackends } from '../demo/backends.ts'
import { signToken } from '../gateway/token-signing.ts'

/** A hub in a process of its own, the demo company in another one, and a client of this one. The settings that ship. */
export type BenchHub = AsyncDisposable & {
  query(query: string, variables: Readonly<Record<string, unknown>>, cacheControl?: string, traceparent?: string): Promise<unknown>
  /** The order stand-in's own URL, past the hub. */
  readonly ordersUrl: string
  setFault(system: string, fault: string, ms?: number): Promise<void>
  /** What the stand-ins stamped on their answers, in milliseconds by trace id, since this was last asked. */
  standInTimes(): Promise<ReadonlyMap<string, number>>
}

/** As `npm start` has them. */
const shippedFlags = ['--min-semi-space-size=16', '--max-semi-space-size=16']

const secret = 'a secret of the bench, long enough for HS256'
const root = path.join(import.meta.dirname, '..')
const stamps = path.join(import.meta.dirname, 'stand-in-stamps.ts')

const systemsFile = z.record(z.string(), z.object({ url: z.string(), controlUrl: z.string() }))

const lineOf = async (child: ChildProcess, found: (line: string) => boolean): Promise<string> => {
  if (!child.stdout) throw new Error('no standard output')
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) if (found(line)) return line
  throw new Error('the process ended before it said what was waited for')
}

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}

const startDemo = async (dir: string, stack: AsyncDisposableStack) => {
  const child = spawn(process.execPath, ['demo/main.ts', '--ports', 'any', '--data', dir], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  stack.defer(() => end(child))
  await lineOf(child, (line) => line.startsWith('Ctrl-C'))
  child.stdout.resume()
  return systemsFile.parse(JSON.parse(await readFile(path.join(dir, 'demo.json'), 'utf8')))
}

type BenchOptions = { readonly orders?: string; readonly bus?: Readonly<Record<string, string>> }

const configOf = (systems: z.infer<typeof systemsFile>, { orders: wire = 'rest', bus }: BenchOptions) => {
  const at = (name: string) => ({ url: systems[name]?.url ?? '' })
  const backends = demoBackends({ orders: at('orders'), crm: at('crm'), logistics: at('logistics'), confluence: at('confluence'), yuque: at('yuque'), svn: at('svn') })
  const orders = wire === 'jsonrpc' ? { protocol: 'jsonrpc', url: at('orders-jsonrpc').url } : backends.orders
  return stringify({ port: 0, logLevel: 'warn', auth: { secret }, bus, backends: { ...backends, orders } })
}

const startHub = async (dir: string, stack: AsyncDisposableStack) => {
  const env = { ...process.env, FUSEBOARD_CONFIG: path.join(dir, 'fuseboard.yaml'), FUSEBOARD_DATA: dir, FUSEBOARD_LOG: 'info' }
  const child = spawn(process.execPath, [...shippedFlags, '--import', stamps, 'gateway/main.ts'], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  stack.defer(() => end(child))
  if (!child.stderr) throw new Error('no standard error')
  for await (const line of createInterface({ input: child.stderr })) {
    const { url } = z.object({ url: z.string().optional() }).parse(JSON.parse(line))
    if (url !== undefined) {
      child.stderr.resume()
      return { child, url }
    }
  }
  throw new Error('the hub ended before it listened')
}

export const startBenchHub = async (opt: BenchOptions): Promise<BenchHub> => {
  await using opening = new AsyncDisposableStack()
  const dir = await mkdtemp(path.join(tmpdir(), 'fuseboard-bench-'))
  opening.defer(() => rm(dir, { recursive: true, force: true }))
  const systems = await startDemo(dir, opening)
  await writeFile(path.join(dir, 'fuseboard.yaml'), configOf(systems, opt))
  const { child, url } = await startHub(dir, opening)
  const { origin } = new URL(url)
  const pool = opening.use({ pool: new Pool(origin, { connections: 256, headersTimeout: 0, bodyTimeout: 0 }), async [Symbol.asyncDispose]() { await this.pool.destroy() } }).pool
  const token = await signToken(secret, { role: 'agent', name: 'bench' })
  const opened = opening.move()
  return {
    query: async (query, variables, cacheControl, traceparent) => {
      const headers = {
        'content-type': 'application/json',
        authorization: `Bearer ${token}`,
        ...(cacheControl === undefined ? {} : { 'cache-control': cacheControl }),
        ...(traceparent === undefined ? {} : { traceparent }),
      }
      const { body } = await pool.request({ method: 'POST', path: '/graphql', headers, body: JSON.stringify({ query, variables }) })
      return body.json()
    },
    ordersUrl: systems['orders']?.url ?? '',
    setFault: async (system, fault, ms) => {
      const body = JSON.stringify({ fault, ...(ms === undefined ? {} : { ms }) })
      await fetch(systems[system]?.controlUrl ?? '', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    },
    standInTimes: async () => {
      child.send('stamps')
      const [told] = z.tuple([z.array(z.tuple([z.string(), z.number()]))]).rest(z.unknown()).parse(await once(child, 'message'))
      return new Map(told)
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
