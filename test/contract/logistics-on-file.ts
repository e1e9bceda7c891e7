import type { TheirShipment } from '../../demo/company.ts'
import type { BackendSettings } from '../../fuse/settings.ts'
import type { Shipment } from '../../subgraphs/logistics/backend.ts'

/** What every system under the logistics contract holds, in the port's words. Events are newest first. */

const shipment = (number: number, order: number, rest: Pick<Shipment, 'status' | 'statusText'> & Partial<Shipment>): Shipment => ({
  id: `SH-${number}`,
  orderId: `SO-${order}`,
  customerId: 'C-1',
  trackingNumber: `T-${number}`,
  carrier: '顺丰速运 & <SF>',
  estimatedDelivery: '2026-11-21T10:00:00.000Z',
  events: [
    { occurredAt: '2026-11-20T01:30:00.000Z', place: '北京朝阳', description: '派送中 & <signed>' },
    // Before and after midnight in Shanghai, which is 16:00 in UTC.
    { occurredAt: '2026-11-18T16:00:00.000Z', place: 'Leipzig, DE', description: 'Arrived' },
    { occurredAt: '2026-11-18T15:59:59.000Z', place: 'Liège, BE', description: 'Left' },
  ],
  ...rest,
})

export const shipmentsOnFile: readonly Shipment[] = [
  shipment(1, 1, { status: 'OUT_FOR_DELIVERY', statusText: '派送中' }),
  shipment(2, 1, { status: 'IN_TRANSIT', statusText: 'In transit' }),
  shipment(3, 2, { status: 'LABEL_CREATED', statusText: 'Label created', estimatedDelivery: null, events: [] }),
  shipment(4, 3, { status: 'DELIVERED', statusText: '已签收', events: [{ occurredAt: '2026-11-19T03:00:00.000Z', place: '上海', description: '已签收' }] }),
  shipment(5, 2, { status: 'EXCEPTION', statusText: '异常件' }),
  shipment(6, 4, { status: 'RETURNED', statusText: 'Returned', estimatedDelivery: null }),
]

const known = (status: Shipment['status']): TheirShipment['status'] => {
  if (status === 'UNKNOWN') throw new TypeError('the demo company has a word for every status')
  return status
}

/** As the demo's systems are given them. */
export const theirs: readonly TheirShipment[] = shipmentsOnFile.map(({ statusText, customerId, status, ...rest }) => ({
  ...rest, status: known(status), statusWord: statusText ?? '', customerId: customerId ?? '',
}))

/** Its row comes out broken where the system can be told so. */
export const unreadableShipment = { id: 'SH-5' } as const

export const settingsFor = (url: string, options: Readonly<Record<string, unknown>> = {}): BackendSettings => ({
  name: 'logistics', protocol: 'under test', url, headers: {}, maxResponseBytes: 16 * 1024 * 1024, timeZone: 'Asia/Shanghai', charset: 'utf-8', options,
})

/** The SOAP service of the demo, spoken to in one version. */
export const asmx = (soapVersion: string) => ({ url }: { readonly url: string }) => settingsFor(`${url}/ShipmentService.asmx`, { soapVersion })
