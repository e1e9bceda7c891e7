import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { isIP } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'

/* `npm start`, in a process whose every way out is written down. */

const root = path.join(import.meta.dirname, '..', '..')
const recorder = pathToFileURL(path.join(import.meta.dirname, '..', 'kit', 'record-connections.ts')).href

type Running = ChildProcessByStdio<null, Readable, Readable>

const textUntil = async (child: Running, mark: string): Promise<string> => {
  const lines: string[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (line.startsWith(mark)) return lines.join('\n')
  }
  throw new Error(`it ended before it said ${mark}:\n${lines.join('\n')}`)
}

const target = z.strictObject({ host: z.string(), port: z.int() })
const way = z.strictObject({ kind: z.enum(['connect', 'udp', 'spawn', 'dns']), target: z.unknown() })
const demoFile = z.record(z.string(), z.unknown())

const isLoopback = (host: string) => /^(127\.0\.0\.1|::1|localhost)$/.test(host)

const isDown = (url: string): Promise<boolean> => fetch(url).then(() => false, () => true)

const curl = /^curl -s (?<url>\S+) -H 'content-type: application\/json' \\\n {2}-H 'authorization: (?<authorization>[^']*)' \\\n {2}-d '(?<body>[^']*)'$/m

const printed = z.strictObject({ url: z.url(), authorization: z.string().startsWith('Bearer '), body: z.string() })

const answered = z.strictObject({
  data: z.strictObject({
    customer: z.strictObject({
      known: z.literal(true),
      profile: z.strictObject({ name: z.string(), tier: z.string(), source: z.strictObject({ state: z.literal('LIVE'), ageMs: z.number() }) }),
      orders: z.strictObject({ nodes: z.array(z.looseObject({ id: z.string(), shipments: z.array(z.unknown()) })).min(1) }),
    }),
  }),
})

describe('npm start without a configuration', { timeout: 60_000 }, () => {
  let dataDir: string
  let child: Running
  let welcome: string
  let asked: z.infer<typeof printed>

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'fuseboard-quiet-'))
    const env = { ...process.env, PORT: '0', FUSEBOARD_DATA: dataDir, FUSEBOARD_LOG: 'info', FUSEBOARD_CONFIG: '', RECORD_CONNECTIONS: path.join(dataDir, 'ways.jsonl') }
    child = spawn(process.execPath, ['--import', recorder, 'gateway/main.ts'], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stderr.resume()
    welcome = await textUntil(child, 'Ctrl-C')
    asked = printed.parse({ ...curl.exec(welcome)?.groups })
  })
  after(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(dataDir, { recursive: true, force: true })
  })

  it('prints a curl whose parts answer Customer360', async () => {
    const { url, authorization, body } = asked
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', authorization }, body })
    answered.parse(await answer.json())
  })

  it('prints a token for each role that it names, and none of its secrets', async () => {
    const roles = [...welcome.matchAll(/^(visitor|agent|analyst|admin) +([\w-]+\.[\w-]+\.[\w-]+)$/gm)].map(([, role]) => role)
    assert.deepEqual(roles.toSorted(), ['admin', 'agent', 'analyst', 'visitor'])
    for (const name of ['secret', 'internal-secret']) assert.equal(welcome.includes((await readFile(path.join(dataDir, name), 'utf8')).trim()), false)
  })

  it('ends at Ctrl-C, within 5 s and with exit code 0, and leaves its ports free', async () => {
    const file = JSON.stringify(demoFile.parse(JSON.parse(await readFile(path.join(dataDir, 'demo.json'), 'utf8'))))
    const urls = [asked.url, ...new Set(file.match(/http:\/\/127\.0\.0\.1:\d+/g))]
    assert.ok(urls.length > 5, file)
    assert.deepEqual(await Promise.all(urls.map(isDown)), urls.map(() => false))
    const at = performance.now()
    const exited = once(child, 'exit')
    child.kill('SIGINT')
    assert.deepEqual(await exited, [0, null])
    assert.ok(performance.now() - at < 5_000, `${performance.now() - at} ms`)
    assert.deepEqual(await Promise.all(urls.map(isDown)), urls.map(() => true))
  })

  it('had connected to the demo company on this machine, and to nothing else', async () => {
    const text = await readFile(path.join(dataDir, 'ways.jsonl'), 'utf8')
    const ways = text.trim().split('\n').map((line) => way.parse(JSON.parse(line)))
    const targetsOf = (kind: string) => ways.filter((one) => one.kind === kind).map((one) => one.target)
    const connects = targetsOf('connect').map((one) => target.parse(one))
    assert.deepEqual(connects.filter(({ host }) => !isLoopback(host)), [])
    // Three wires were asked; had none been seen, the recorder would be blind.
    assert.ok(new Set(connects.map(({ port }) => port)).size >= 3, text)
    // Listening on an address passes it through a look-up, which asks nobody.
    assert.deepEqual(targetsOf('dns').filter((name) => isIP(String(name)) === 0 || !isLoopback(String(name))), [])
    assert.deepEqual([targetsOf('udp'), targetsOf('spawn')], [[], []])
  })
})
