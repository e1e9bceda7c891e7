import { deserialize } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { answerAll } from './answering.ts'
import { markClosed } from './closed-mark.ts'
import { cutArticles, writerAsked } from './messages.ts'
import type { WriterAsked } from './messages.ts'
import { openForWriting } from './store.ts'
import { openWriter } from './writing.ts'

/* Writes. */

const { file } = z.object({ file: z.string() }).parse(workerData)
const { database, aside } = openForWriting(file)
const writer = openWriter(database)

const answer = (asked: WriterAsked): void => {
  switch (asked.kind) {
    case 'put':
      return writer.put(cutArticles.parse(deserialize(asked.cut)), asked.remember)
    case 'remove':
      return writer.remove(asked.ids, asked.remember)
    case 'close':
      database.close()
      if (asked.isSound) markClosed(file)
      parentPort?.close()
  }
}

answerAll({ aside }, (asked) => answer(writerAsked.parse(asked)))
