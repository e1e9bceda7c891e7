import { parseArgs } from 'node:util'
import { foundCompany, type Company } from './company.ts'
import type { LegacySystem } from './legacy.ts'

/**
 * Runs one legacy system by itself until Ctrl-C: `if (import.meta.main) await runAlone(4102, startCrmPhp)`.
 * `--port` chooses another port.
 */
export const runAlone = async (
  defaultPort: number, start: (opt: { port: number; company: Company }) => Promise<LegacySystem>,
): Promise<void> => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: String(defaultPort) } } })
  const port = Number(values.port)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new Error(`--port wants 0 to 65535, not ${values.port}`)
  const system = await start({ port, company: foundCompany() })
  process.stdout.write(`${system.name} listens on ${system.url}; faults: POST ${system.controlUrl}\n`)
  const stop = () => void system[Symbol.asyncDispose]()
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
