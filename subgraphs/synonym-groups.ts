import { z } from 'zod'
import { RulesError } from './department-rules.ts'
import { describeFound, readYaml, textThat, valueAt } from './yaml-text.ts'
import type { TextMistake, YamlText } from './yaml-text.ts'

/** Words that stand for each other, in whatever languages. */
export type SynonymGroups = readonly (readonly string[])[]

const maxBytes = 1_000_000
const maxCharacters = 100

const word = textThat((text) => text.trim() !== '' && text.length <= maxCharacters, `expected a word of 1 to ${maxCharacters} characters`)
const group = z.array(word, 'expected a list of words').min(2, 'expected at least two words in a group')
const synonymFile = z.map(z.literal('synonyms', 'expected nothing but synonyms'), z.array(group, 'expected a list of groups'), 'expected a map with synonyms')

/** `knowledge/synonyms.yaml` → its groups. `file`: as mistakes call it. Throws `RulesError`, with every mistake and its line. */
export const parseSynonyms = (text: string, { file }: { readonly file: string }): SynonymGroups => {
  const refuse = (mistakes: readonly TextMistake[]) => new RulesError(mistakes.map((mistake) => ({ file, ...mistake })))
  if (Buffer.byteLength(text) > maxBytes) throw refuse([{ line: 1, column: 1, message: `expected no more than ${maxBytes} bytes` }])
  const yaml = readYaml(text)
  if (yaml.kind === 'unreadable') throw refuse(yaml.mistakes)
  const parsed = synonymFile.safeParse(yaml.value)
  if (!parsed.success) throw refuse(parsed.error.issues.map((issue) => toMistake(issue, yaml)))
  return parsed.data.get('synonyms') ?? []
}

const toMistake = (issue: z.core.$ZodIssue, yaml: YamlText & { readonly kind: 'read' }): TextMistake => {
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return { ...yaml.placeOf(issue.path), message: message.includes('; found ') ? message : `${message}; found ${describeFound(valueAt(yaml.value, issue.path))}` }
}
