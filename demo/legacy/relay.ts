import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/** hang: takes bytes and passes none on. garbage: answers bytes of no protocol. refuse: nothing listens, and what was connected is reset. */
export type RelayFault = 'hang' | 'garbage' | 'refuse' | 'off'

/** A TCP connection's man in the middle: faults for a system that can't be told to fail, whatever its wire. */
export type Relay = AsyncDisposable & {
  readonly port: number
  /** Times that a client sent something after the system had spoken, or at first: its requests, on a wire that answers each before the next. */
  readonly calls: number
  /** Connections that were opened so far. */
  readonly connections: number
  /** Resolves once the fault holds. What hangs is not released but destroyed. */
  setFault(fault: RelayFault): Promise<void>
  /** The next request is passed on, and the connection is reset once `afterBytes` of the answer have been. */
  cutNextAnswer(afterBytes: number): void
}

const garbage = Buffer.from('\u0000<html>\u00ff\u00fe no protocol of yours \r\n\r\n'.repeat(1_000), 'latin1')

/** A connection that was ended can't be reset any more (libuv), and its handle would stay for ever. */
const reset = (socket: Socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy())

/** Listens on 127.0.0.1; port 0 takes any free one. */
export const startRelay = async (opt: { readonly port: number; readonly to: { readonly host: string; readonly port: number } }): Promise<Relay> => {
  const state: Relayed & { connections: number } = { fault: 'off', calls: 0, connections: 0, cutAfter: null }
  const sockets = new Set<Socket>()
  const keep = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy()).once('close', () => sockets.delete(socket))
  }
  const resetAll = () => {
    for (const socket of sockets) reset(socket)
  }
  const server = createServer((client) => {
    state.connections += 1
    const system = connect(opt.to)
    keep(client)
    keep(system)
    relay(client, system, state)
  })
  const port = await listen(server, opt.port)
  return {
    port,
    get calls() { return state.calls },
    get connections() { return state.connections },
    setFault: async (fault) => {
      const before = state.fault
      state.fault = fault
      if (before === 'hang' || before === 'garbage') resetAll()
      if (fault === 'refuse' && before !== 'refuse') {
        const closed = once(server, 'close')
        server.close()
        resetAll()
        await closed
      }
      if (before === 'refuse' && fault !== 'refuse') await listen(server, port)
    },
    cutNextAnswer: (afterBytes) => {
      state.cutAfter = afterBytes
    },
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return
      const closed = once(server, 'close')
      server.close()
      resetAll()
      await closed
    },
  }
}

type Relayed = { fault: RelayFault; calls: number; cutAfter: number | null }

const relay = (client: Socket, system: Socket, state: Relayed): void => {
  const turn: { asked: boolean; cutAfter: number | null } = { asked: false, cutAfter: null }
  client.on('data', (bytes) => {
    if (!turn.asked) {
      turn.asked = true
      state.calls += 1
      turn.cutAfter = state.cutAfter
      state.cutAfter = null
    }
    if (state.fault === 'garbage') {
      turn.asked = false
      client.write(garbage)
    } else if (state.fault === 'off') system.write(bytes)
  })
  system.on('data', (bytes) => {
    turn.asked = false
    if (state.fault !== 'off') return
    if (turn.cutAfter === null) return void client.write(bytes)
    client.write(bytes.subarray(0, turn.cutAfter), () => reset(client))
    system.destroy()
  })
  client.once('close', () => system.destroy())
  system.once('close', () => {
    // What hangs keeps its client waiting even where the system gives up first.
    if (state.fault !== 'hang') client.end()
  })
}

const listen = async (server: Server, port: number): Promise<number> => {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return address.port
}
