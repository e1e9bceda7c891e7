import { once } from 'node:events'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDemo, writeDemoFile, type DemoPorts } from './start.ts'

const readPorts = (text: string): DemoPorts => {
  if (text === 'default' || text === 'any') return text
  throw new Error(`--ports wants default or any, not ${text}`)
}

/** Nobody gets the demo off loopback by accident: the address has to be spelled out, and a name that could resolve to anything won't do. */
const readHost = (text: string): string => {
  if (isIP(text) !== 0) return text
  throw new Error(`--host wants an IP address, such as 0.0.0.0 in a container, not ${text}`)
}

/** Runs the legacy systems alone, until Ctrl-C or SIGTERM. */
const main = async () => {
  const { values } = parseArgs({
    options: {
      ports: { type: 'string', default: 'default' },
      data: { type: 'string', default: '.data' },
      // For a private network of containers and nothing else; what sets faults stays on loopback.
      host: { type: 'string', default: '127.0.0.1' },
    },
  })
  const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')])
  await using demo = await startDemo({ ports: readPorts(values.ports), host: readHost(values.host) })
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
