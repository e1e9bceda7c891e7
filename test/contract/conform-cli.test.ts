import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, test } from 'node:test'
import { stringify } from 'yaml'
import { z } from 'zod'
import { areas } from '../../conform/promise.ts'
import { startDemo, writeDemoFile } from '../../demo/start.ts'
import type { Demo } from '../../demo/start.ts'
import { refusedUrl, startWireServer } from '../kit/wire-server.ts'
import { refundableId } from './adapters.ts'

const main = path.join(import.meta.dirname, '../../conform/main.ts')

const reportSchema = z.object({
  backend: z.string(), protocol: z.string(), url: z.string(), samples: z.array(z.string()), failure: z.string().nullable(),
  judged: z.array(z.object({ area: z.enum(areas), title: z.string(), verdict: z.object({ kind: z.enum(['kept', 'broken', 'untested']) }).loose() })),
})

/** What asks for no ids is refused, as an id that is none is. */
const asked = z.object({ id: z.int(), params: z.object({ ids: z.array(z.string()).default(['']) }) })

const article = { id: '', title: '退款', body: '退款', url: null, revision: '1', updatedAt: '2026-11-03T06:05:09.000Z', author: null }

type Ended = { readonly code: number | null; readonly out: string; readonly err: string }

const secret = 'a-token-that-nobody-may-read'

/** `npm run conform -- …` in a directory of its own. Whatever else it says, it never says a credential. */
const conform = async (cwd: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const child = spawn(process.execPath, [main, ...args], { cwd, env: { PATH: process.env['PATH'], ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  assert.ok(!`${out}${err}`.includes(secret), 'a credential is printed')
  return { code, out, err }
}

describe('npm run conform', { concurrency: 3 }, () => {
  let demo: Demo
  let folder = ''
  let file = ''
  before(async () => {
    demo = await startDemo({ ports: 'any' })
    folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-conform-'))
    file = path.join(folder, 'somewhere.yaml')
    const authorization = `Bearer ${secret}`
    const { systems } = demo
    await writeFile(file, stringify({
      backends: {
        orders: { protocol: 'rest', url: systems.orders.url, timeZone: 'Asia/Shanghai', headers: { authorization } },
        crm: { protocol: 'form', url: `${systems.crm.url}/index.php?key=${secret}`, timeZone: 'Asia/Shanghai', charset: 'gbk', headers: { authorization } },
        logistics: { protocol: 'soap', url: `${systems.logistics.url}/ShipmentService.asmx`, timeZone: 'Asia/Shanghai' },
        dead: { subgraph: 'knowledge', protocol: 'confluence', url: await refusedUrl(), headers: { authorization } },
      },
    }))
  })
  after(async () => {
    await demo[Symbol.asyncDispose]()
    await rm(folder, { recursive: true })
  })
  const run = (...args: readonly string[]) => conform(folder, args, { FUSEBOARD_CONFIG: file })

  test('reports as JSON on a backend that keeps every promise, and ends with 0', async () => {
    const { code, out, err } = await run('--backend', 'crm', '--json')
    const { backend, protocol, url, failure, judged, samples } = reportSchema.parse(JSON.parse(out))
    assert.deepEqual([backend, protocol, url, failure, err, code], ['crm', 'form', `${demo.systems.crm.url}/index.php`, null, '', 0])
    assert.ok(samples.length > 10)
    assert.ok(judged.every(({ verdict }) => verdict.kind !== 'broken'))
    const told = new Set(judged.filter(({ verdict }) => verdict.kind === 'kept').map(({ area }) => area))
    assert.deepEqual(areas.filter((area) => told.has(area)), ['batching', 'order', 'absence', 'paging', 'times and zones', 'charsets', 'error mapping', 'cancellation'])
  })

  test('prints a table, with the samples that the configured orders lead to', async () => {
    const { code, out, err } = await run('--backend', 'logistics')
    assert.deepEqual([code, err], [0, ''])
    assert.match(out, /^logistics: soap at http:\S+\/ShipmentService\.asmx\n\d+ samples: SH-/)
    assert.match(out, /\nbatching +kept +findShipments of many keys gives what as many calls give \(\d+ keys\)\n/)
    assert.match(out, /\n\d+ kept, 0 broken, 0 untested\n$/)
  })

  test('refunds the one order that it may, and says what came of it', async () => {
    const { code, out } = await run('--backend', 'orders', '--write', '--order', refundableId, '--json')
    const { judged } = reportSchema.parse(JSON.parse(out))
    assert.deepEqual(judged.filter(({ verdict }) => verdict.kind !== 'kept'), [])
    assert.equal(code, 0)
  })

  test('says of a backend that is down that it is Unreachable, and ends with 1', async () => {
    const { code, out } = await run('--backend', 'dead', '--sample', '98311')
    assert.equal(code, 1)
    assert.match(out, /^dead: confluence at \S+\nNothing could be judged: Unreachable: /)
  })

  test('ends with 1 where a promise is broken, and says which', async (t) => {
    // It has something under every id, and tells its clients what they sent.
    const server = await startWireServer(({ body, headers }) => {
      const reply = ({ id, params: { ids } }: z.infer<typeof asked>) => (ids.includes('')
        ? { jsonrpc: '2.0', id, error: { code: -32_602, message: `no id for ${headers.authorization ?? ''}` } }
        : { jsonrpc: '2.0', id, result: ids.map((one) => ({ ...article, id: one })) })
      const calls = z.union([asked, z.array(asked)]).parse(JSON.parse(body.toString('utf8')))
      return { body: JSON.stringify(Array.isArray(calls) ? calls.map(reply) : reply(calls)) }
    })
    t.after(() => server[Symbol.asyncDispose]())
    const generous = path.join(folder, 'generous.yaml')
    const headers = { authorization: `Bearer ${secret}` }
    await writeFile(generous, stringify({ backends: { wiki: { subgraph: 'knowledge', protocol: 'jsonrpc', url: server.url, headers } } }))
    const { code, out } = await conform(folder, ['--backend', 'wiki', '--sample', '1,2'], { FUSEBOARD_CONFIG: generous })
    assert.equal(code, 1)
    assert.match(out, / +broken +findArticles has null, and a place, for a key that is not there \(a made-up key was given a row\)\n/)
    assert.match(out, /the key "" makes it fail with RpcRefused: error -32602: no id for \*\*\*/)
  })

  const mistakes: readonly (readonly [title: string, args: readonly string[], said: RegExp])[] = [
    ['no backend', [], /^npm run conform -- --backend NAME/],
    ['a backend that nobody configured', ['--backend', 'crmm'], /no backend crmm; there are orders, crm, logistics, dead\./],
    ['an option that it does not have', ['--backend', 'crm', '--fast'], /--fast/],
    ['an option without its value', ['--backend'], /--backend/],
    ['writing to orders without an order', ['--backend', 'orders', '--write'], /--order ID/],
    ['an order without leave to write', ['--backend', 'orders', '--order', 'SO-1'], /--write/],
  ]
  for (const [title, args, said] of mistakes) {
    test(`asked with ${title}, ends with 2 and says so`, async () => {
      const { code, out, err } = await run(...args)
      assert.deepEqual([code, out], [2, ''])
      assert.match(err, said)
    })
  }

  test('without a configuration or a demo, ends with 2 and says what to start', async () => {
    const { code, err } = await conform(folder, ['--backend', 'crm'])
    assert.equal(code, 2)
    assert.match(err, /Nothing is configured .* no demo is running: .* npm start/)
  })

  test('with a configuration that can not be used, ends with 2 and names the mistake', async () => {
    const broken = path.join(folder, 'broken.yaml')
    await writeFile(broken, 'backends:\n  crm:\n    protocol: form\n    url: nowhere\n')
    const { code, err } = await conform(folder, ['--backend', 'crm'], { FUSEBOARD_CONFIG: broken })
    assert.equal(code, 2)
    assert.match(err, /broken\.yaml:4.*backends\.crm\.url/)
  })

  test('without a configuration, judges the demo that is running', async (t) => {
    const cwd = await mkdtemp(path.join(tmpdir(), 'fuseboard-conform-'))
    t.after(() => rm(cwd, { recursive: true }))
    await mkdir(path.join(cwd, '.data'))
    await using _file = await writeDemoFile(path.join(cwd, '.data', 'demo.json'), demo)
    const { code, out } = await conform(cwd, ['--backend', 'confluence', '--sample', '98311,98335,98359'])
    assert.equal(code, 0)
    assert.match(out, /^confluence: confluence at .*\n3 samples: 98311, 98335, 98359\n/)
  })

  test('--help tells how it is used, and ends with 0', async () => {
    const { code, out } = await run('--help')
    assert.equal(code, 0)
    assert.match(out, /--sample IDS/)
  })
})
