import { foundCompany, type Company } from './company.ts'
import { startConfluence } from './confluence.ts'
import { startCrmPhp } from './crm-php.ts'
import type { LegacySystem } from './legacy.ts'
import { startLogisticsSoap } from './logistics-soap.ts'
import { startOrdersJsonRpc } from './orders-jsonrpc.ts'
import { startOrdersRest } from './orders-rest.ts'

export { writeDemoFile } from './demo-file.ts'

export type DemoName = 'orders' | 'crm' | 'logistics' | 'confluence' | 'orders-jsonrpc'

/** The demo company's systems, all running. Disposing it ends them. */
export type Demo = AsyncDisposable & { readonly systems: Readonly<Record<DemoName, LegacySystem>> }

/** `default`: 4101 to 4105, and any free port in place of one that is taken. `any`: any free ports. */
export type DemoPorts = 'default' | 'any'

type Start = (opt: { port: number; company: Company }) => Promise<LegacySystem>

/** One company behind all five: what is refunded over REST is refunded over JSON-RPC. */
export const startDemo = async (opt: { readonly ports: DemoPorts }): Promise<Demo> => {
  const company = foundCompany()
  await using started = new AsyncDisposableStack()
  const start = async (port: number, system: Start) =>
    started.use(opt.ports === 'any' ? await system({ port: 0, company }) : await startNear(port, system, company))
  const systems = {
    orders: await start(4101, startOrdersRest),
    crm: await start(4102, startCrmPhp),
    logistics: await start(4103, startLogisticsSoap),
    confluence: await start(4104, startConfluence),
    'orders-jsonrpc': await start(4105, startOrdersJsonRpc),
  }
  // From here on the caller ends them; had one not started, those before it would end now.
  const kept = started.move()
  return { systems, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const startNear = async (port: number, system: Start, company: Company): Promise<LegacySystem> => {
  try {
    return await system({ port, company })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    return system({ port: 0, company })
  }
}
