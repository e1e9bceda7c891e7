import { z } from 'zod'
import { RulesError } from './department-rules.ts'
import { describeFound, readYaml, textThat, valueAt } from './yaml-text.ts'
import type { TextMistake, Where, YamlText } from './yaml-text.ts'

/** Something that a visitor might write, and what it is about. */
export type IntentExample = { readonly text: string; readonly intent: string }

const maxBytes = 1_000_000
const maxCharacters = 1_000

/** As a rule names it. */
const intentName = /^[a-z][a-z\d-]{0,59}$/

const example = textThat((text) => text.trim() !== '' && text.length <= maxCharacters, `expected a text of 1 to ${maxCharacters} characters`)
const languages = z.map(z.enum(['zh', 'en'], 'expected zh or en'), z.array(example, 'expected a list of texts'), 'expected zh and en, each with a list')
const intentFile = z.map(z.literal('examples', 'expected nothing but examples'), languages, 'expected a map with examples')

/**
 * `intents/<intent>.yaml` → its examples, in the file's order. `file`: as mistakes call it. Throws `RulesError`, with every mistake and its line.
 */
export const parseIntentExamples = (text: string, { file, intent }: { readonly file: string; readonly intent: string }): readonly IntentExample[] => {
  const refuse = (mistakes: readonly TextMistake[]) => new RulesError(mistakes.map((mistake) => ({ file, ...mistake })))
  if (!intentName.test(intent)) throw refuse([{ line: 1, column: 1, message: 'expected a file named after its intent, in small letters, digits and dashes' }])
  if (Buffer.byteLength(text) > maxBytes) throw refuse([{ line: 1, column: 1, message: `expected no more than ${maxBytes} bytes` }])
  const yaml = readYaml(text)
  if (yaml.kind === 'unreadable') throw refuse(yaml.mistakes)
  const parsed = intentFile.safeParse(yaml.value)
  if (!parsed.success) throw refuse(parsed.error.issues.map((issue) => toMistake(issue, yaml)))
  return [...parsed.data.values()].flatMap((all) => [...all.values()].flat()).map((one) => ({ text: one, intent }))
}

const toMistake = (issue: z.core.$ZodIssue, yaml: YamlText & { readonly kind: 'read' }): TextMistake => {
  const where: Where = issue.path
  const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
  return { ...yaml.placeOf(where), message: message.includes('; found ') ? message : `${message}; found ${describeFound(valueAt(yaml.value, where))}` }
}
