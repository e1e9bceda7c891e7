import { readFile } from 'node:fs/promises'
import ignore from '@balena/dockerignore'
import { DockerfileParser, ModifiableInstruction } from 'dockerfile-ast'
import type { Instruction } from 'dockerfile-ast'
import { z } from 'zod'

export type Step = {
  readonly keyword: string
  /** Without flags. */
  readonly args: readonly string[]
  readonly flags: Readonly<Record<string, string>>
  /** The words of the exec form; null in the shell form. */
  readonly exec: readonly string[] | null
}

export type Stage = { readonly name: string; readonly base: string; readonly steps: readonly Step[] }

const words = z.array(z.string()).min(1)

/** The exec form is JSON; a health check has a word before it. */
const execOf = (content: string): readonly string[] | null => {
  const text = content.replace(/^CMD\s+/, '').trim()
  return text.startsWith('[') ? words.parse(JSON.parse(text)) : null
}

const toStep = (instruction: Instruction): Step => ({
  keyword: instruction.getKeyword(),
  args: instruction.getArguments().map((argument) => argument.getValue()),
  flags: Object.fromEntries(instruction instanceof ModifiableInstruction ? instruction.getFlags().map((flag) => [flag.getName(), flag.getValue() ?? '']) : []),
  exec: execOf(instruction.getArgumentsContent() ?? ''),
})

/** The stages of a Dockerfile, in order. What comes before the first FROM is none of them. */
export const readStages = async (file: string): Promise<readonly Stage[]> => {
  const instructions = DockerfileParser.parse(await readFile(file, 'utf8')).getInstructions().map(toStep)
  const froms = instructions.flatMap(({ keyword }, index) => (keyword === 'FROM' ? [index] : []))
  return froms.map((from, index) => {
    const [{ args: [base = '', , name = ''] } = { args: [] }, ...steps] = instructions.slice(from, froms[index + 1])
    return { name, base, steps }
  })
}

/** Whether a file of the project reaches the builder. */
export const openDockerignore = async (): Promise<(file: string) => boolean> => {
  const rules = (await readFile('.dockerignore', 'utf8')).split('\n').map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'))
  const manager = ignore.default().add(rules)
  return (file) => !manager.ignores(file)
}
