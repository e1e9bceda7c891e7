import { foundCompany } from '../../demo/company.ts'
import { startConfluence } from '../../demo/confluence.ts'
import { startCrmPhp } from '../../demo/crm-php.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { startLogisticsRest } from '../../demo/logistics-rest.ts'
import { startLogisticsSoap } from '../../demo/logistics-soap.ts'
import { startOrdersGrpc } from '../../demo/orders-grpc.ts'
import { startOrdersJsonRpc } from '../../demo/orders-jsonrpc.ts'
import { startOrdersRest } from '../../demo/orders-rest.ts'
import { handbookPath } from '../../demo/svn/handbook.ts'
import { startSvn } from '../../demo/svn.ts'
import { startYuque } from '../../demo/yuque.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import { apacheSvnLacks, startApacheSvn } from '../kit/apache-svn.ts'
import { startCrmMysql, whyNoMysql } from './crm-mysql-system.ts'

export type PortName = 'orders' | 'crm' | 'logistics' | 'knowledge'

/** Every adapter there is, and how to start something that speaks its wire with the demo company's rows behind it. */
export type AdapterOnTrial = {
  readonly port: PortName
  readonly protocol: string
  /** What speaks it, where that is no stand-in. */
  readonly system?: string
  /** Ids that exist, where the demo company's own are not the backend's. */
  readonly samples?: readonly string[]
  /** Refuses every write. */
  readonly isReadOnly?: boolean
  /** Why it can't be started here; null where it can. */
  readonly missing?: () => string | null
  readonly start: () => Promise<{ readonly settings: BackendSettings; readonly dispose: () => Promise<void> }>
}

export const settingsFor = (port: PortName, protocol: string, url: string, rest: Partial<BackendSettings> = {}): BackendSettings => ({
  name: port, protocol, url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai', charset: 'utf-8', options: {}, ...rest,
})

type Start = (opt: { readonly port: number; readonly company: ReturnType<typeof foundCompany> }) => Promise<LegacySystem>

/** A system of the demo company, of which each has one of its own. */
const demoSystem = (port: PortName, protocol: string, start: Start, path = '', rest: Partial<BackendSettings> = {}): AdapterOnTrial => ({
  port,
  protocol,
  start: async () => {
    const system = await start({ port: 0, company: foundCompany() })
    return { settings: settingsFor(port, protocol, `${system.url}${path}`, rest), dispose: async () => system[Symbol.asyncDispose]() }
  },
})

const company = foundCompany()

const mysql: AdapterOnTrial = {
  port: 'crm',
  protocol: 'mysql',
  system: 'MariaDB',
  isReadOnly: true,
  missing: () => whyNoMysql || null,
  start: async () => {
    const database = await startCrmMysql({ customers: company.customers })
    return { settings: { ...database.settings, protocol: 'mysql' }, dispose: async () => database[Symbol.asyncDispose]() }
  },
}

const chapters = Array.from({ length: 12 }, (_, index) => `/handbook/退货 ${index}.md`)

const apache: AdapterOnTrial = {
  port: 'knowledge',
  protocol: 'svn',
  system: 'Apache',
  samples: chapters,
  missing: () => apacheSvnLacks() ?? null,
  start: async () => {
    const running = await startApacheSvn()
    const put = (path: string) => ({ put: `trunk${path}`, content: `# ${path}\n\n退货 within 15 days.\n` })
    await running.commit(chapters.map(put), { author: 'nora', date: '2026-01-02T03:04:05.678901Z' })
    return { settings: settingsFor('knowledge', 'svn', `${running.url}/trunk`), dispose: async () => running[Symbol.asyncDispose]() }
  },
}

/** One line for each protocol of each subgraph; a test holds that none is missing. */
export const adaptersOnTrial: readonly AdapterOnTrial[] = [
  demoSystem('orders', 'rest', startOrdersRest),
  demoSystem('orders', 'grpc', startOrdersGrpc),
  demoSystem('orders', 'jsonrpc', startOrdersJsonRpc),
  demoSystem('crm', 'form', startCrmPhp, '/index.php', { charset: 'gbk' }),
  mysql,
  demoSystem('crm', 'jsonrpc', startOrdersJsonRpc),
  demoSystem('logistics', 'soap', startLogisticsSoap, '/ShipmentService.asmx'),
  demoSystem('logistics', 'rest', startLogisticsRest),
  demoSystem('logistics', 'jsonrpc', startOrdersJsonRpc),
  demoSystem('knowledge', 'confluence', startConfluence),
  {
    ...demoSystem('knowledge', 'yuque', startYuque, '', { options: { namespace: ['shop/sup', 'shop/dev'] } }),
    samples: company.articles.filter(({ language }) => language === 'zh').slice(0, 20).map(({ id }) => String(id)),
  },
  { ...demoSystem('knowledge', 'svn', startSvn, '/svn/company/trunk'), samples: company.articles.slice(0, 30).map((one) => handbookPath(one)) },
  apache,
  demoSystem('knowledge', 'jsonrpc', startOrdersJsonRpc),
]

/** Ids that the demo company's systems have, for the ports that can't list. */
export const sampleIds: Readonly<Record<PortName, readonly string[]>> = {
  orders: [],
  crm: [],
  logistics: company.shipments.slice(100, 140).map(({ id }) => id),
  knowledge: company.articles.slice(0, 30).map(({ id }) => String(id)),
}

/** An order that may be refunded. */
export const refundableId = company.orders.find(({ status, totalCents }) => status === 'DELIVERED' && totalCents > 1_000)?.id ?? ''
