import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { getNamedType, isCompositeType, isObjectType, parse } from 'graphql'
import type { GraphQLSchema } from 'graphql'
import { request } from 'undici'
import { z } from 'zod'
import { foundCompany } from '../../demo/company.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { allowedFields } from '../../subgraphs/allow.ts'
import type { AllowedField } from '../../subgraphs/allow.ts'
import type { Role } from '../../subgraphs/context.ts'
import { subgraphModules } from '../../subgraphs/index.ts'
import { openDatabase } from '../../prisma/client.ts'
import type { Database } from '../../prisma/client.ts'
import { openChatStore } from '../../subgraphs/chat/backend.prisma.ts'
import { openInternalSigner } from '../../subgraphs/internal.ts'
import { strict, valueAt } from '../kit/asking.ts'
import type { Answer } from '../kit/asking.ts'
import { find } from '../kit/customer-360.ts'
import { databases, quiet } from '../kit/databases.ts'
import { startRunningHub, transportNames } from '../kit/running-hub.ts'
import type { RunningHub } from '../kit/running-hub.ts'
import { openAcknowledged } from '../kit/socket-client.ts'

const company = foundCompany()
const roles = { VISITOR: 'visitor', AGENT: 'agent', ANALYST: 'analyst', ADMIN: 'admin' } as const satisfies Record<Role, TokenClaims['role']>
const roleNames = ['VISITOR', 'AGENT', 'ANALYST', 'ADMIN'] as const

/** How each root field is asked here; one that is missing fails its test. What may do harm names nothing that exists. */
const samples: Readonly<Record<string, string>> = {
  'Query.customer': '{ customer(id: "C-1001") { id } }',
  'Query.customers': '{ customers(search: "a", first: 1) { nodes { id } } }',
  'Query.order': '{ order(id: "SO-2026-000001") { id } }',
  'Query.orders': '{ orders(first: 1) { nodes { id } } }',
  'Query.shipment': '{ shipment(id: "nope") { id } }',
  'Query.trackShipment': '{ trackShipment(trackingNumber: "nope") { id } }',
  'Query.article': '{ article(id: "confluence:98311") { id } }',
  'Query.searchKnowledge': '{ searchKnowledge(text: "") { hits { score } } }',
  'Query.knowledgeSources': '{ knowledgeSources { name } }',
  'Query.citationNotices': '{ citationNotices { id } }',
  'Query.fuses': '{ fuses { id } }',
  'Query.me': '{ me { id } }',
  'Query.conversation': '{ conversation(id: "nope") { id } }',
  'Query.conversations': '{ conversations(first: 1) { nodes { id } } }',
  'Query.inboxCounts': '{ inboxCounts { waiting } }',
  'Query.agents': '{ agents { id } }',
  'Query.routingDecision': '{ routingDecision(text: "hello") { id } }',
  'Query.departments': '{ departments { path } }',
  'Query.simulateRoutes': '{ simulateRoutes(rules: "default: a\\ndepartments: { a: {} }", texts: []) { text } }',
  'Query.cannedReplies': '{ cannedReplies { id } }',
  'Mutation.startConversation': 'mutation { startConversation(input: { body: "", clientMessageId: "rights" }) { deduplicated } }',
  'Mutation.sendMessage': 'mutation { sendMessage(input: { conversationId: "nope", clientMessageId: "rights", body: "b" }) { deduplicated } }',
  'Mutation.setTyping': 'mutation { setTyping(conversationId: "nope", typing: false) }',
  'Mutation.markRead': 'mutation { markRead(conversationId: "nope", position: 1) { conversation { id } } }',
  'Mutation.acceptConversation': 'mutation { acceptConversation(id: "nope") { conversation { id } } }',
  'Mutation.transferConversation': 'mutation { transferConversation(input: { conversationId: "nope", reason: "r" }) { conversation { id } } }',
  'Mutation.closeConversation': 'mutation { closeConversation(id: "nope") { conversation { id } } }',
  'Mutation.reopenConversation': 'mutation { reopenConversation(id: "nope") { conversation { id } } }',
  'Mutation.rateConversation': 'mutation { rateConversation(id: "nope", score: 1) { conversation { id } } }',
  'Mutation.addLabels': 'mutation { addLabels(conversationId: "nope", labels: []) { conversation { id } } }',
  'Mutation.removeLabels': 'mutation { removeLabels(conversationId: "nope", labels: []) { conversation { id } } }',
  'Mutation.setAvailability': 'mutation { setAvailability(availability: AWAY) { id } }',
  'Mutation.saveCannedReply': 'mutation { saveCannedReply(input: { shortcut: "", body: "b" }) { cannedReply { id } } }',
  'Mutation.requestRefund': 'mutation { requestRefund(input: { orderId: "nope", reason: "r", idempotencyKey: "rights" }) { refundId } }',
  'Mutation.addCustomerNote': 'mutation { addCustomerNote(input: { customerId: "nope", text: "t", idempotencyKey: "rights" }) { customer { id } } }',
  'Mutation.tryFuse': 'mutation { tryFuse(id: "nope") { id } }',
  'Mutation.holdFuse': 'mutation { holdFuse(id: "nope", reason: "r", forMs: 1) { id } }',
  'Mutation.releaseFuse': 'mutation { releaseFuse(id: "nope") { id } }',
  'Mutation.injectFault': 'mutation { injectFault(backend: "nope", fault: OFF) }',
  'Mutation.citeArticle': 'mutation { citeArticle(conversationId: "nope", articleId: "nope") { citation { id } } }',
  'Mutation.dismissCitationNotice': 'mutation { dismissCitationNotice(id: "nope") { citation { id } } }',
  'Subscription.fuseChanged': 'subscription { fuseChanged { id } }',
  'Subscription.citationNoticed': 'subscription { citationNoticed { id } }',
  'Subscription.conversationEvents': 'subscription { conversationEvents(conversationId: "nope") { __typename } }',
  'Subscription.inboxEvents': 'subscription { inboxEvents { __typename } }',
}

const subgraphs = subgraphModules.map(({ name, sdl }) => ({ name, schema: buildSubgraphSchema(parse(sdl)) }))
/** The one root field that is for everybody gives them a token, and is in the tests of the chat. */
const isRoot = ({ type, roles: allowed }: AllowedField) => ['Query', 'Mutation', 'Subscription'].includes(type) && allowed !== null
const roots = subgraphs.flatMap(({ schema }) => allowedFields(schema).filter(isRoot))

/** Fields of entities, which the gateway asks for through `_entities`. */
const entityFields = subgraphs.flatMap(({ name, schema }) =>
  allowedFields(schema).filter((one) => !isRoot(one) && isEntity(schema, one.type)).map((one) => ({ ...one, name, ask: selectionOf(schema, one) })),
)

function isEntity(schema: GraphQLSchema, name: string): boolean {
  return schema.getType(name)?.astNode?.directives?.some((directive) => directive.name.value === 'key') === true
}

function selectionOf(schema: GraphQLSchema, { type, field }: AllowedField): string {
  const owner = schema.getType(type)
  const definition = isObjectType(owner) ? owner.getFields()[field] : undefined
  return definition && isCompositeType(getNamedType(definition.type)) ? `${field} { __typename }` : field
}

const conversationId = randomUUID()

/** The key of an entity of each type that exists, and that no visitor is. */
const representatives: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Customer: { id: 'C-1002' }, Order: { id: company.orders[0]?.id ?? '' }, Shipment: { id: company.shipments[0]?.id ?? '' },
  Article: { id: `confluence:${company.articles[0]?.id ?? 0}` }, Conversation: { id: conversationId }, Visitor: { id: 'visitor-2' }, Agent: { id: 'agent-2' }, Department: { path: 'support' },
}

/** What is nobody's own. */
const everybodys = new Set(['Agent', 'Department'])

/** A conversation of somebody else's in `support`, and an agent. */
const fillDatabase = async (database: Database): Promise<void> => {
  await using store = openChatStore({ database, instance: 'rights' })
  const visitor = { id: 'visitor-2', name: 'visitor-2', verified: true }
  await store.meetAgents([{ id: 'agent-2', name: 'agent-2', departments: ['support'], tokenAt: 0 }])
  await store.write({
    kind: 'start', by: { kind: 'VISITOR', id: visitor.id, name: visitor.name }, scope: { kind: 'own', visitorId: visitor.id }, isAdmin: false,
    ...{ conversationId, visitor, customerId: 'C-1002', orderId: null, departmentPath: 'support', chosenPath: null, subject: null, body: 'help', note: null },
    ...{ messageId: randomUUID(), clientMessageId: 'first', fingerprint: 'first' },
  })
}

/** The codes of the first thing that a subscription says, be it an event or that it is refused. */
const firstCodesOf = async (hub: RunningHub, query: string, as: TokenClaims): Promise<readonly unknown[]> => {
  await using raw = await openAcknowledged(hub.url, await hub.token(as))
  raw.send({ type: 'subscribe', id: '1', payload: { query } })
  const { type, payload } = await raw.next()
  const errors = type === 'error' ? payload : valueAt(payload, 'errors')
  return Array.isArray(errors) ? errors.map((error) => valueAt(error, 'extensions', 'code')) : []
}

const codesOf = ({ errors }: Pick<Answer, 'errors'>) => [...new Set(errors.map(({ extensions }) => extensions['code']))]

const everything = `query ($customer: ID!, $order: ID!, $shipment: ID!, $tracking: String!) {
  customer(id: $customer) { id known profile { name email phone tier notes { text } source { state } } orders(first: 5) { totalCount nodes { id known } } }
  order(id: $order) { __typename id known status statusText placedAt total { amount } lines { sku } customer { id known } shipments { id } source { state } }
  shipment(id: $shipment) { id trackingNumber carrier status events { place } order { id known } source { state } }
  trackShipment(trackingNumber: $tracking) { id status order { id } } }`

type Wanted = { readonly customer: string; readonly order: string; readonly shipment: string; readonly tracking: string }

const nobodys: Wanted = { customer: 'C-9999', order: 'SO-1999-000001', shipment: 'SH-1999-000001', tracking: 'NOSUCH0000001' }

/** Ids of one shipment, with its order and customer. */
const wantedOf = (at: number): Wanted => {
  const { id, orderId, customerId, trackingNumber } = company.shipments[at % company.shipments.length] ?? assert.fail('the company has no shipments')
  return { customer: customerId, order: orderId, shipment: id, tracking: trackingNumber }
}

/** An answer's text without what differs between any two requests, and with one set of ids in the place of another. */
const comparable = ({ text }: Answer, from: Wanted, to: Wanted = nobodys): string =>
  [[from.customer, to.customer], [from.order, to.order], [from.shipment, to.shipment], [from.tracking, to.tracking]].reduce(
    (changed, [one = '', other = '']) => changed.replaceAll(one, other), text.replaceAll(/"requestId":"[^"]*"/g, ''),
  )

/** Mulberry32: numbers that look random, and are the same for the same seed. */
const openChance = (seed: number) => {
  const state = { at: seed }
  return (below: number): number => {
    state.at = (state.at + 0x6d2b79f5) | 0
    const mixed = Math.imul(state.at ^ (state.at >>> 15), 1 | state.at)
    const again = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((again ^ (again >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

const seen = z.object({
  customer: z.object({ known: z.boolean(), orders: z.object({ nodes: z.array(z.object({ id: z.string(), known: z.boolean() })) }) }).nullable(),
  order: z.object({ known: z.boolean(), status: z.string().nullable(), customer: z.object({ id: z.string() }).nullable(), shipments: z.array(z.unknown()) }),
  shipment: z.object({ id: z.string() }).nullable(),
  trackShipment: z.object({ id: z.string() }).nullable(),
})

for (const transport of transportNames) {
  describe(`rights with subgraphs ${transport}`, () => {
    let hub: RunningHub
    before(async () => {
      hub = await startRunningHub({ transport })
    })
    after(() => hub[Symbol.asyncDispose]())

    for (const { type, field, roles: allowed } of roots) {
      it(`${type}.${field} is for ${[...(allowed ?? [])].join(', ')} and for nobody else`, async () => {
        const query = samples[`${type}.${field}`] ?? assert.fail('this test has no sample of it')
        for (const role of roleNames) {
          const as = { role: roles[role], name: `${roles[role]}-1` }
          if (type === 'Subscription') {
            assert.equal((await firstCodesOf(hub, query, as)).includes('FORBIDDEN'), !allowed?.has(role), role)
            continue
          }
          const answer = await hub.ask(query, { as })
          assert.equal(codesOf(answer).includes('FORBIDDEN'), !allowed?.has(role), `${role}: ${answer.text}`)
          if (!allowed?.has(role)) assert.deepEqual(answer.data, { [field]: null })
        }
      })
    }

    it('does not offer what is federation\'s own to clients', async () => {
      const { text } = await hub.ask('{ __schema { queryType { fields { name } } types { name } directives { name } } }')
      assert.doesNotMatch(text, /_entities|_service|"_Any"|"_Entity"|join__|"allow"/)
      for (const query of ['{ _service { sdl } }', '{ _entities(representations: []) { __typename } }']) {
        assert.deepEqual(codesOf(await hub.ask(query, { as: { role: 'admin', name: 'a' } })), ['GRAPHQL_VALIDATION_FAILED'])
      }
    })

    const visitor: TokenClaims = { role: 'visitor', name: 'visitor-1', customer: 'C-1001' }
    const others = company.shipments.findIndex(({ customerId }) => customerId !== 'C-1001')

    it('gives a visitor another\'s rows exactly as rows that do not exist', async () => {
      const theirs = wantedOf(others)
      const answer = await hub.ask(everything, { as: visitor, headers: strict, variables: theirs })
      const empty = await hub.ask(everything, { as: visitor, headers: strict, variables: nobodys })
      assert.equal(comparable(answer, theirs), comparable(empty, nobodys))
      const order = { __typename: 'Order', id: theirs.order, known: false, shipments: [] }
      const blank = { status: null, statusText: null, placedAt: null, total: null, lines: null, customer: null, source: null }
      assert.deepEqual(answer.data, { customer: null, order: { ...order, ...blank }, shipment: null, trackShipment: null })
      assert.deepEqual(answer.errors, [])
    })

    for (const name of ['orders', 'crm', 'logistics'] as const) {
      it(`keeps to that while ${name} fails`, async () => {
        await using _well = { [Symbol.asyncDispose]: async () => hub.demo.systems[name].setFault('off') }
        await hub.demo.systems[name].setFault('error')
        const both = `query ($theirs: ID!, $nobodys: ID!) { theirs: order(id: $theirs) { ...order } nobodys: order(id: $nobodys) { ...order } }
          fragment order on Order { known status customer { known } shipments { id } source { state } }`
        const theirs = wantedOf(others).order
        const { data, errors } = await hub.ask(both, { as: visitor, headers: strict, variables: { theirs, nobodys: nobodys.order } })
        const answered = z.strictObject({ theirs: z.unknown(), nobodys: z.unknown() }).parse(data)
        assert.deepEqual(answered.theirs, answered.nobodys)
        const lostOf = (alias: string) => errors.filter(({ path }) => path?.[0] === alias).map(({ message, extensions, path }) => [message, extensions['code'], path?.slice(1)])
        assert.deepEqual(lostOf('theirs'), lostOf('nobodys'))
      })
    }

    it('gives a visitor their own, without what agents write about them', async () => {
      const own = wantedOf(company.shipments.findIndex(({ customerId }) => customerId === 'C-1001'))
      const { data, errors } = await hub.ask(everything, { as: visitor, variables: own })
      const parsed = seen.parse(data)
      assert.deepEqual([parsed.customer?.known, parsed.order.known, parsed.shipment?.id, parsed.trackShipment?.id], [true, true, own.shipment, own.shipment])
      assert.deepEqual(errors.map(({ extensions, path }) => [extensions['code'], path]), [['FORBIDDEN', ['customer', 'profile', 'notes']]])
    })

    it('gives a visitor whom nobody knows nothing of anybody', async () => {
      const theirs = wantedOf(others)
      for (const as of [{ role: 'visitor', name: 'v' }, { role: 'visitor', name: 'C-1001' }, { role: 'visitor', name: 'v', customer: 'null' }] as const) {
        const answer = await hub.ask(everything, { as, headers: strict, variables: theirs })
        assert.equal(comparable(answer, theirs), comparable(await hub.ask(everything, { as, headers: strict, variables: nobodys }), nobodys))
      }
    })

    const seed = Math.floor(Math.random() * 2 ** 32)
    it(`says the same of whose something is at every entrance, for random callers and customers (seed ${seed})`, async () => {
      const chance = openChance(seed)
      for (let round = 0; round < 40; round += 1) {
        const wanted = wantedOf(chance(company.shipments.length))
        const stranger = company.customers[chance(company.customers.length)]?.id ?? ''
        const customer = chance(2) === 0 ? wanted.customer : stranger
        const role = chance(4) === 0 ? 'agent' : 'visitor'
        const maySee = role === 'agent' || customer === wanted.customer
        const { data, text } = await hub.ask(everything, { as: { role, name: 'x', customer }, headers: strict, variables: wanted })
        const what = `seed ${seed}, round ${round}: ${role} ${customer} asks for ${JSON.stringify(wanted)}: ${text}`
        const found = seen.parse(data)
        const entrances = [found.customer?.known ?? false, found.order.known, found.order.status !== null, found.shipment !== null, found.trackShipment !== null, found.order.shipments.length > 0]
        assert.deepEqual(entrances, entrances.map(() => maySee), what)
        assert.equal(found.order.customer?.id, maySee ? wanted.customer : undefined, what)
        for (const { id, known } of found.customer?.orders.nodes ?? []) assert.deepEqual([known, find(company.orders, id).customerId], [true, wanted.customer], what)
      }
    })
  })
}

describe('a subgraph of its own process, asked by the hub', () => {
  let hub: RunningHub
  const kept = new AsyncDisposableStack()
  before(async () => {
    const { settings } = kept.use(await databases.pglite.reserve())
    {
      await using database = openDatabase(settings, quiet)
      await fillDatabase(database)
    }
    hub = kept.use(await startRunningHub({ transport: 'http', database: settings }))
  })
  after(() => kept.disposeAsync())

  const entities = z.object({
    data: z.object({ _entities: z.array(z.record(z.string(), z.unknown()).nullable()) }).nullish(),
    errors: z.array(z.object({ extensions: z.looseObject({ code: z.string() }) })).default([]),
  })

  const askEntities = async (name: string, role: Role, type: string, selection: string, customerId: string | null = null) => {
    const token = openInternalSigner(hub.secrets.internal)({ id: 'x', name: 'x', role, departments: ['support'], customerId, verified: true, issuedAt: 0 })
    const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type} { ${selection} } } }`
    const { body } = await request(hub.subgraphUrls[name] ?? assert.fail(name), {
      method: 'POST', headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables: { r: [{ __typename: type, ...representatives[type] }] } }),
    })
    const { data, errors } = entities.parse(await body.json())
    return { entity: data?._entities[0] ?? null, codes: errors.map(({ extensions }) => extensions.code) }
  }

  for (const { name, type, field, roles: allowed, ask } of entityFields) {
    it(`${name} gives ${type}.${field} through _entities to ${[...(allowed ?? [])].join(', ')} and to nobody else`, async () => {
      for (const role of roleNames) {
        const { entity, codes } = await askEntities(name, role, type, ask)
        if (allowed?.has(role) === true && (role !== 'VISITOR' || everybodys.has(type))) {
          assert.deepEqual(codes, [], role)
          assert.ok(entity && field in entity, role)
        } else {
          // What is not this visitor's own is not there, whatever their role might have been allowed.
          assert.ok(entity === null || entity[field] === null || entity[field] === false || JSON.stringify(entity[field]) === '[]', `${role}: ${JSON.stringify(entity)}`)
          assert.ok(allowed?.has(role) === true || entity === null || codes.includes('FORBIDDEN'), role)
        }
      }
    })
  }

  it('gives a visitor their own customer through _entities, and no notes', async () => {
    assert.deepEqual(await askEntities('crm', 'VISITOR', 'Customer', 'known profile { notes { text } }', 'C-1002'), {
      entity: { known: true, profile: { notes: null } }, codes: ['FORBIDDEN'],
    })
    assert.deepEqual(await askEntities('crm', 'VISITOR', 'Customer', 'known', 'C-1001'), { entity: null, codes: [] })
  })
})
