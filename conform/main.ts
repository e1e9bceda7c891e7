import path from 'node:path'
import { parseArgs } from 'node:util'
import { demoBackends } from '../demo/backends.ts'
import { readDemoFile } from '../demo/demo-file.ts'
import { ConfigError, loadConfig, parseBackends } from '../gateway/config.ts'
import type { ConfiguredBackend } from '../subgraphs/environment.ts'
import type { Hints, Report } from './port.ts'
import { count, openMask, printTable } from './report.ts'

const usage = `npm run conform -- --backend NAME [--sample ID,ID…] [--json] [--write [--order ID]]

Holds a configured backend, and the adapter in front of it, to the promises of its port. It reads, and nothing else.

  --backend NAME   one of fuseboard.yaml, or of the running demo where nothing is configured
  --sample IDS     ids that exist: needed for logistics where no orders are configured
  --json           the report as JSON
  --write          may write too: notes on a customer of the CRM, the refund of --order
  --order ID       the order that is refunded, once and whole

It ends with 0 where no promise is broken, with 1 where one is or the backend can't be reached, with 2 where it was asked wrongly.
`

/** Asked wrongly: told on stderr, and the end is 2. */
class UsageError extends Error {}

const readArguments = () => {
  try {
    return parseArgs({
      options: {
        backend: { type: 'string' }, sample: { type: 'string' }, order: { type: 'string' },
        json: { type: 'boolean', default: false }, write: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
      },
    }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

/** What is configured, or else the running demo. */
const findBackends = async (): Promise<readonly ConfiguredBackend[]> => {
  const { mode, dataDir, backends } = loadConfig()
  if (mode.kind === 'configured') return backends
  const file = path.join(dataDir, 'demo.json')
  const { orders, crm, logistics, confluence, yuque, svn } = (await readDemoFile(file)) ?? {}
  if (!orders || !crm || !logistics || !confluence || !yuque || !svn) {
    throw new UsageError(`Nothing is configured (fuseboard.yaml, FUSEBOARD_CONFIG), and no demo is running: there is no ${file}. npm start starts one.`)
  }
  return parseBackends(demoBackends({ orders, crm, logistics, confluence, yuque, svn }))
}

const choose = (backends: readonly ConfiguredBackend[], name: string): ConfiguredBackend => {
  const found = backends.find(({ backend }) => backend.name === name)
  if (found) return found
  throw new UsageError(`There is no backend ${name}; there are ${backends.map(({ backend }) => backend.name).join(', ') || 'none'}.`)
}

/** Loaded once it is known what to judge: every wire there is takes its time. */
const portOf = async ({ subgraph }: ConfiguredBackend) => {
  const { ports } = await import('./ports.ts')
  if (subgraph === 'orders' || subgraph === 'crm' || subgraph === 'logistics' || subgraph === 'knowledge') return ports[subgraph]
  throw new UsageError(`The subgraph ${subgraph} has no port.`)
}

/** A call may take as long as its fuse lets it, and ten seconds in any case. */
const callMsOf = ({ fuse }: ConfiguredBackend): number => Math.max(10_000, fuse.timeoutMs)

const hintsOf = (args: ReturnType<typeof readArguments>, backends: readonly ConfiguredBackend[]): Hints => {
  const newestOrderIds = async () => {
    const ordering = backends.find(({ subgraph }) => subgraph === 'orders')
    if (ordering === undefined) return []
    const orders = await import('./orders.ts')
    // Orders that can't be listed are no samples of anything.
    return orders.newestOrderIds(ordering.backend, callMsOf(ordering)).catch(() => [])
  }
  return {
    samples: (args.sample ?? '').split(',').filter((id) => id !== ''),
    orderIds: newestOrderIds,
    write: args.write ? { order: args.order ?? null } : null,
  }
}

const judge = async (args: ReturnType<typeof readArguments>, name: string): Promise<Report> => {
  const backends = await findBackends()
  const chosen = choose(backends, name)
  if (args.write && chosen.subgraph === 'orders' && args.order === undefined) throw new UsageError('Writing to orders refunds one of them: --order ID says which.')
  const mask = openMask(chosen.backend)
  const port = await portOf(chosen)
  const report = await port.judge({
    settings: chosen.backend,
    hints: hintsOf(args, backends),
    callMs: callMsOf(chosen),
    warn: (message) => void process.stderr.write(`${mask(message)}\n`),
  })
  process.stdout.write(mask(args.json ? `${JSON.stringify(report, null, 2)}\n` : printTable(report)))
  return report
}

const main = async (): Promise<number> => {
  const args = readArguments()
  if (args.help) {
    process.stdout.write(usage)
    return 0
  }
  if (args.order !== undefined && !args.write) throw new UsageError('--order is refunded, which --write has to allow.')
  if (args.backend === undefined) throw new UsageError(usage)
  const { failure, judged } = await judge(args, args.backend)
  return failure === null && count(judged, 'broken') === 0 ? 0 : 1
}

try {
  process.exitCode = await main()
} catch (error) {
  const isAskedWrongly = error instanceof UsageError || error instanceof ConfigError
  // A defect of ours; the stack names no setting.
  process.stderr.write(`${error instanceof Error ? (isAskedWrongly ? error.message : (error.stack ?? error.message)) : String(error)}\n`)
  process.exitCode = isAskedWrongly ? 2 : 1
}
