import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { openBook } from '../subgraphs/book.ts'
import { defaultRules, parseRules, RulesError } from '../subgraphs/department-rules.ts'
import { parseIntentExamples } from '../subgraphs/intent-examples.ts'
import type { IntentExample } from '../subgraphs/intent-examples.ts'
import type { RoutingFiles, RuleBook } from '../subgraphs/rule-book.ts'
import { ConfigError } from './config.ts'
import { watchConfig } from './config-watch.ts'
import { describeMistakes, readOperatorText, shownName } from './operator-files.ts'
import type { OperatorFilesOptions } from './operator-files.ts'

/**
 * The rules of routing and the examples of intents out of an operator's folder, read again when one of its files changes: all of them, or none where any is wrong. Without a folder there
 * is one department, and nothing is learned. Rejects with `ConfigError` where they can't be used at the start.
 */
export const openRoutingFiles = async ({ directory }: { readonly directory?: string | undefined }, { log, reloaded }: OperatorFilesOptions): Promise<RuleBook & AsyncDisposable> => {
  const book = openBook(directory === undefined ? { rules: defaultRules, examples: [] } : await readRoutingFiles(directory))
  const reload = async (folder: string) => {
    const files = await readRoutingFiles(folder)
    book.replace(withKnownExamples(book.current, files))
    log.info({ rules: files.rules.version, departments: files.rules.departments.length, examples: files.examples.length }, 'the rules of routing were swapped')
    return [folder]
  }
  const watching = directory === undefined ? null : await watchConfig({ files: [directory], reload: () => reload(directory), reloaded, log })
  return Object.assign(book, { [Symbol.asyncDispose]: async () => watching?.[Symbol.asyncDispose]() })
}

/** Where the examples have not changed they stay the same object, and nothing is learned anew. */
const withKnownExamples = (present: RoutingFiles, next: RoutingFiles): RoutingFiles =>
  JSON.stringify(present.examples) === JSON.stringify(next.examples) ? { ...next, examples: present.examples } : next

const readRoutingFiles = async (directory: string): Promise<RoutingFiles> => {
  const mistakes: string[] = []
  const tried = <T>(parse: () => T): T | null => {
    try {
      return parse()
    } catch (error) {
      if (!(error instanceof RulesError)) throw error
      mistakes.push(...describeMistakes(error))
      return null
    }
  }
  const examples: IntentExample[] = []
  const intents = new Set<string>()
  for (const name of await listIntentFiles(directory)) {
    const file = path.join(directory, 'intents', name)
    const text = await readOperatorText(file)
    const intent = path.basename(name, '.yaml')
    intents.add(intent)
    examples.push(...(tried(() => parseIntentExamples(text, { file: shownName(file), intent })) ?? []))
  }
  const file = path.join(directory, 'departments.yaml')
  const text = await readOperatorText(file)
  const rules = tried(() => parseRules(text, { file: shownName(file), intents }))
  if (rules === null || mistakes.length > 0) throw new ConfigError(mistakes)
  return { rules, examples }
}

/** By name; there need not be any. */
const listIntentFiles = async (directory: string): Promise<readonly string[]> => {
  try {
    return (await readdir(path.join(directory, 'intents'))).filter((name) => name.endsWith('.yaml')).toSorted()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}
