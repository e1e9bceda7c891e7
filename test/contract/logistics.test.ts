import { describe } from 'node:test'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startLogisticsRest } from '../../demo/logistics-rest.ts'
import { startLogisticsSoap } from '../../demo/logistics-soap.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import type { OpenAdapter } from '../../fuse/adapters.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { LogisticsBackend } from '../../subgraphs/logistics/backend.ts'
import { openLogisticsOverJsonRpc } from '../../subgraphs/logistics/backend.jsonrpc.ts'
import { openLogisticsOverRest } from '../../subgraphs/logistics/backend.rest.ts'
import { openLogisticsOverSoap } from '../../subgraphs/logistics/backend.soap.ts'
import { asmx, settingsFor, theirs, unreadableShipment } from './logistics-on-file.ts'
import { logisticsContract, type OpenLogisticsSubject } from './logistics-suite.ts'

type Wire = {
  readonly start: () => Promise<LegacySystem>
  readonly open: OpenAdapter<LogisticsBackend>
  readonly settings: (system: LegacySystem) => BackendSettings
  readonly unreadable: ReadonlySet<string>
}

const subject = ({ start, open, settings, unreadable }: Wire): OpenLogisticsSubject => async () => {
  const system = await start()
  const backend = open(settings(system))
  return {
    backend,
    system,
    unreadable,
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]()
      await system[Symbol.asyncDispose]()
    },
  }
}

const unreadable = new Set([unreadableShipment.id])
const company = { shipments: theirs }

const soap = (version: string) =>
  subject({ start: () => startLogisticsSoap({ port: 0, company, unreadable }), open: openLogisticsOverSoap, settings: asmx(version), unreadable })

const adapters: Readonly<Record<string, OpenLogisticsSubject>> = {
  'soap 1.1': soap('1.1'),
  'soap 1.2': soap('1.2'),
  rest: subject({
    start: () => startLogisticsRest({ port: 0, company, unreadable }), open: openLogisticsOverRest, settings: ({ url }) => settingsFor(url), unreadable,
  }),
  jsonrpc: subject({
    start: () => startOrdersJsonRpc({ port: 0, company: { customers: [], orders: [], ...company } }), open: openLogisticsOverJsonRpc,
    settings: ({ url }) => settingsFor(url), unreadable: new Set(),
  }),
}

for (const [wire, open] of Object.entries(adapters)) {
  describe(`logistics over ${wire}`, () => logisticsContract(open))
}
