import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Row } from '../../fuse/call.ts'
import { BackendFailure } from '../../fuse/errors.ts'
import type { Customer } from '../../subgraphs/crm/backend.ts'
import { idOf } from './crm-asking.ts'
import { customersOnFile, unreadableCustomer } from './crm-on-file.ts'
import type { CrmUnderTest } from './crm-suite.ts'

const opt = { signal: new AbortController().signal }

const plain = <T>(row: Row<T>): unknown => (row instanceof BackendFailure ? row.name : row)
const mentions = ({ name, email, phone }: Customer, text: string) => [name, email, phone].some((field) => field?.toLowerCase().includes(text.toLowerCase()))

/** What every adapter of the CRM reads alike. */
export const crmReads = ({ crm, system, wire }: CrmUnderTest): void => {
  const whole = (customer: Customer) => (wire.hasUnreadable && customer.id === unreadableCustomer ? 'Malformed' : customer)

  describe('findCustomers', () => {
    test('gives 250 customers as they are on file, in the order asked for, a broken one at its own place', async () => {
      const asked = customersOnFile.toReversed()
      assert.deepEqual((await crm().findCustomers(asked.map(({ id }) => id), opt)).map(plain), asked.map(whole))
    })

    test('gives a customer who is asked for twice at both places, and null for one who is not there', async () => {
      const [first, second] = customersOnFile
      const ids = ['C-1002', 'C-9999', 'C-1001', 'C-1002']
      assert.deepEqual(await crm().findCustomers(ids, opt), [second, null, first, second])
    })

    for (const id of ['', 'C-1001,C-1002', '../C-1001', 'C-1001\n', ' C-1001', 'C-1001\u0000', '\ud800', '<cid>', '键', 'c'.repeat(10_000)]) {
      test(`knows no customer ${JSON.stringify(id).slice(0, 24)}, and finds the others beside it`, async () => {
        assert.deepEqual((await crm().findCustomers(['C-1002', id, 'C-1001'], opt)).map(idOf), ['C-1002', undefined, 'C-1001'])
        assert.deepEqual(await crm().findCustomers([id], opt), [null])
      })
    }

    test('asked nothing, answers nothing and costs no call', async () => {
      const asked = system().calls
      assert.deepEqual(await crm().findCustomers([], opt), [])
      assert.equal(system().calls, asked)
    })

    test('tells a tier without a word of ours as UNKNOWN beside the CRM\'s own', async () => {
      const [row] = await crm().findCustomers(['C-1005'], opt)
      assert.deepEqual(row && 'tier' in row && [row.tier, row.tierText], ['UNKNOWN', '黑钻'])
    })

    test('tells times in UTC, either side of the CRM\'s own midnight', async () => {
      const rows = await crm().findCustomers(['C-1001', 'C-1002'], opt)
      assert.deepEqual(rows.map((row) => row && 'id' in row && row.registeredAt), ['2019-12-31T15:59:59.000Z', '2019-12-31T16:00:00.000Z'])
    })
  })

  describe('searchCustomers', () => {
    for (const text of ['陈晓明', 'anna müller', '@EXAMPLE.com', 'c1042@example.com', '+86 138', '021-5566', 'O\'Neill & S', 'nobody at all', '%', '_', '+']) {
      test(`finds ${JSON.stringify(text)} in name, email and phone, page by page`, async () => {
        const found = customersOnFile.filter((customer) => mentions(customer, text))
        for (const [offset, limit] of [[0, 7], [7, 7], [Math.max(0, found.length - 7), 7], [0, 500], [found.length, 7], [found.length + 40, 7]] as const) {
          const page = await crm().searchCustomers({ text, offset, limit }, opt)
          assert.deepEqual(page.rows.map(plain), found.slice(offset, offset + limit).map(whole))
          assert.equal(page.totalCount, found.length)
          assert.equal(page.hasMore, offset + limit < found.length, `offset ${offset} limit ${limit}`)
        }
      })
    }

    for (const text of ['\u0000', '\ud800']) {
      test(`finds nobody called ${JSON.stringify(text)}`, async () => {
        assert.deepEqual(await crm().searchCustomers({ text, offset: 0, limit: 5 }, opt), { rows: [], hasMore: false, totalCount: 0 })
      })
    }
  })
}
