import { randomUUID } from 'node:crypto'
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { GraphQLError } from 'graphql'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'
import type { Tracer } from '../fuse/span.ts'
import type { Authenticate } from './caller.ts'
import type { Config } from './config.ts'
import type { ReportTo } from './request-report.ts'
import type { DoorSettings, Requests } from './requests.ts'
import { openAddresses } from './sockets/addresses.ts'
import { Connection } from './sockets/connection.ts'
import type { Host } from './sockets/connection.ts'
import { openFigures } from './sockets/figures.ts'
import type { SocketFigures } from './sockets/figures.ts'
import { openOperations } from './sockets/operations.ts'
import type { StartOperation } from './sockets/operations.ts'
import { openPreparedOperations } from './sockets/prepared.ts'
import { closings, subprotocol } from './sockets/protocol.ts'
import { openRounds } from './sockets/rounds.ts'
import type { Rounds } from './sockets/rounds.ts'
import { openSubscriber } from './sockets/subscriber.ts'
import { openSubscriptions } from './subscriptions.ts'
import type { Supergraph } from './supergraph.ts'
import type { Transport } from './transport.ts'

export type SocketDoorOptions = ReportTo & {
  /** Whose connections become sockets, at `/graphql`. */
  readonly server: Server
  /** Queries and mutations are carried out as those of the HTTP door. */
  readonly requests: Requests
  readonly supergraph: Supergraph
  readonly transports: ReadonlyMap<string, Transport>
  readonly authenticate: Authenticate
  /** Asked for each operation, so that others may take their place. */
  readonly settings: () => DoorSettings
  readonly bounds: Config['sockets']
  readonly tracer: Tracer | null
}

/**
 * The socket door: `graphql-transport-ws` on `/graphql`. Disposing it drains: no socket is taken any more, queries and mutations are finished, and
 * every socket is closed with 1012, which has its client come back.
 */
export type SocketDoor = AsyncDisposable & {
  /** Other limits hold from now on: what passed the earlier ones is looked at again. What runs goes on. */
  reloaded(): void
}

/** As long as a client may take to answer that its socket is closed. */
const goodbyeMs = 2_000

export const openSocketDoor = (opt: SocketDoorOptions): SocketDoor => {
  const { server, settings, bounds, metrics } = opt
  const figures = openFigures()
  metrics.watchSockets(figures)
  const prepared = openPreparedOperations(opt.supergraph, () => settings().limits)
  const budgetMs = () => settings().limits.budgetMs
  const subscriptions = openSubscriptions({ ...opt, budgetMs })
  const start = openOperations({ ...opt, prepared, subscriber: openSubscriber({ subscriptions, figures, log: opt.log }) })
  const rounds = openRounds(bounds)
  const sockets = openSockets(opt, { start, rounds, figures })
  server.on('upgrade', sockets.upgrade)
  return {
    reloaded: () => prepared.clear(),
    [Symbol.asyncDispose]: async () => {
      await sockets.drain(budgetMs() + goodbyeMs)
      rounds[Symbol.dispose]()
      server.off('upgrade', sockets.upgrade)
    },
  }
}

type Inside = { readonly start: StartOperation; readonly rounds: Rounds; readonly figures: SocketFigures }

const openSockets = ({ bounds, authenticate }: SocketDoorOptions, { start, rounds, figures }: Inside) => {
  const connections = new Set<Connection>()
  const addresses = openAddresses(bounds.perAddress)
  const draining = { isDraining: false, left: Promise.withResolvers<boolean>() }
  const left = (connection: Connection, code: number) => {
    connections.delete(connection)
    rounds.remove(connection)
    addresses.remove(connection.address)
    figures.open -= 1
    figures.closed.set(code, (figures.closed.get(code) ?? 0) + 1)
    if (draining.isDraining && connections.size === 0) draining.left.resolve(true)
  }
  const host = toHost({ bounds, authenticate, start, rounds, left })
  const handleProtocols = (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false)
  const server = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, autoPong: false, maxPayload: bounds.messageBytes, handleProtocols })
  // One function for all of them, which keeps nothing of the request that a socket began as.
  const open = (socket: WebSocket, address: string) => {
    const connection = new Connection(socket, address, host)
    connections.add(connection)
    addresses.add(address)
    figures.open += 1
    if (socket.protocol !== subprotocol) return connection.close(closings.subprotocol)
    rounds.add(connection)
  }
  return {
    upgrade: (request: IncomingMessage, wire: Duplex, head: Buffer): void => {
      const address = request.socket.remoteAddress ?? ''
      if (!isOurs(request)) return refuse(wire, '404 Not Found')
      if (draining.isDraining) return refuse(wire, '503 Service Unavailable')
      if (addresses.isFull(address)) return refuse(wire, '429 Too Many Requests')
      server.handleUpgrade(request, wire, head, (socket) => open(socket, address))
    },
    drain: async (patienceMs: number): Promise<void> => {
      draining.isDraining = true
      if (connections.size === 0) return
      for (const connection of connections) connection.drain()
      const until = performance.now() + patienceMs
      const looking = setInterval(() => {
        for (const connection of connections) if (isLate(connection, until)) connection.terminate()
      }, 100)
      await draining.left.promise
      clearInterval(looking)
    },
  }
}

type HostParts = Pick<SocketDoorOptions, 'bounds' | 'authenticate'> & Pick<Inside, 'start' | 'rounds'> & Pick<Host, 'left'>

const toHost = ({ bounds, authenticate, start, rounds, left }: HostParts): Host => ({
  bounds,
  start,
  left,
  overloaded: () => [{ message: `${bounds.subscriptions} operations run on this socket, which is the limit`, extensions: { code: 'OVERLOADED', requestId: randomUUID() } }],
  authenticate: async (params) => authenticate(tokenOf(params)),
  closingFor: (error) => (error instanceof GraphQLError && error.extensions['code'] === 'UNAUTHENTICATED' ? closings.forbidden : closings.slow),
  acknowledged: (connection) => rounds.acknowledged(connection),
})

/** What runs on it has had its time, or its client does not answer that it is closed. */
const isLate = ({ closedAt }: Connection, until: number): boolean => {
  const now = performance.now()
  return now > until || (closedAt !== null && now - closedAt > goodbyeMs)
}

const isOurs = ({ url = '' }: IncomingMessage): boolean => url === '/graphql' || url.startsWith('/graphql?')

const refuse = (wire: Duplex, status: string): void => {
  wire.on('error', () => undefined)
  wire.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n`)
}

/** As a header's value; the words around a bare token may be missing. */
const tokenOf = ({ authorization, Authorization: capital, token }: Readonly<Record<string, unknown>>): string | undefined => {
  const header = authorization ?? capital
  if (typeof header === 'string') return header
  return typeof token === 'string' ? `Bearer ${token}` : undefined
}
