import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { Server, Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

/** A listener that can leave its port and come back to it. */
export type Listener = AsyncDisposable & {
  readonly port: number
  /** Connections are refused from here on, and those there are destroyed. */
  leave(): Promise<void>
  /** Listens again on the same port. Rejects where somebody else keeps it for 2 s. */
  comeBack(): Promise<void>
  destroySockets(): void
}

type ListenerOptions = {
  /** Sees each new connection and may destroy it. */
  readonly admit?: (socket: Socket) => void
  /** 127.0.0.1 where nothing is said. */
  readonly host?: string | undefined
}

/** A server of HTTP/1.1, for `openListener`. */
export const httpServer = (onRequest: RequestListener): Server => createServer({ keepAliveTimeout: 30_000 }, onRequest)

/** Port 0 takes any free one. */
export const openListener = async (
  port: number, server: Server, { admit = () => undefined, host = '127.0.0.1' }: ListenerOptions = {},
): Promise<Listener> => {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    admit(socket)
  })
  const taken = await listen(server, port, host)
  const destroySockets = () => { for (const socket of sockets) cutOff(socket) }
  const leave = () => {
    const closed = close(server)
    destroySockets()
    return closed
  }
  return { port: taken, leave, comeBack: () => listenPatiently(server, taken, host), destroySockets, [Symbol.asyncDispose]: leave }
}

/** With a reset, but where either side has ended it already: a reset in the middle of a shutdown fails, and its handle would keep the process alive for ever. */
const cutOff = (socket: Socket) => {
  if (socket.readableEnded || socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

const listen = async (server: Server, port: number, host: string): Promise<number> => {
  server.listen(port, host)
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the listener has no port')
  return address.port
}

const close = (server: Server) => new Promise<void>((resolve) => {
  server.close(() => resolve())
})

/** A port of the ephemeral range may be in use for an instant by somebody's outgoing connection. */
const listenPatiently = async (server: Server, port: number, host: string) => {
  for (let attempt = 1; !server.listening; attempt++) {
    try {
      await listen(server, port, host)
    } catch (error) {
      if (attempt === 20) throw error
      await wait(100)
    }
  }
}
