import { foundCompany, type Company } from './company.ts'
import { startConfluence } from './confluence.ts'
import { startCrmPhp } from './crm-php.ts'
import type { LegacySystem } from './legacy.ts'
import { startLogisticsRest } from './logistics-rest.ts'
import { startLogisticsSoap } from './logistics-soap.ts'
import { startOrdersGrpc } from './orders-grpc.ts'
import { startOrdersJsonRpc } from './orders-jsonrpc.ts'
import { startOrdersRest } from './orders-rest.ts'
import { startSvn } from './svn.ts'
import { startYuque } from './yuque.ts'

export { writeDemoFile } from './demo-file.ts'

export type DemoName = 'orders' | 'crm' | 'logistics' | 'confluence' | 'orders-jsonrpc' | 'orders-grpc' | 'logistics-rest' | 'yuque' | 'svn'

/** The demo company's systems, all running. Disposing it ends them. */
export type Demo = AsyncDisposable & { readonly systems: Readonly<Record<DemoName, LegacySystem>> }

/** `default`: the port of each, from 4101 on, and any free port in place of one that is taken. `any`: any free ports. */
export type DemoPorts = 'default' | 'any'

type Opening = { readonly company: Company; readonly host: string | undefined }

type Start = (opt: Opening & { readonly port: number }) => Promise<LegacySystem>

/** On loopback unless a `host` is given. One company behind them all: what is refunded over REST is refunded over JSON-RPC. */
export const startDemo = async (opt: { readonly ports: DemoPorts; readonly host?: string | undefined }): Promise<Demo> => {
  const opening = { company: foundCompany(), host: opt.host }
  await using started = new AsyncDisposableStack()
  const start = async (port: number, system: Start) =>
    started.use(opt.ports === 'any' ? await system({ port: 0, ...opening }) : await startNear(port, system, opening))
  const systems = {
    orders: await start(4101, startOrdersRest),
    crm: await start(4102, startCrmPhp),
    logistics: await start(4103, startLogisticsSoap),
    confluence: await start(4104, startConfluence),
    'orders-jsonrpc': await start(4105, startOrdersJsonRpc),
    'orders-grpc': await start(4106, startOrdersGrpc),
    'logistics-rest': await start(4108, startLogisticsRest),
    yuque: await start(4109, startYuque),
    svn: await start(4110, startSvn),
  }
  // From here on the caller ends them; had one not started, those before it would end now.
  const kept = started.move()
  return { systems, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

const startNear = async (port: number, system: Start, opening: Opening): Promise<LegacySystem> => {
  try {
    return await system({ port, ...opening })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    return system({ port: 0, ...opening })
  }
}
