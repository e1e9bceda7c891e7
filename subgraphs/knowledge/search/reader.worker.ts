import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { z } from 'zod'
import { answerAll } from './answering.ts'
import { readerAsked, synonymGroups } from './messages.ts'
import type { ReaderAsked } from './messages.ts'
import { openReader } from './reading.ts'
import type { Reader } from './reading.ts'
import { openForReading } from './store.ts'
import { openSynonyms } from './synonyms.ts'
import { openTokenizer } from './tokens.ts'

/* Searches. A thread of its own: what is written meanwhile delays no search. */

const { file, synonyms } = z.object({ file: z.string(), synonyms: synonymGroups }).parse(workerData)
const tokenizer = await openTokenizer()
const known = { book: openSynonyms(synonyms, tokenizer) }
const opened: { reader: Reader | null; database: DatabaseSync | null } = { reader: null, database: null }

/** By the first question: whoever writes opens the file before, and puts a broken one aside, while the dictionary is loaded here. */
const reader = (): Reader => {
  opened.database ??= openForReading(file)
  opened.reader ??= openReader(opened.database, tokenizer, () => known.book)
  return opened.reader
}

const answer = (asked: ReaderAsked): unknown => {
  switch (asked.kind) {
    case 'search':
      return reader().search(asked.wanted)
    case 'passages':
      return reader().passages(asked.wanted)
    case 'count':
      return reader().count(asked.readers)
    case 'recall':
      return reader().recall(asked.name)
    case 'revisions':
      return reader().revisions(asked.source, asked.after, asked.limit)
    case 'synonyms':
      known.book = openSynonyms(asked.groups, tokenizer)
      return null
    case 'close':
      opened.database?.close()
      parentPort?.close()
      return null
  }
}

answerAll(null, (asked) => answer(readerAsked.parse(asked)))
