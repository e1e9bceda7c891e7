import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { it } from 'node:test'
import { z } from 'zod'
import { session } from '../../gateway/session.ts'

const root = path.join(import.meta.dirname, '../..')

const printed = async (hub: ChildProcess): Promise<readonly string[]> => {
  assert.ok(hub.stdout)
  const lines: string[] = []
  for await (const line of createInterface({ input: hub.stdout })) {
    lines.push(line)
    if (line.startsWith('Ctrl-C')) return lines
  }
  return lines
}

const paste = async (command: string): Promise<unknown> => {
  const shell = spawn('bash', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] })
  return JSON.parse((await shell.stdout.toArray()).join(''))
}

/** The console that it was built with, and somebody of the demo who may use it. */
const visit = async (address: string): Promise<void> => {
  const page = await fetch(address, { headers: { accept: 'text/html' } })
  assert.deepEqual([page.status, page.headers.get('cache-control')], [200, 'no-store'])
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(await page.text())?.[1] ?? ''
  const file = await fetch(new URL(script, address), { headers: { 'accept-encoding': 'br' } })
  assert.deepEqual([file.status, file.headers.get('content-encoding')], [200, 'br'])
  const { origin } = new URL(address)
  const entered = await fetch(new URL('/session', address), { method: 'POST', headers: { origin, 'content-type': 'application/json' }, body: '{"identity":"admin-1"}' })
  const read = session.parse(await entered.json())
  assert.ok(read.state === 'SIGNED_IN' && read.caller.role === 'ADMIN' && read.identities.length > 3)
}

const answered = z.strictObject({
  data: z.object({
    customer: z.object({
      known: z.literal(true),
      profile: z.object({ name: z.literal('张伟'), source: z.object({ state: z.literal('LIVE') }) }),
      orders: z.object({ nodes: z.array(z.object({ total: z.object({ currency: z.string() }), shipments: z.array(z.object({ carrier: z.string() })) })).length(5) }),
    }),
  }),
})

it('npm start builds the console, says where it is, prints a query that answers as it is pasted, and Ctrl-C ends everything', async () => {
  const dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-newcomer-'))
  const env = { ...process.env, PORT: '0', FUSEBOARD_DATA: dataDir, FUSEBOARD_LOG: 'silent', FUSEBOARD_CONFIG: '' }
  // A group of its own, as a terminal would give it one: Ctrl-C reaches npm and the hub alike.
  const hub = spawn('npm', ['start', '--silent'], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  const exited = once(hub, 'exit')
  assert.ok(hub.pid)
  try {
    const lines = await printed(hub)
    const from = lines.findIndex((line) => line.startsWith('curl '))
    assert.ok(from > 0, lines.join('\n'))
    answered.parse(await paste(lines.slice(from, from + 3).join('\n')))
    await visit(lines.find((line) => /^http:\S+\/$/.test(line)) ?? '')
  } finally {
    process.kill(-hub.pid, 'SIGINT')
    await exited
    await rm(dataDir, { recursive: true, force: true })
  }
  assert.throws(() => process.kill(-(hub.pid ?? 0), 0), /ESRCH/, 'a process of the group is left')
})
