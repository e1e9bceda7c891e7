import { parseArgs } from 'node:util'
import { runHub } from './split/hub.ts'
import { runSubgraphs } from './split/subgraphs.ts'

/*
 * The whole demo in processes: `npm run split:subgraphs` starts the demo company and one process for each subgraph, and
 * `npm run split:hub` the hub in front of them. What they share is in the data directory (FUSEBOARD_DATA, `.data` if it is not set).
 */

const usage = 'usage: node demo/split.ts [--ports default|any] | --hub'

const main = async (): Promise<number> => {
  const { values } = parseArgs({ options: { hub: { type: 'boolean', default: false }, ports: { type: 'string', default: 'default' } } })
  const { hub, ports } = values
  if (ports !== 'default' && ports !== 'any') throw new Error(usage)
  return hub ? runHub() : runSubgraphs({ ports })
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
