import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { platform, tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { readDemoFile } from '../../demo/demo-file.ts'
import { startDemo } from '../../demo/start.ts'

const isHttp = ({ url }: { readonly url: string }): boolean => url.startsWith('http:')

/** Resolves where somebody accepts connections, whatever the wire. */
const listensAt = async (url: string): Promise<void> => {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  await once(socket, 'connect')
  socket.destroy()
}

describe('the demo', () => {
  it('starts its systems on ports of their own, and ends them all', async () => {
    const demo = await startDemo({ ports: 'any' })
    const systems = Object.values(demo.systems)
    assert.equal(new Set(systems.map(({ port }) => port)).size, systems.length)
    for (const { url } of systems) await listensAt(url)
    const stamps = await Promise.all(systems.filter(isHttp).map(async ({ url }) => (await fetch(url)).headers.get('x-stand-in-ms')))
    for (const stamp of stamps) assert.match(stamp ?? 'none', /^\d+\.\d{3}$/)
    await demo[Symbol.asyncDispose]()
    for (const { url } of systems) await assert.rejects(listensAt(url), { code: 'ECONNREFUSED' })
  })

  it('takes any free port in place of a default one that is taken', async (t) => {
    const squatter = createServer().listen(4104, '127.0.0.1')
    // Where another demo already runs on this machine, the port is taken without us.
    await Promise.race([once(squatter, 'listening'), once(squatter, 'error')])
    t.after(() => squatter.close())
    await using demo = await startDemo({ ports: 'default' })
    const { url, port } = demo.systems.confluence
    assert.notEqual(port, 4104)
    assert.ok((await fetch(url)).headers.has('x-stand-in-ms'))
  })

  it('listens on another address where it is told one, and sets faults on loopback alone', { skip: platform() === 'linux' ? false : 'only Linux has all of 127.0.0.0/8' }, async () => {
    await using demo = await startDemo({ ports: 'any', host: '127.0.0.2' })
    for (const { url, port, controlUrl } of Object.values(demo.systems)) {
      assert.match(url, new RegExp(`^\\w+://127\\.0\\.0\\.2:${port}$`))
      await listensAt(url)
      await assert.rejects(fetch(`http://127.0.0.1:${port}`))
      assert.equal((await fetch(controlUrl)).status, 200)
      await assert.rejects(fetch(controlUrl.replace('127.0.0.1', '127.0.0.2')))
    }
  })

  it('comes back to that address after it has refused connections', { skip: platform() === 'linux' ? false : 'only Linux has all of 127.0.0.0/8' }, async () => {
    await using demo = await startDemo({ ports: 'any', host: '127.0.0.2' })
    const { orders } = demo.systems
    await orders.setFault('refuse')
    await assert.rejects(fetch(orders.url))
    await orders.setFault('off')
    assert.ok((await fetch(orders.url)).headers.has('x-stand-in-ms'))
  })

  it('takes no name for an address to listen on', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../demo/main.ts'), '--ports', 'any', '--host', 'localhost'])
    const [said] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.equal(child.exitCode, 1)
    assert.match(said, /^--host wants an IP address/)
  })

  it('runs alone, tells where, and ends cleanly on SIGTERM', async (t) => {
    const data = await mkdtemp(join(tmpdir(), 'fuseboard-demo-'))
    t.after(() => rm(data, { recursive: true }))
    const child = spawn(process.execPath, [join(import.meta.dirname, '../../demo/main.ts'), '--ports', 'any', '--data', data])
    t.after(() => child.kill('SIGKILL'))
    const ended = once(child, 'exit')
    let said = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      said += String(chunk)
      if (said.includes('Ctrl-C')) break
    }
    const running = await readDemoFile(join(data, 'demo.json'))
    for (const [name, { url }] of Object.entries(running ?? {})) {
      assert.ok(said.includes(`${name.padEnd(15)} ${url}\n`), said)
      await listensAt(url)
    }
    child.kill('SIGTERM')
    assert.deepEqual(await ended, [0, null])
    await assert.rejects(access(join(data, 'demo.json')), { code: 'ENOENT' })
  })
})
