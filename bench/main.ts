import { writeFile } from 'node:fs/promises'
import os from 'node:os'
import { parseArgs } from 'node:util'
import { alarm } from './alarm.ts'
import { outage } from './outage.ts'
import { overhead } from './overhead.ts'
import { printTable } from './report.ts'
import type { Report } from './report.ts'

/* `npm run bench -- outage [--json FILE]` */

const suites: Readonly<Record<string, () => Promise<Report>>> = { alarm, outage, overhead }

const { values, positionals } = parseArgs({ allowPositionals: true, options: { json: { type: 'string' } } })
const unknown = positionals.filter((name) => !(name in suites))
if (positionals.length === 0 || unknown.length > 0) {
  process.stderr.write(`usage: npm run bench -- SUITE… [--json FILE]\nsuites: ${Object.keys(suites).join(', ')}\n`)
  process.exit(2)
}

const machine = { cpu: os.cpus()[0]?.model ?? 'unknown', cores: os.cpus().length, memoryGiB: Math.round(os.totalmem() / 2 ** 30), node: process.version }
const reports: Record<string, Report> = {}
for (const name of positionals) {
  const report = await suites[name]?.()
  if (!report) continue
  reports[name] = report
  process.stdout.write(printTable(report))
}
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, reports }, null, 2)}\n`)
}
