import path from 'node:path'
import { parseArgs } from 'node:util'
import { demoBackends } from '../demo/backends.ts'
import { readDemoFile } from '../demo/demo-file.ts'
import { ConfigError, loadConfig, parseBackends } from '../gateway/config.ts'
import type { Config } from '../gateway/config.ts'
import { BackendFailure } from '../fuse/errors.ts'
import { ports } from './kits.ts'
import { countsOf, printJudgements } from './report.ts'

/*
 * `npm run conform -- --backend orders` holds an adapter, in front of the backend that is configured, to what its port promises. Nothing is
 * written without --write. Ends with 0 where no promise is broken, with 1 where one is, and with 2 where it could not be tried.
 */

const usage = `usage: npm run conform -- --backend NAME [--sample ID,ID…] [--write [--order ID]] [--json]
  --backend  as fuseboard.yaml names it; without a configuration, one of the demo that runs
  --sample   keys of rows that are there: articles, shipments or orders, where the backend has no list
  --write    also what changes data: notes that say "conform", refunds that have to be refused
  --order    an order that may be refunded
`

/** What was asked can't be tried. */
class UsageError extends Error {}

const options = {
  backend: { type: 'string' }, sample: { type: 'string', default: '' }, write: { type: 'boolean', default: false },
  order: { type: 'string' }, json: { type: 'boolean', default: false },
} as const

const readArgs = () => {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}

/** Those that are configured, or those of the demo that runs. */
const findBackends = async (config: Config): Promise<Config['backends']> => {
  if (config.mode.kind === 'configured') return config.backends
  const systems = await readDemoFile(path.join(config.dataDir, 'demo.json'))
  if (!systems) throw new UsageError('nothing is configured, and no demo runs: npm start, or FUSEBOARD_CONFIG')
  const at = (name: string) => ({ url: systems[name]?.url ?? '' })
  return parseBackends(demoBackends({ orders: at('orders'), crm: at('crm'), logistics: at('logistics'), confluence: at('confluence'), yuque: at('yuque'), svn: at('svn') }))
}

const main = async (): Promise<number> => {
  const { backend: name, sample, write, order, json } = readArgs()
  const backends = await findBackends(loadConfig())
  const found = backends.find(({ backend }) => backend.name === name)
  if (!found) throw new UsageError(`--backend: expected one of ${backends.map(({ backend }) => backend.name).join(', ')}; found ${name ?? 'nothing'}`)
  if (order !== undefined && !write) throw new UsageError('--order: needs --write')
  const judge = ports[found.subgraph]?.judge
  if (!judge) throw new UsageError(`there is no kit for ${found.subgraph}`)
  const judgements = await judge({
    settings: found.backend,
    named: sample.split(',').filter((key) => key !== ''),
    write: write ? { orderId: order ?? null } : null,
    warn: (message) => void process.stderr.write(`${message}\n`),
  })
  const { protocol } = found.backend
  process.stdout.write(json ? `${JSON.stringify({ backend: name, protocol, counts: countsOf(judgements), judgements }, null, 2)}\n` : printJudgements(found.backend.name, protocol, judgements))
  return judgements.some(({ verdict }) => verdict.kind === 'broken') ? 1 : 0
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ConfigError || error instanceof BackendFailure)) throw error
  process.stderr.write(`${error instanceof BackendFailure ? `${error.backend} can't be asked: ${error.name} (${error.message})` : error.message}\n${error instanceof UsageError ? usage : ''}`)
  process.exitCode = error instanceof BackendFailure ? 1 : 2
}
