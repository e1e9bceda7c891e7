import { once } from 'node:events'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDemo, writeDemoFile, type DemoPorts } from './start.ts'

const readPorts = (text: string): DemoPorts => {
  if (text === 'default' || text === 'any') return text
  throw new Error(`--ports wants default or any, not ${text}`)
}

/** Runs the five legacy systems alone, until Ctrl-C or SIGTERM. */
const main = async () => {
  const { values } = parseArgs({ options: { ports: { type: 'string', default: 'default' }, data: { type: 'string', default: '.data' } } })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await using demo = await startDemo({ ports: readPorts(values.ports) })
  await using _file = await writeDemoFile(join(values.data, 'demo.json'), demo)
  for (const [name, { url }] of Object.entries(demo.systems)) process.stdout.write(`${name.padEnd(15)} ${url}\n`)
  process.stdout.write('Ctrl-C ends them. Faults: npm run demo:fault -- logistics hang\n')
  await stopped
}

try {
  await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
