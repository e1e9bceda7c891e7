import { openBook } from '../subgraphs/book.ts'
import type { Book } from '../subgraphs/book.ts'
import { RulesError } from '../subgraphs/department-rules.ts'
import { parseSynonyms } from '../subgraphs/synonym-groups.ts'
import type { SynonymGroups } from '../subgraphs/synonym-groups.ts'
import { ConfigError } from './config.ts'
import { watchConfig } from './config-watch.ts'
import { describeMistakes, readOperatorText, shownName } from './operator-files.ts'
import type { OperatorFilesOptions } from './operator-files.ts'

/** The words that stand for each other, read again when their file changes, or refused as a whole. Without a file there are none. Rejects with `ConfigError` where it can't be used at the start. */
export const openSynonymsFile = async ({ synonyms: file }: { readonly synonyms?: string | undefined }, { log, reloaded }: OperatorFilesOptions): Promise<Book<SynonymGroups> & AsyncDisposable> => {
  const book = openBook(file === undefined ? [] : await readSynonyms(file))
  const reload = async (from: string) => {
    book.replace(await readSynonyms(from))
    log.info({ groups: book.current.length }, 'the synonyms were swapped')
    return [from]
  }
  const watching = file === undefined ? null : await watchConfig({ files: [file], reload: () => reload(file), reloaded, log })
  return Object.assign(book, { [Symbol.asyncDispose]: async () => watching?.[Symbol.asyncDispose]() })
}

const readSynonyms = async (file: string): Promise<SynonymGroups> => {
  try {
    return parseSynonyms(await readOperatorText(file), { file: shownName(file) })
  } catch (error) {
    throw error instanceof RulesError ? new ConfigError(describeMistakes(error), { cause: error }) : error
  }
}
