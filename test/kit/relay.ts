import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'

/** Between a client and a server on loopback: it can be cut in the middle of whatever is being said, and mended. */
export type Relay = AsyncDisposable & { readonly port: number; readonly cut: () => void; readonly mend: () => void }

export const startRelay = async (to: number): Promise<Relay> => {
  const open = new Set<Socket>()
  let isCut = false
  const server = createServer((here) => {
    if (isCut) return void here.resetAndDestroy()
    const there = connect(to, '127.0.0.1')
    for (const [one, other] of [[here, there], [there, here]] as const) {
      open.add(one)
      one.pipe(other)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const isBound = (address: ReturnType<typeof server.address>): address is AddressInfo => typeof address === 'object' && address !== null
  const address = server.address()
  if (!isBound(address)) throw new Error('the relay has no port')
  const reset = () => {
    for (const one of open) one.resetAndDestroy()
  }
  return {
    port: address.port,
    cut: () => {
      isCut = true
      reset()
    },
    mend: () => {
      isCut = false
    },
    [Symbol.asyncDispose]: async () => {
      reset()
      server.close()
      await once(server, 'close')
    },
  }
}
