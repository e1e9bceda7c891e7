import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import { createInterface } from 'node:readline'
import type { DatabaseSettings } from '../../prisma/client.ts'
import { administratorUrl } from '../kit/databases.ts'

/* What is outside of a database, and dies: other processes, and the road to a server. */

const root = path.join(import.meta.dirname, '../..')

/** A process of its own on a database. `said` grows by its lines; the first one tells whether it could be opened. */
export const startProcess = async (work: 'open' | 'write', settings: DatabaseSettings) => {
  const child = spawn(process.execPath, ['test/kit/database-process.ts', work, JSON.stringify(settings)], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })
  const drained = once(lines, 'close')
  const said: string[] = []
  lines.on('line', (line) => said.push(line))
  await Promise.race([once(lines, 'line'), exited])
  return {
    said,
    untilSaid: async (count: number) => {
      while (said.length < count && child.exitCode === null) await once(lines, 'line')
    },
    end: async () => {
      child.stdin.end()
      await exited
      return child.exitCode
    },
    kill: async () => {
      child.kill('SIGKILL')
      await Promise.all([exited, drained])
    },
  }
}

/** A way to PostgreSQL that can be cut, and made to say nothing. */
export const startRoad = async () => {
  const sockets = new Set<Socket>()
  const state = { isSilent: false }
  const { hostname, port } = administratorUrl()
  const server = createServer((near) => {
    sockets.add(near)
    near.on('error', () => undefined)
    if (state.isSilent) return
    const far = connect(Number(port), hostname)
    sockets.add(far)
    far.on('error', () => near.destroy())
    near.pipe(far).pipe(near)
  })
  const listen = async (on: number): Promise<number> => {
    server.listen(on, '127.0.0.1')
    await once(server, 'listening')
    const address: string | AddressInfo | null = server.address()
    return typeof address === 'object' && address ? address.port : on
  }
  const cut = async (): Promise<void> => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    sockets.clear()
    await closed
  }
  return { state, listen, cut, [Symbol.asyncDispose]: () => (server.listening ? cut() : Promise.resolve()) }
}
