import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import { joinBytes } from './join-bytes.ts'
import type { FromPglite, ToPglite } from './pglite-messages.ts'

/*
 * PGlite in a thread of its own: a query is a call into WebAssembly that nothing interrupts, and the hub's thread has sockets to serve meanwhile.
 * `workerData` is the directory of the data.
 */

const port = parentPort
if (!port) throw new Error('this runs as a worker')

const tell = (message: FromPglite): void => port.postMessage(message, message.kind === 'bytes' ? [message.bytes.buffer] : [])

/** A query of PostgreSQL's simple protocol: https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-QUERY */
const simpleQuery = (sql: string): Uint8Array => {
  const text = Buffer.from(`${sql}\0`)
  const head = Buffer.alloc(5, 'Q')
  head.writeUInt32BE(4 + text.byteLength, 1)
  return Buffer.concat([head, text])
}

const leavings = [simpleQuery('ROLLBACK'), simpleQuery('DISCARD ALL')]

/** Not by `execProtocolRaw`, which keeps every answer that it ever parsed. */
const execute = async (database: PGlite, bytes: Uint8Array): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = []
  // What comes is a view of WebAssembly's memory, which the next chunk overwrites.
  await database.execProtocolRawStream(bytes, { onRawData: (chunk) => void chunks.push(chunk.slice()) })
  return joinBytes(chunks)
}

/** All of it is written to at the start, and stays in memory: PostgreSQL's own 128 MB take most of a second, and are more than what is kept here. */
const sharedBuffers = '32MB'

const serve = (database: PGlite) => {
  let current = 0
  return async (message: ToPglite): Promise<void> => {
    if (message.kind === 'close') {
      await database.close()
      port.close()
    } else if (message.kind === 'begin') {
      current = message.connection
      for (const query of leavings) await execute(database, query)
      tell({ kind: 'begun', connection: current })
    } else {
      // Who was given up gets no answer, but who counts them gets as many as there were questions.
      const bytes = message.connection === current ? await execute(database, message.bytes) : new Uint8Array()
      tell({ kind: 'bytes', connection: message.connection, bytes })
    }
  }
}

const start = async (directory: string): Promise<void> => {
  const handle = serve(await PGlite.create(directory, { startParams: [...PGlite.defaultStartParams, '-c', `shared_buffers=${sharedBuffers}`] }))
  let before: Promise<void> = Promise.resolve()
  // What fails here is PGlite itself, as a query's errors are bytes of its answer: it ends the thread, and the next one starts anew.
  port.on('message', (message: ToPglite) => {
    before = before.then(() => handle(message))
  })
  tell({ kind: 'ready' })
}

await start(String(workerData)).catch((error: unknown) => tell({ kind: 'failed', reason: error instanceof Error ? error.message : String(error) }))
