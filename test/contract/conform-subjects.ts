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
import { startApacheSvn, withoutApacheSvn } from '../kit/apache-svn.ts'
import { startCrmMysql, whyNoMysql } from './crm-mysql-system.ts'

/** A backend that the kit is run against: a stand-in, or a real one. */
export type ConformSubject = {
  readonly port: 'orders' | 'crm' | 'logistics' | 'knowledge'
  readonly protocol: string
  /** Where several systems speak the protocol. */
  readonly system: string
  readonly skip: string | false
  /** As many promises as may stay untested, with leave to write. */
  readonly untested: number
  readonly start: () => Promise<RunningSubject>
}

/** `named`: rows that are there. `orderId`: one that may be refunded. */
export type RunningSubject = AsyncDisposable & { readonly settings: BackendSettings; readonly named: readonly string[]; readonly orderId: string | null }

const company = foundCompany()

export const settingsOf = (name: string, protocol: string, url: string, more: Partial<BackendSettings> = {}): BackendSettings => ({
  name, protocol, url, headers: {}, maxResponseBytes: 8_388_608, timeZone: 'Asia/Shanghai', charset: 'utf-8', options: {}, ...more,
})

type StandIn = {
  readonly port: ConformSubject['port']
  readonly protocol: string
  readonly system: () => Promise<LegacySystem>
  readonly path?: string
  readonly more?: Partial<BackendSettings>
  readonly named?: readonly string[]
  readonly untested?: number
}

const payable = company.orders.findLast(({ status }) => status === 'PAID')?.id ?? null

const standIn = ({ port, protocol, system, path = '', more = {}, named = [], untested = 0 }: StandIn): ConformSubject => ({
  port, protocol, system: 'stand-in', skip: false, untested,
  start: async () => {
    const running = await system()
    const settings = settingsOf(port, protocol, `${running.url}${path}`, more)
    return { settings, named, orderId: port === 'orders' ? payable : null, [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() }
  },
})

const shipments = company.shipments.slice(0, 12).map(({ id }) => id)
const articles = company.articles.slice(0, 12)
const chineseIds = company.articles.filter(({ language }) => language === 'zh').slice(0, 12).map(({ id }) => String(id))
const articleIds = articles.map(({ id }) => String(id))

const crmMysql: ConformSubject = {
  port: 'crm', protocol: 'mysql', system: 'MariaDB', skip: whyNoMysql, untested: 2,
  start: async () => {
    const database = await startCrmMysql({ customers: company.customers })
    return { settings: { ...database.settings, protocol: 'mysql' }, named: [], orderId: null, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() }
  },
}

const apacheSvn: ConformSubject = {
  port: 'knowledge', protocol: 'svn', system: 'Apache', skip: withoutApacheSvn(), untested: 0,
  start: async () => {
    const apache = await startApacheSvn()
    const paths = ['/handbook/returns.md', '/handbook/退货 政策.md', '/handbook/shipping.md']
    await apache.commit(paths.map((path) => ({ put: `trunk${path}`, content: `# ${path}\n\n退货 within 15 days.\n` })), { author: 'nora', date: '2026-01-02T03:04:05.678901Z' })
    return { settings: settingsOf('handbook', 'svn', `${apache.url}/trunk`), named: paths, orderId: null, [Symbol.asyncDispose]: () => apache[Symbol.asyncDispose]() }
  },
}

const wholeCompany = () => startOrdersJsonRpc({ port: 0, company: foundCompany() })

/** Every adapter that is registered, in front of something that speaks its wire; a test holds this list to the adapters that there are. */
export const conformSubjects: readonly ConformSubject[] = [
  standIn({ port: 'orders', protocol: 'rest', system: () => startOrdersRest({ port: 0, company: foundCompany() }) }),
  standIn({ port: 'orders', protocol: 'grpc', system: () => startOrdersGrpc({ port: 0, company: foundCompany() }) }),
  standIn({ port: 'orders', protocol: 'jsonrpc', system: wholeCompany }),
  standIn({ port: 'crm', protocol: 'form', system: () => startCrmPhp({ port: 0, company: foundCompany() }), path: '/index.php', more: { charset: 'gbk' } }),
  crmMysql,
  standIn({ port: 'crm', protocol: 'jsonrpc', system: wholeCompany }),
  standIn({ port: 'logistics', protocol: 'soap', system: () => startLogisticsSoap({ port: 0, company }), path: '/ShipmentService.asmx', named: shipments }),
  standIn({ port: 'logistics', protocol: 'rest', system: () => startLogisticsRest({ port: 0, company }), named: shipments }),
  standIn({ port: 'logistics', protocol: 'jsonrpc', system: wholeCompany, named: shipments }),
  standIn({ port: 'knowledge', protocol: 'confluence', system: () => startConfluence({ port: 0, company }), named: articleIds }),
  standIn({
    port: 'knowledge', protocol: 'yuque', system: () => startYuque({ port: 0, company }), named: chineseIds, more: { options: { namespace: ['shop/sup', 'shop/dev'] } },
  }),
  standIn({ port: 'knowledge', protocol: 'svn', system: () => startSvn({ port: 0, company }), path: '/svn/company/trunk', named: articles.map((one) => handbookPath(one)) }),
  apacheSvn,
  standIn({ port: 'knowledge', protocol: 'jsonrpc', system: wholeCompany, named: articleIds }),
]
