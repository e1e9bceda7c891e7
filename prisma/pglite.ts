import { Worker } from 'node:worker_threads'
import { cuttingShort } from './cutting-short.ts'
import type { FromPglite, ToPglite } from './pglite-messages.ts'
import { PgliteSocket } from './pglite-socket.ts'

/** PGlite, running in a thread of its own. */
export type Pglite = {
  /** A connection for `pg`. PGlite has one session: the newest connection has it, so there may be one at a time. */
  connect(): PgliteSocket
  /** Called once, when the thread has ended, whatever the reason. */
  onEnd(listener: () => void): void
  /** Finishes what was asked, writes everything to its files and ends the thread. */
  close(): Promise<void>
  /** Ends the thread at once, whatever it does. Its files are as a process leaves them that was killed, which PostgreSQL mends when it starts again. */
  readonly kill: () => void
}

const closeMs = 10_000
const neverAborted = new AbortController().signal

type Thread = {
  readonly worker: Worker
  readonly sockets: Map<number, PgliteSocket>
  readonly ended: Promise<void>
  connections: number
  isEnded: boolean
  /** Questions without an answer, and when the newest answer came, or the question that nothing was before. */
  asked: number
  heardAt: number
}

/**
 * Starts PGlite on the files in `directory`, which it makes; `memory://` keeps nothing. Rejects with what PGlite says where it can't.
 * Nothing interrupts a query of PGlite: one that takes longer than `answerMs` costs the thread, and everything that waits for it is rejected.
 * The signal kills the thread while it starts.
 */
export const startPglite = async (directory: string, answerMs = 30_000, signal = neverAborted): Promise<Pglite> => {
  signal.throwIfAborted()
  const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), { workerData: directory, name: 'pglite' })
  const ended = new Promise<void>((resolve) => void worker.once('exit', () => resolve()))
  const thread: Thread = { worker, sockets: new Map(), ended, connections: 0, isEnded: false, asked: 0, heardAt: 0 }
  worker.on('message', (message: FromPglite) => hear(thread, message))
  // The reason comes before the end: every question that waits gets it.
  worker.on('error', (error: unknown) => cutOff(thread, `PGlite failed: ${error instanceof Error ? error.message : String(error)}`))
  void ended.then(() => {
    thread.isEnded = true
    cutOff(thread, 'PGlite has ended')
  })
  const kill = () => void worker.terminate()
  await cuttingShort(signal, kill, () => started(thread))
  watch(thread, answerMs)
  return {
    connect: () => connect(thread),
    onEnd: (listener) => void ended.then(listener),
    close: () => close(thread),
    kill,
  }
}

const started = ({ worker, ended }: Thread): Promise<void> =>
  new Promise((resolve, reject) => {
    worker.once('message', (message: FromPglite) => {
      if (message.kind === 'ready') {
        resolve()
        return
      }
      const reason = message.kind === 'failed' ? message.reason : 'it does not start'
      void worker.terminate().then(() => reject(new Error(reason)))
    })
    worker.once('error', reject)
    void ended.then(() => reject(new Error('its thread ended at the start')))
  })

const watch = (thread: Thread, answerMs: number): void => {
  const look = setInterval(() => {
    if (thread.asked > 0 && performance.now() - thread.heardAt > answerMs) void thread.worker.terminate()
  }, answerMs / 10).unref()
  void thread.ended.then(() => clearInterval(look))
}

const tell = (thread: Thread, message: ToPglite): void => {
  if (thread.asked === 0) thread.heardAt = performance.now()
  thread.asked += 1
  thread.worker.postMessage(message, message.kind === 'bytes' ? [message.bytes.buffer] : [])
}

const connect = (thread: Thread): PgliteSocket => {
  const connection = (thread.connections += 1)
  const socket = new PgliteSocket({
    begin: () => (thread.isEnded ? cutOff(thread, 'PGlite has ended') : tell(thread, { kind: 'begin', connection })),
    send: (bytes) => tell(thread, { kind: 'bytes', connection, bytes }),
    end: () => void thread.sockets.delete(connection),
  })
  thread.sockets.set(connection, socket)
  return socket
}

const hear = (thread: Thread, message: FromPglite): void => {
  if (message.kind === 'ready' || message.kind === 'failed') return
  thread.asked -= 1
  thread.heardAt = performance.now()
  const socket = thread.sockets.get(message.connection)
  if (message.kind === 'begun') socket?.begun()
  else if (message.bytes.byteLength > 0) socket?.answered(message.bytes)
}

const cutOff = ({ sockets }: Thread, reason: string): void => {
  for (const socket of sockets.values()) socket.destroy(new Error(`Connection terminated: ${reason}`))
}

const close = async ({ worker, ended }: Thread): Promise<void> => {
  const message: ToPglite = { kind: 'close' }
  worker.postMessage(message)
  const patience = setTimeout(() => void worker.terminate(), closeMs)
  await ended
  clearTimeout(patience)
}
