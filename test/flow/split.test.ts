import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { foundCompany } from '../../demo/company.ts'
import { signToken } from '../../gateway/token-signing.ts'
import { openAsk, strict, valueAt } from '../kit/asking.ts'
import type { Ask, AskOptions } from '../kit/asking.ts'
import { customer360, expectCustomer360 } from '../kit/customer-360.ts'

const company = foundCompany()
const root = path.join(import.meta.dirname, '..', '..')
const wanted = { customer: 'C-1001', order: company.shipments[0]?.orderId ?? '', article: `confluence:${company.articles[0]?.id ?? 0}` }

type Output = 'stdout' | 'stderr'
type Running = ChildProcessByStdio<null, Readable, Readable>

const spawnHere = (dataDir: string, ...args: readonly string[]): Running => {
  const env = { ...process.env, FUSEBOARD_CONFIG: '', FUSEBOARD_DATA: dataDir, FUSEBOARD_LOG: 'info', PORT: '0' }
  return spawn(process.execPath, [...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Lines up to the first one that matches, that one included; what comes later is read and thrown away. */
const linesUntil = async (child: Running, output: Output, pattern: RegExp): Promise<readonly string[]> => {
  const lines: string[] = []
  const reader = createInterface({ input: child[output] })
  const found = new Promise<boolean>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line)
      if (pattern.test(line)) resolve(true)
    })
    reader.once('close', () => resolve(false))
  })
  if (await found) return lines
  throw new Error(`it ended before it said ${pattern.source}:\n${lines.join('\n')}`)
}

const end = async (child: Running, signal: 'SIGINT' | 'SIGKILL'): Promise<number | null> => {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit')
    child.kill(signal)
    await exited
  }
  return child.exitCode
}

const control = z.object({ calls: z.number() })
const callsAt = async (controlUrl: string): Promise<number> => control.parse(await (await fetch(controlUrl)).json()).calls

const isDown = async (url: string): Promise<boolean> => {
  try {
    await fetch(url)
    return false
  } catch {
    return true
  }
}

describe('the demo in processes', { timeout: 60_000 }, () => {
  /** Ended also where not all of it came up. */
  const running = new AsyncDisposableStack()
  let dataDir: string
  let subgraphs: Running
  let hub: Running
  let client: ReturnType<typeof openAsk>
  let secret: string
  let urls: readonly string[]

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-split-'))
    running.defer(() => rm(dataDir, { recursive: true, force: true }))
    subgraphs = spawnHere(dataDir, 'demo/split.ts', '--ports', 'any')
    running.defer(async () => {
      await end(subgraphs, 'SIGINT')
    })
    subgraphs.stderr.resume()
    urls = (await linesUntil(subgraphs, 'stdout', /All of them are up/)).flatMap((line) => /http:\S+/.exec(line)?.[0] ?? [])
    hub = spawnHere(dataDir, 'demo/split.ts', '--hub')
    running.defer(async () => {
      await end(hub, 'SIGINT')
    })
    hub.stdout.resume()
    const line = (await linesUntil(hub, 'stderr', /the hub listens/)).at(-1) ?? ''
    secret = (await readFile(path.join(dataDir, 'secret'), 'utf8')).trim()
    client = running.use(openAsk(z.object({ url: z.string() }).parse(JSON.parse(line)).url, secret))
  })
  after(() => running.disposeAsync())

  const ask: Ask = (query: string, opt?: AskOptions) => client.ask(query, opt)
  const inject = (fault: string) =>
    ask(`mutation { injectFault(backend: "logistics", fault: ${fault}, ms: 700) }`, { as: { role: 'admin', name: 'admin-1' } })
  const controlOfLogistics = async () => {
    const file: unknown = JSON.parse(await readFile(path.join(dataDir, 'demo.json'), 'utf8'))
    return String(valueAt(file, 'logistics', 'controlUrl'))
  }

  it('answers Customer360 as one process does', async () => {
    const answer = await ask(customer360, { variables: wanted })
    assert.deepEqual({ data: answer.data, errors: answer.errors }, { data: expectCustomer360(company, wanted), errors: [] })
  })

  it('gathers the fuses of every process', async () => {
    const { data, errors } = await ask('{ fuses { id instance backend state } }')
    assert.deepEqual(errors, [])
    const fuses = z.array(z.object({ id: z.string(), instance: z.string(), backend: z.string(), state: z.string() })).parse(valueAt(data, 'fuses'))
    assert.deepEqual(fuses.map(({ backend }) => backend).toSorted(), ['confluence', 'crm', 'logistics', 'orders', 'svn', 'yuque'])
    assert.equal(new Set(fuses.map(({ instance }) => instance)).size, 4)
    for (const { id, instance, backend, state } of fuses) assert.deepEqual([id, state], [`${instance}/${backend}`, 'CLOSED'])
  })

  it('accepts no token of a client at a subgraph', async () => {
    const authorization = `Bearer ${await signToken(secret, { role: 'admin', name: 'admin-1' })}`
    // chat, routing and knowledge keep what they have in PGlite, and so run in the hub, and status with them.
    assert.equal(urls.length, 4)
    for (const url of urls) {
      const { status } = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' })
      assert.equal(status, 401, url)
    }
  })

  it('carries a fault from the mutation to the system, and its error back, and the end of it', async () => {
    const query = `{ order(id: "${wanted.order}") { status shipments { id } } }`
    assert.equal(valueAt((await inject('ERROR')).data, 'injectFault'), true)
    const ill = await ask(query, { headers: strict })
    assert.deepEqual(ill.errors.map(({ path: at, extensions }) => [at, extensions['code']]), [[['order', 'shipments'], 'BACKEND_UNAVAILABLE']])
    assert.equal(typeof valueAt(ill.data, 'order', 'status'), 'string')
    await inject('OFF')
    assert.deepEqual((await ask(query, { headers: strict })).errors, [])
  })

  it('ends on SIGINT: the hub when what runs is answered, then the subgraphs, and nothing is left', async () => {
    const controlUrl = await controlOfLogistics()
    await inject('SLOW')
    const earlier = await callsAt(controlUrl)
    const running = ask(`{ order(id: "${wanted.order}") { shipments { id } } }`, { headers: strict })
    while ((await callsAt(controlUrl)) === earlier);
    assert.equal(await end(hub, 'SIGINT'), 0)
    assert.deepEqual((await running).errors, [])
    assert.equal(await end(subgraphs, 'SIGINT'), 0)
    for (const url of [...urls, controlUrl]) assert.ok(await isDown(url), `${url} still answers`)
    assert.ok(!existsSync(path.join(dataDir, 'split', 'fuseboard.yaml')))
  })
})

describe('npm run subgraph', { timeout: 20_000 }, () => {
  const run = async (...args: readonly string[]) => {
    const child = spawnHere(tmpdir(), 'subgraphs/main.ts', ...args)
    const chunks: unknown[] = []
    child.stdout.resume()
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    await once(child, 'close')
    return { code: child.exitCode, said: chunks.map(String).join('') }
  }

  it('names the subgraphs that there are where it is asked for another one', async () => {
    const { code, said } = await run('ordres')
    assert.equal(code, 2)
    assert.match(said, /there is no subgraph ordres/)
    assert.match(said, /directory, orders, crm, logistics, knowledge, chat, routing, status/)
    assert.doesNotMatch(said, /\n\s+at /)
  })

  it('says how it is used where no subgraph, or a port that is none, is named', async () => {
    for (const args of [[], ['crm', '--port', '70000'], ['crm', '--prot', '1']]) {
      const { code, said } = await run(...args)
      assert.equal(code, 2, args.join(' '))
      assert.match(said, /usage: npm run subgraph -- NAME/)
    }
  })
})
