import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer as createRawServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import type { BackendSettings } from '../../fuse/settings.ts'

export type Heard = {
  readonly method: string
  /** Path and query, as they were on the wire. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export type Reply = { readonly status?: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string | Buffer }

/** What to answer; undefined where the response is written by hand, or never. */
export type Answering = (heard: Heard, response: ServerResponse) => Reply | undefined | Promise<Reply | undefined>

export type WireServer = AsyncDisposable & {
  readonly url: string
  readonly requests: readonly Heard[]
  /** Connections, open now, on which something was asked. A pool of undici's may hold others, which it opened to have one at hand. */
  openSockets(): number
}

/** An HTTP server on a free loopback port that remembers what it was asked. */
export const startWireServer = async (answer: Answering): Promise<WireServer> => {
  const requests: Heard[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A client that hangs up is part of the tests.
    request.on('error', () => {})
    request.on('end', () => {
      const heard = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) }
      requests.push(heard)
      server.emit('asked', request.socket)
      void reply(response, answer(heard, response))
    })
  })
  return { ...(await listen(server)), requests }
}

const reply = async (response: ServerResponse, answered: ReturnType<Answering>) => {
  const given = await answered
  if (given) response.writeHead(given.status ?? 200, given.headers).end(given.body)
}

/** A TCP server that writes what a broken backend would: `talk` is called at the first bytes of a connection, `meet` before. */
export const startRawServer = (talk: (socket: Socket) => void, meet: (socket: Socket) => void = () => {}): Promise<Omit<WireServer, 'requests'>> => {
  const server = createRawServer((socket) => {
    meet(socket)
    socket.once('data', () => {
      server.emit('asked', socket)
      talk(socket)
    })
  })
  return listen(server)
}

const listen = async (server: Server) => {
  const sockets = new Set<Socket>()
  const asked = new Set<Socket>()
  server.on('asked', (socket: Socket) => asked.add(socket))
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {}).on('close', () => sockets.delete(socket))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    openSockets: () => asked.intersection(sockets).size,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, 'close')
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

const portOf = (server: Server): number => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port')
  return address.port
}

/** The URL of a port where nobody listens any more. */
export const refusedUrl = async (): Promise<string> => {
  await using server = await startRawServer(() => {})
  return server.url
}

export const settingsOf = (url: string, more: Partial<BackendSettings> = {}): BackendSettings => ({
  name: 'tried',
  protocol: 'any',
  url,
  headers: {},
  maxResponseBytes: 100_000,
  timeZone: 'Asia/Shanghai',
  charset: 'utf-8',
  options: {},
  ...more,
})

/** Turns of the event loop until something holds; the test's own time limit ends it. */
export const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await turn()
}

/** A signal that nobody aborts. */
export const patient = (): AbortSignal => new AbortController().signal
