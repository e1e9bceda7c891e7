import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from 'pino'
import type { RulesError } from '../subgraphs/department-rules.ts'
import { ConfigError } from './config.ts'

/** What an operator edits while the hub runs: all of it is taken, or none. */
export type OperatorFilesOptions = {
  readonly log: Logger
  readonly reloaded: (outcome: 'swapped' | 'refused') => void
}

/** A file as an operator knows it: from the folder where the hub was started, where it is below it. */
export const shownName = (file: string): string => {
  const shown = path.relative(process.cwd(), file)
  return shown.startsWith('..') ? file : shown
}

/** Rejects with `ConfigError`. */
export const readOperatorText = async (file: string): Promise<string> => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
  } catch (cause) {
    throw new ConfigError([`${shownName(file)}: expected a file of YAML in UTF-8 that can be read`], { cause })
  }
}

/** Each mistake in a line, with its place. */
export const describeMistakes = ({ mistakes }: RulesError): readonly string[] => mistakes.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`)
