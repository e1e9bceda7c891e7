/** Where a system of the company listens. */
type Listening = { readonly url: string }

/** Those that the hub is in front of; the others speak for the same company in other words. */
export type DemoBackend = 'orders' | 'crm' | 'logistics' | 'confluence' | 'yuque' | 'svn'

/**
 * The company's systems as the hub is configured to speak to them, in the words of `fuseboard.yaml`; what is not said here is
 * the hub's default.
 */
export const demoBackends = (systems: Readonly<Record<DemoBackend, Listening>>) => ({
  orders: { protocol: 'rest', url: systems.orders.url, timeZone: 'Asia/Shanghai' },
  crm: { protocol: 'form', url: `${systems.crm.url}/index.php`, timeZone: 'Asia/Shanghai', charset: 'gbk' },
  logistics: { protocol: 'soap', url: `${systems.logistics.url}/ShipmentService.asmx`, timeZone: 'Asia/Shanghai' },
  confluence: { subgraph: 'knowledge', protocol: 'confluence', url: systems.confluence.url },
  yuque: { subgraph: 'knowledge', protocol: 'yuque', url: systems.yuque.url, options: { namespace: ['shop/sup', 'shop/dev'] } },
  svn: { subgraph: 'knowledge', protocol: 'svn', url: `${systems.svn.url}/svn/company/trunk` },
})
