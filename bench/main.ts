import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { parseArgs } from 'node:util'
import type { ParseArgsOptionsConfig } from 'node:util'
import { alarm } from './alarm.ts'
import { chat } from './chat.ts'
import { consoleSuite } from './console.ts'
import { departments } from './departments.ts'
import { federation } from './federation.ts'
import { intentsSuite } from './intents.ts'
import { knowledge } from './knowledge.ts'
import { knowledgeQuestions } from './knowledge-questions.ts'
import { messages } from './messages.ts'
import { outage } from './outage.ts'
import { overhead } from './overhead.ts'
import { printTable } from './report.ts'
import type { Report } from './report.ts'
import { routing } from './routing.ts'
import { sockets } from './sockets.ts'
import type { Suite } from './suite.ts'

/* `npm run bench -- SUITE… [the suites' own options] [--json FILE]` */

const suites: Readonly<Record<string, Suite>> = { alarm: { run: alarm }, chat, console: consoleSuite, departments: { run: departments }, federation, intents: intentsSuite, knowledge, 'knowledge-questions': knowledgeQuestions, messages, outage: { run: outage }, overhead: { run: overhead }, routing, sockets }

const refuse = (why: string): never => {
  const each = Object.entries(suites).map(([name, { options = {} }]) => `  ${[name, ...Object.keys(options).map((option) => `[--${option}]`)].join(' ')}`)
  process.stderr.write(`${why}\nusage: npm run bench -- SUITE… [--json FILE]\nsuites, with the options of each:\n${each.join('\n')}\n`)
  process.exit(2)
}

const readArguments = () => {
  const options: ParseArgsOptionsConfig = { json: { type: 'string' } }
  for (const suite of Object.values(suites)) Object.assign(options, suite.options)
  try {
    return parseArgs({ allowPositionals: true, options })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

const { values, positionals } = readArguments()
const named = positionals.map((name) => ({ name, suite: suites[name] ?? refuse(`there is no suite ${name}`) }))
if (named.length === 0) refuse('name a suite')
const known = new Set(['json', ...named.flatMap(({ suite }) => Object.keys(suite.options ?? {}))])
const foreign = Object.keys(values).filter((option) => !known.has(option))
if (foreign.length > 0) refuse(`not an option of ${positionals.join(', ')}: --${foreign.join(', --')}`)

const machine = { cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, memoryGiB: Math.round(os.totalmem() / 2 ** 30), node: process.version }
const reports: Record<string, Report> = {}
for (const { name, suite } of named) {
  const report = await suite.run(values)
  reports[name] = report
  process.stdout.write(printTable(report))
  if (report.broken === true) process.exitCode = 1
}
if (typeof values['json'] === 'string') {
  await writeFile(values['json'], `${JSON.stringify({ date: new Date().toISOString(), machine, reports }, null, 2)}\n`)
}
