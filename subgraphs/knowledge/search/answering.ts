import { parentPort } from 'node:worker_threads'

/* The thread's side: a question, an answer. */

/** Where SQLite says that the file is broken (https://www.sqlite.org/rescode.html: SQLITE_CORRUPT and SQLITE_NOTADB, and what extends them). */
const isBroken = (error: unknown): boolean => error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' && [11, 26].includes(error.errcode & 0xff)

const reply = (work: () => unknown) => {
  try {
    const value = work() ?? null
    const moved = value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : []
    parentPort?.postMessage({ kind: 'done', value }, moved)
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', message: error instanceof Error ? error.message : String(error), isBroken: isBroken(error) })
  }
}

/** Bytes are moved, not copied. Answers that it has begun with what `begun` is, then each question. */
export const answerAll = (begun: unknown, answer: (asked: unknown) => unknown) => {
  parentPort?.on('message', (asked) => reply(() => answer(asked)))
  reply(() => begun)
}
