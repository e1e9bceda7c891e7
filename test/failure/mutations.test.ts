import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { foundCompany } from '../../demo/company.ts'
import type { LegacySystem } from '../../demo/legacy.ts'
import { valueAt } from '../kit/asking.ts'
import { quickFuse, startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'

/* Two systems are written to. Each is asked once for each request of a client, and says the same for the same key. */

const company = foundCompany()

/** Orders that can be refunded, each to be used by one test alone. */
const refundable = company.orders.filter(({ status }) => status === 'DELIVERED').values()
const nextOrder = (): string => refundable.next().value?.id ?? assert.fail('the company has no such order left')
const customers = company.customers.values()
const nextCustomer = (): string => customers.next().value?.id ?? assert.fail('the company has no such customer left')

const refund = `mutation Refund($refund: RequestRefundInput!) {
  requestRefund(input: $refund) { refundId order { id status } userErrors { code field } }
}`
const note = `mutation Note($note: AddCustomerNoteInput!) {
  addCustomerNote(input: $note) { customer { id profile { notes { text author } } } userErrors { code field } }
}`

/** Reads are retried here, so that a write that were retried would show. */
const retrying = { ...quickFuse, timeoutMs: 1_000, retries: 3, retryIntervalMs: 1, retryBudget: 1, breaker: { ...quickFuse.breaker, window: 50, minimumCalls: 50, openMs: 1_100 } }

const callsOf = async (system: LegacySystem, work: () => Promise<unknown>): Promise<number> => {
  const earlier = system.calls
  await work()
  return system.calls - earlier
}

const codesOf = (answer: { readonly errors: readonly { readonly extensions: Readonly<Record<string, unknown>> }[] }) =>
  answer.errors.map(({ extensions }) => extensions['code'])

for (const transport of transportNames) {
  for (const orders of ['rest', 'jsonrpc'] as const) {
    describe(`mutations with subgraphs ${transport} and orders over ${orders}`, () => {
      let hub: RunningHub
      let theirOrders: LegacySystem
      before(async () => {
        hub = await startRunningHub({ transport, orders, fuse: retrying })
        theirOrders = hub.demo.systems[orders === 'rest' ? 'orders' : 'orders-jsonrpc']
      })
      after(() => hub[Symbol.asyncDispose]())

      it('keep what the first one gave where the backend of the second one is dead', async () => {
        const orderId = nextOrder()
        const customerId = nextCustomer()
        await using _well = { [Symbol.asyncDispose]: () => hub.demo.systems.crm.setFault('off') }
        await hub.demo.systems.crm.setFault('refuse')
        const answer = await hub.ask(
          `mutation Both($refund: RequestRefundInput!, $note: AddCustomerNoteInput!) {
            requestRefund(input: $refund) { refundId order { id status } userErrors { code } }
            addCustomerNote(input: $note) { customer { id } userErrors { code } }
          }`,
          { variables: { refund: { orderId, reason: 'broken', idempotencyKey: `both-${orderId}` }, note: { customerId, text: 'called', idempotencyKey: `both-${customerId}` } } },
        )
        assert.match(String(valueAt(answer.data, 'requestRefund', 'refundId')), /^RF-2026-\d+$/)
        assert.deepEqual(valueAt(answer.data, 'requestRefund', 'order'), { id: orderId, status: 'REFUNDED' })
        assert.deepEqual(valueAt(answer.data, 'requestRefund', 'userErrors'), [])
        assert.equal(valueAt(answer.data, 'addCustomerNote'), null)
        assert.deepEqual(answer.errors.map(({ path }) => path), [['addCustomerNote']])
        const { requestId: _, ...said } = answer.errors[0]?.extensions ?? {}
        assert.deepEqual(said, { code: 'BACKEND_UNAVAILABLE', backend: 'crm', retryable: true })
      })

      it('give a refund once and the same answer for the same key', async () => {
        const input = { orderId: nextOrder(), reason: 'late', idempotencyKey: 'refund-again' }
        const first = await hub.ask(refund, { variables: { refund: input } })
        const again = await hub.ask(refund, { variables: { refund: input } })
        assert.deepEqual(first.errors, [])
        assert.match(String(valueAt(first.data, 'requestRefund', 'refundId')), /^RF-/)
        assert.deepEqual(again.data, first.data)
      })

      it('write a note once and give the same answer for the same key', async () => {
        const input = { customerId: nextCustomer(), text: '客户来电', idempotencyKey: 'note-again' }
        const first = await hub.ask(note, { variables: { note: input } })
        const again = await hub.ask(note, { variables: { note: input } })
        assert.deepEqual(first.errors, [])
        const notes = valueAt(first.data, 'addCustomerNote', 'customer', 'profile', 'notes')
        assert.ok(Array.isArray(notes))
        assert.deepEqual(notes.filter((one) => valueAt(one, 'text') === input.text), [{ text: input.text, author: 'agent-1' }])
        assert.deepEqual(again.data, first.data)
      })

      it('do not refund again where the first answer was lost on the way, and answer with the first refund', async () => {
        const input = { orderId: nextOrder(), reason: 'lost', idempotencyKey: 'refund-lost' }
        theirOrders.loseNextAnswer()
        const calls = await callsOf(theirOrders, async () => {
          const lost = await hub.ask('mutation Lost($refund: RequestRefundInput!) { requestRefund(input: $refund) { refundId } }', { variables: { refund: input } })
          assert.equal(valueAt(lost.data, 'requestRefund'), null)
          assert.deepEqual(codesOf(lost), ['BACKEND_UNAVAILABLE'])
        })
        assert.equal(calls, 1, 'a write was sent again without its caller')
        const again = await hub.ask(refund, { variables: { refund: input } })
        const third = await hub.ask(refund, { variables: { refund: input } })
        assert.match(String(valueAt(again.data, 'requestRefund', 'refundId')), /^RF-/)
        assert.deepEqual(valueAt(again.data, 'requestRefund', 'order'), { id: input.orderId, status: 'REFUNDED' })
        assert.deepEqual(third.data, again.data)
      })

      it('do not write a note again where the first answer was lost on the way', async () => {
        const input = { customerId: nextCustomer(), text: 'lost on the way', idempotencyKey: 'note-lost' }
        hub.demo.systems.crm.loseNextAnswer()
        const calls = await callsOf(hub.demo.systems.crm, async () => {
          const lost = await hub.ask('mutation Lost($note: AddCustomerNoteInput!) { addCustomerNote(input: $note) { userErrors { code } } }', { variables: { note: input } })
          assert.deepEqual(codesOf(lost), ['BACKEND_UNAVAILABLE'])
        })
        assert.equal(calls, 1, 'a write was sent again without its caller')
        const again = await hub.ask(note, { variables: { note: input } })
        const notes = valueAt(again.data, 'addCustomerNote', 'customer', 'profile', 'notes')
        assert.ok(Array.isArray(notes))
        assert.equal(notes.filter((one) => valueAt(one, 'text') === input.text).length, 1)
      })

      it('answer another request with a used key as an IDEMPOTENCY_CONFLICT', async () => {
        const input = { orderId: nextOrder(), reason: 'one', idempotencyKey: 'refund-conflict' }
        await hub.ask(refund, { variables: { refund: input } })
        const other = await hub.ask(refund, { variables: { refund: { ...input, reason: 'another' } } })
        assert.deepEqual(other.errors, [])
        assert.equal(valueAt(other.data, 'requestRefund', 'refundId'), null)
        assert.deepEqual(valueAt(other.data, 'requestRefund', 'userErrors'), [{ code: 'IDEMPOTENCY_CONFLICT', field: ['input', 'idempotencyKey'] }])

        const written = { customerId: nextCustomer(), text: 'one', idempotencyKey: 'note-conflict' }
        await hub.ask(note, { variables: { note: written } })
        const otherNote = await hub.ask(note, { variables: { note: { ...written, text: 'another' } } })
        assert.deepEqual(valueAt(otherNote.data, 'addCustomerNote', 'userErrors'), [{ code: 'IDEMPOTENCY_CONFLICT', field: ['input', 'idempotencyKey'] }])
      })

      it('make the reads after them fresh, whatever age the caller accepts', async () => {
        const headers = { 'cache-control': 'max-age=600' }
        const orderId = nextOrder()
        const { customerId } = company.orders.find(({ id }) => id === orderId) ?? assert.fail()
        const read = () =>
          hub.ask(
            `query Read($order: ID!, $customer: ID!) {
              order(id: $order) { status source { state } }
              customer(id: $customer) { orders(first: 100) { nodes { id status } } profile { notes { text } source { state } } }
            }`,
            { headers, variables: { order: orderId, customer: customerId } },
          )
        await read()
        const kept = await read()
        assert.deepEqual(valueAt(kept.data, 'order'), { status: 'DELIVERED', source: { state: 'CACHED' } })
        await hub.ask(refund, { headers, variables: { refund: { orderId, reason: 'fresh', idempotencyKey: `fresh-${orderId}` } } })
        await hub.ask(note, { headers, variables: { note: { customerId, text: 'fresh', idempotencyKey: `fresh-${customerId}` } } })
        const fresh = await read()
        assert.equal(valueAt(fresh.data, 'order', 'status'), 'REFUNDED')
        const nodes = valueAt(fresh.data, 'customer', 'orders', 'nodes')
        assert.ok(Array.isArray(nodes))
        assert.deepEqual(nodes.filter((one) => valueAt(one, 'id') === orderId), [{ id: orderId, status: 'REFUNDED' }])
        const notes = valueAt(fresh.data, 'customer', 'profile', 'notes')
        assert.ok(Array.isArray(notes) && notes.some((one) => valueAt(one, 'text') === 'fresh'))
      })
    })
  }
}
