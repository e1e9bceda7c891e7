import type { TheirCustomer } from '../../demo/company.ts'
import type { Customer } from '../../subgraphs/crm/backend.ts'

/** What every system under the CRM contract holds, in the port's words: 250 customers, by id. */

const tiers = [
  { tier: 'STANDARD', tierText: '普通' }, { tier: 'SILVER', tierText: '银卡' }, { tier: 'GOLD', tierText: '金卡' }, { tier: 'PLATINUM', tierText: '白金' },
] as const

const tierOf = (index: number) => tiers[index % tiers.length] ?? tiers[0]

const customer = (index: number): Customer => ({
  id: `C-${1001 + index}`,
  name: `${index % 2 === 0 ? '陈晓明' : 'Anna Müller'} ${index}`,
  email: `c${1001 + index}@example.com`,
  phone: `+86 138 0000 ${1001 + index}`,
  ...tierOf(index),
  registeredAt: '2021-03-04T05:06:07.000Z',
  notes: [],
})

const special: ReadonlyMap<string, Partial<Customer>> = new Map([
  // Before and after midnight in Shanghai, which is 16:00 in UTC.
  ['C-1001', { registeredAt: '2019-12-31T15:59:59.000Z', notes: [{ text: '老客户 & <VIP>', author: '李 "Lee" 雷', writtenAt: '2022-01-01T16:00:00.000Z' }] }],
  ['C-1002', { registeredAt: '2019-12-31T16:00:00.000Z', email: null }],
  ['C-1003', { phone: null, notes: [
    { text: '第一行\n第二行', author: 'ana', writtenAt: '2022-01-01T00:00:00.000Z' },
    { text: '𠮷野家 😀 €', author: '𠮷', writtenAt: '2022-01-02T00:00:00.000Z' },
  ] }],
  ['C-1004', { name: '𠮷田 花子 😀' }],
  // A tier that the port has no word for.
  ['C-1005', { tier: 'UNKNOWN', tierText: '黑钻' }],
  ['C-1006', { name: 'Solo O\'Neill & Söhne', email: 'Solo@Example.ORG', phone: '021-5566' }],
])

export const customersOnFile: readonly Customer[] = Array.from({ length: 250 }, (_, index) => customer(index)).map((one) => ({ ...one, ...special.get(one.id) }))

/** As the demo's systems are given them. */
export const theirCustomers: readonly TheirCustomer[] = customersOnFile.map(({ tier, tierText, registeredAt, ...rest }) => ({
  ...rest, language: 'zh', tier: tier === 'UNKNOWN' ? 'DIAMOND' : tier, tierWord: tierText ?? '', registeredAt: registeredAt ?? '',
}))

/** Its row comes out broken where the system can be told so. */
export const unreadableCustomer = 'C-1007'
