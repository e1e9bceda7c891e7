import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, describe, it } from 'node:test'
import { stringify } from 'yaml'
import { z } from 'zod'
import { foundCompany } from '../../demo/company.ts'
import { startOrdersRest } from '../../demo/orders-rest.ts'
import type { LegacySystem } from '../../demo/legacy.ts'

const root = path.join(import.meta.dirname, '../..')
const key = 'a-key-that-nobody-may-see'

const report = z.object({
  backend: z.string(), protocol: z.string(), counts: z.string(),
  judgements: z.array(z.object({ area: z.string(), title: z.string(), verdict: z.object({ kind: z.enum(['kept', 'broken', 'untested']) }) })),
})

describe('npm run conform', () => {
  let system: LegacySystem
  let folder: string
  before(async () => {
    system = await startOrdersRest({ port: 0, company: foundCompany() })
    folder = await mkdtemp(path.join(tmpdir(), 'fuseboard-conform-'))
    const orders = { protocol: 'rest', url: system.url, timeZone: 'Asia/Shanghai', headers: { authorization: `Bearer ${key}` } }
    await writeFile(path.join(folder, 'fuseboard.yaml'), stringify({ backends: { orders } }))
  })
  after(async () => {
    await system[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  const run = async (args: readonly string[], config = path.join(folder, 'fuseboard.yaml')) => {
    const env = { ...process.env, FUSEBOARD_CONFIG: config, FUSEBOARD_DATA: folder }
    const child = spawn(process.execPath, ['conform/main.ts', ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    assert.ok(!`${said}${complained}`.includes(key))
    return { said, complained, code: child.exitCode }
  }

  it('prints each promise and whether it is kept, and ends with 0 where none is broken', async () => {
    const { said, code } = await run(['--backend', 'orders'])
    assert.match(said, /^orders over rest\n\nbatching\n {2}kept +findOrders/)
    assert.match(said, /22 kept, 0 broken, 2 untested\n$/)
    assert.equal(code, 0)
  })

  it('says the same as JSON, and ends with 1 where a promise is broken', async () => {
    const { said, code } = await run(['--backend', 'orders', '--sample', 'SO-1999-000001', '--json'])
    const { judgements, counts } = report.parse(JSON.parse(said))
    assert.deepEqual(judgements.filter(({ verdict }) => verdict.kind === 'broken').map(({ title }) => title), ['what was named with --sample is there'])
    assert.match(counts, /^22 kept, 1 broken, 2 untested$/)
    assert.equal(code, 1)
  })

  it('ends with 1 where the backend does not answer, and says so', async () => {
    await system.setFault('refuse')
    const { complained, code } = await run(['--backend', 'orders'])
    await system.setFault('off')
    assert.match(complained, /^orders can't be asked: Unreachable/)
    assert.equal(code, 1)
  })

  for (const [what, args, expected] of [
    ['a backend that is not configured', ['--backend', 'crm'], /expected one of orders; found crm/],
    ['no backend', [], /expected one of orders; found nothing/],
    ['an option that nobody knows', ['--backend', 'orders', '--fast'], /--fast/],
    ['an order to refund without leave to write', ['--backend', 'orders', '--order', 'SO-2026-000001'], /needs --write/],
  ] as const) {
    it(`ends with 2, and tells its usage, for ${what}`, async () => {
      const { complained, code } = await run(args)
      assert.match(complained, expected)
      assert.match(complained, /usage: npm run conform/)
      assert.equal(code, 2)
    })
  }

  it('ends with 2 for a configuration that is not there', async () => {
    const { complained, code } = await run(['--backend', 'orders'], path.join(folder, 'none.yaml'))
    assert.match(complained, /none\.yaml/)
    assert.equal(code, 2)
  })
})
