import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { after, before, describe, it } from 'node:test'
import type { TypedDocumentNode } from '@graphql-typed-document-node/core'
import { Kind, print } from 'graphql'
import type { DocumentNode } from 'graphql'
import { z } from 'zod'
import * as generated from '../../console/gql/graphql.ts'
import { foundCompany } from '../../demo/company.ts'
import { startRunningHub } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'

const manifestSchema = z.strictObject({
  format: z.literal('apollo-persisted-query-manifest'),
  version: z.literal(1),
  operations: z.array(z.strictObject({ id: z.string(), name: z.string(), type: z.enum(['query', 'mutation', 'subscription']), body: z.string() })),
})

const operationOf = ({ definitions }: DocumentNode) => definitions.find((one) => one.kind === Kind.OPERATION_DEFINITION)

const documents = Object.values<DocumentNode>(generated).filter((document) => operationOf(document) !== undefined)

describe("the console's operations", () => {
  let manifest: z.infer<typeof manifestSchema> = { format: 'apollo-persisted-query-manifest', version: 1, operations: [] }
  before(async () => {
    const text = await readFile(new URL('../../console/operations.json', import.meta.url), 'utf8')
    manifest = manifestSchema.parse(JSON.parse(text))
  })

  it('are in the manifest by the SHA-256 of their text', () => {
    assert.ok(manifest.operations.length >= 10)
    for (const { id, body } of manifest.operations) assert.equal(id, createHash('sha256').update(body).digest('hex'))
  })

  it('are in it in the very words that a client prints its document in', () => {
    const printed = documents.map((document) => ({ name: operationOf(document)?.name?.value, type: operationOf(document)?.operation, body: print(document) }))
    const listed = manifest.operations.map(({ name, type, body }) => ({ name, type, body }))
    assert.deepEqual(listed, printed.toSorted((a, b) => (String(a.name) < String(b.name) ? -1 : 1)))
  })

  it('ask for __typename in every selection, so that no cache changes their text', () => {
    for (const { name, type, body } of manifest.operations) {
      // A subscription has one root field, and no other beside it.
      const without = type === 'subscription' ? 1 : 0
      assert.equal(body.match(/\{$/gm)?.length, (body.match(/^\s*__typename$/gm)?.length ?? 0) + without, name)
    }
  })
})

/** What a frontend does: the types of the answer and of the variables are the document's. */
const askTyped = async <TData, TVariables>(hub: RunningHub, document: TypedDocumentNode<TData, TVariables>, variables: TVariables): Promise<TData> => {
  const token = await hub.token({ role: 'admin', name: 'admin-1' })
  const response = await fetch(hub.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: print(document), variables }),
  })
  const isAnswer = (body: unknown): body is { readonly data: TData } => typeof body === 'object' && body !== null && 'data' in body && !('errors' in body)
  const body: unknown = await response.json()
  if (!isAnswer(body)) throw new Error(JSON.stringify(body))
  return body.data
}

describe('a generated document', () => {
  let hub: RunningHub
  before(async () => { hub = await startRunningHub({ transport: 'in-process' }) })
  after(() => hub[Symbol.asyncDispose]())

  it('gives a customer as its types say', async () => {
    const { customer } = await askTyped(hub, generated.Customer360Document, { id: 'C-1001', orders: 2 })
    const tier: generated.CustomerTier | undefined = customer?.profile?.tier
    const ids: readonly (string | undefined)[] | undefined = customer?.orders?.nodes.map((order) => order?.id)
    assert.deepEqual([customer?.__typename, customer?.known, typeof tier, ids?.length], ['Customer', true, 'string', 2])
    // @ts-expect-error a customer is found by its id
    await assert.rejects(askTyped(hub, generated.Customer360Document, { name: 'C-1001' }), /BAD_USER_INPUT/)
  })

  it('gives the order that a list of orders names', async () => {
    const { orders } = await askTyped(hub, generated.FindOrdersDocument, { customerId: 'C-1001', first: 1 })
    const id = orders?.nodes[0]?.id ?? ''
    const { order } = await askTyped(hub, generated.OrderDetailsDocument, { id })
    assert.deepEqual([order?.id, order?.known, order?.customer?.id], [id, true, 'C-1001'])
    assert.ok((order?.lines?.length ?? 0) > 0)
  })

  it('finds customers, and adds a note to one', async () => {
    const { customers } = await askTyped(hub, generated.FindCustomersDocument, { search: 'a', first: 1 })
    const customerId = customers?.nodes[0]?.id ?? ''
    const input = { customerId, text: 'called back', idempotencyKey: 'console-note-1' }
    const { addCustomerNote } = await askTyped(hub, generated.AddCustomerNoteDocument, { input })
    assert.deepEqual(addCustomerNote?.userErrors, [])
    assert.ok(addCustomerNote.customer?.profile?.notes?.some(({ text }) => text === 'called back'))
  })

  it('shows an article with where it came from', async () => {
    const id = `confluence:${foundCompany().articles[0]?.id ?? 0}`
    const { article } = await askTyped(hub, generated.ArticleDocument, { id })
    assert.deepEqual([article?.id, article?.source.backend, article?.source.state], [id, 'confluence', 'LIVE'])
  })

  it('asks for a refund, and is told what is wrong with it', async () => {
    const input = { orderId: 'SO-none', reason: 'broken', idempotencyKey: 'console-refund-1' }
    const { requestRefund } = await askTyped(hub, generated.RequestRefundDocument, { input })
    assert.deepEqual(requestRefund?.userErrors.map(({ code }) => code), ['NOT_FOUND'])
  })

  it('holds, releases and tries a fuse of the board', async () => {
    const { fuses } = await askTyped(hub, generated.FuseBoardDocument, {})
    const id = fuses?.find(({ backend }) => backend === 'crm')?.id ?? ''
    const { holdFuse } = await askTyped(hub, generated.HoldFuseDocument, { id, reason: 'maintenance', forMs: 60_000 })
    const { releaseFuse } = await askTyped(hub, generated.ReleaseFuseDocument, { id })
    const { tryFuse } = await askTyped(hub, generated.TryFuseDocument, { id })
    assert.equal(holdFuse?.state, 'OPEN')
    assert.deepEqual([releaseFuse?.id, releaseFuse?.heldUntil, tryFuse?.id], [id, null, id])
  })
})
