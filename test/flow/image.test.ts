import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import { parse, stringify } from 'yaml'
import { z } from 'zod'
import { readComposeFile } from '../contract/compose-file.ts'
import { readStages } from '../contract/image.ts'
import { runProgram } from '../kit/installed.ts'

/* What a container would do, without one: only the files that the Dockerfile copies, its command, no directory to write to. */

const long = 'a secret of this test, and of nothing else'
const root = path.resolve(import.meta.dirname, '../..')

/** A path below a file: nobody, not even root, can make a directory there. */
const nowhere = '/dev/null/data'

type Running = ChildProcessByStdio<null, Readable, Readable>

const config = z.object({ subgraphs: z.record(z.string(), z.object({ url: z.string() })), backends: z.unknown() })

/** The configuration of docker-compose.yml on loopback, with health beside the schema. */
const onLoopback = async (): Promise<string> => {
  const { subgraphs, backends } = config.parse(parse(await readFile(path.join(root, 'deploy/fuseboard.compose.yaml'), 'utf8')))
  const listening = Object.entries(subgraphs).map(([name, one]) => [name, { ...one, listen: { host: '127.0.0.1', port: 0 } }] as const)
  return stringify({ backends, subgraphs: Object.fromEntries(listening) })
}

const copyAsTheImage = async (image: string): Promise<void> => {
  const steps = (await readStages(path.join(root, 'Dockerfile'))).at(-1)?.steps ?? []
  assert.equal(runProgram(process.execPath, [path.join(root, 'console/build.ts')]).code, 0)
  await cp(path.join(root, 'console/dist'), path.join(image, 'console/dist'), { recursive: true })
  for (const { keyword, flags, args } of steps) {
    if (keyword !== 'COPY' || flags['from'] !== undefined) continue
    const to = args.at(-1) ?? ''
    for (const from of args.slice(0, -1)) {
      await cp(path.join(root, from), path.join(image, to.endsWith('/') ? path.join(to, path.basename(from)) : to), { recursive: true })
    }
  }
  await symlink(path.join(root, 'node_modules'), path.join(image, 'node_modules'))
}

describe('what the image runs', () => {
  let image = ''
  const children: Running[] = []

  before(async () => {
    image = await mkdtemp(path.join(tmpdir(), 'fuseboard-image-'))
    await copyAsTheImage(image)
    await writeFile(path.join(image, 'fuseboard.test.yaml'), await onLoopback())
  })

  after(async () => {
    for (const child of children) child.kill('SIGKILL')
    await rm(image, { recursive: true, force: true })
  })

  const start = (command: readonly string[], secrets: Readonly<Record<string, string>>): Running => {
    const [, ...args] = command
    const env = { PATH: '', NODE_ENV: 'production', FUSEBOARD_CONFIG: 'fuseboard.test.yaml', FUSEBOARD_DATA: nowhere, FUSEBOARD_LOG: 'info', PORT: '0', ...secrets }
    const child = spawn(process.execPath, args, { cwd: image, env, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    return child
  }

  const urlIn = async (output: Readable, pattern: RegExp): Promise<URL> => {
    const said: string[] = []
    for await (const line of createInterface({ input: output })) {
      said.push(line)
      const [, url] = pattern.exec(line) ?? []
      if (url === undefined) continue
      output.resume()
      return new URL(url)
    }
    throw new Error(`it ended before it listened:\n${said.join('\n')}`)
  }

  const isHealthy = (url: URL) => runProgram(process.execPath, [path.join(image, 'deploy/healthy.ts'), url.href]).code === 0

  const endsWell = async (child: Running): Promise<void> => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
  }

  it('is a hub that is ready with every subgraph and every backend down', async () => {
    const command = (await readStages(path.join(root, 'Dockerfile'))).at(-1)?.steps.find(({ keyword }) => keyword === 'CMD')?.exec ?? []
    const hub = start(command, { FUSEBOARD_SECRET: long, FUSEBOARD_INTERNAL_SECRET: long })
    const url = await urlIn(hub.stderr, /"url":"(http:[^"]+)"/)
    assert.ok(isHealthy(new URL('/readyz', url)))
    assert.ok(isHealthy(new URL('/livez', url)))
    assert.ok(!isHealthy(new URL('/nothing', url)))
    const page = await fetch(new URL('/', url), { headers: { accept: 'text/html' } })
    assert.deepEqual([page.status, page.headers.get('cache-control')], [200, 'no-store'])
    await endsWell(hub)
  })

  it('is a subgraph that needs no secret of clients and nowhere to write, and tells of its own fuse', async () => {
    const { services } = await readComposeFile()
    const subgraph = start([...(services['orders']?.command ?? []), '--port', '0'], { FUSEBOARD_INTERNAL_SECRET: long })
    const url = await urlIn(subgraph.stdout, /^orders listens on (\S+)/)
    assert.ok(isHealthy(new URL('/readyz', url)))
    const metrics = await (await fetch(new URL('/metrics', url))).text()
    assert.match(metrics, /^fuseboard_fuse_state\{backend="orders"\} 0$/m)
    assert.match(metrics, /^fuseboard_build_info\{version="[\d.]+",node="v24\.[\d.]+"\} 1$/m)
    await endsWell(subgraph)
  })

  it('is a demo company whose health is asked where it is', async () => {
    const { services } = await readComposeFile()
    const asked = services['demo']?.healthcheck.test.find((word) => word.startsWith('http')) ?? ''
    const data = path.join(image, 'demo-data')
    const demo = start(['node', 'demo/main.ts', '--ports', 'any', '--data', data], {})
    const orders = await urlIn(demo.stdout, /^orders +(http:\S+)/)
    const { pathname, search } = new URL(asked)
    assert.ok(isHealthy(new URL(`${pathname}${search}`, orders)))
    await endsWell(demo)
  })
})

describe('deploy/healthy.ts', () => {
  it('calls healthy only what answers with a status of 2xx, in time', async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/hang') return
      response.writeHead(request.url === '/ok' ? 204 : 503).end()
    }).listen(0, '127.0.0.1')
    t.after(() => {
      server.closeAllConnections()
      server.close()
    })
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' && address !== null ? (address satisfies AddressInfo).port : 0
    // Not run to its end in one go, as the server that it asks is in this process.
    const codeFor = async (...args: readonly string[]): Promise<number | null> => {
      const child = spawn(process.execPath, [path.join(root, 'deploy/healthy.ts'), ...args])
      await once(child, 'exit')
      return child.exitCode
    }
    const at = (place: string) => `http://127.0.0.1:${port}${place}`
    assert.equal(await codeFor(at('/ok')), 0)
    assert.deepEqual(await Promise.all([codeFor(at('/draining')), codeFor(at('/hang')), codeFor('http://127.0.0.1:1/'), codeFor('nonsense'), codeFor()]), [1, 1, 1, 1, 1])
  })
})
