import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import type { Fuse } from '../../fuse/fuse.ts'
import type { CallOptions } from '../../fuse/call.ts'

/* A company in memory behind five subgraphs, and three queries of it: what is compared is the gateway, so that the subgraphs do next to nothing. */

const link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@composeDirective"])\n'
const allowing = `extend schema @link(url: "https://fuseboard.dev/allow/v1.0", import: ["@allow"]) @composeDirective(name: "@allow")
directive @allow(roles: [Role!]!) on FIELD_DEFINITION | OBJECT
enum Role { VISITOR AGENT ANALYST ADMIN }
scalar DateTime
`

/** `@allow` stands where `%` does, if rights are looked at at all. */
const schemas = {
  customers: 'type Query { customer(id: ID!): Customer % } type Customer @key(fields: "id") % { id: ID! name: String email: String city: String }',
  orders: `type Query { order(id: ID!): Order % } type Customer @key(fields: "id") % { id: ID! orders(first: Int!): [Order!] }
    type Order @key(fields: "id") % { id: ID! status: String total: Float placedAt: String note: String lines: [Line!] } type Line { sku: String title: String quantity: Int price: Float }`,
  shipments: `type Order @key(fields: "id") % { id: ID! shipments: [Shipment!] } type Shipment { id: ID! carrier: String status: String trackingNumber: String events: [Event!] }
    type Event { at: String place: String text: String }`,
  profiles: 'type Customer @key(fields: "id") % { id: ID! profile: Profile } type Profile { tier: String since: String phone: String languages: [String!] }',
  ratings: 'type Order @key(fields: "id") % { id: ID! rating: Rating } type Rating { stars: Int text: String }',
} as const

export type SubgraphName = keyof typeof schemas
export const subgraphNames = ['customers', 'orders', 'shipments', 'profiles', 'ratings'] as const satisfies readonly SubgraphName[]

export const sdlOf = (name: SubgraphName, rights: boolean): string =>
  `${link}${rights ? allowing : ''}${schemas[name].replaceAll('%', rights ? '@allow(roles: [AGENT])' : '')}`

export const composeCompany = (rights: boolean, urlOf: (name: SubgraphName) => string): string => {
  const { supergraphSdl, errors = [] } = composeServices(subgraphNames.map((name) => ({ name, url: urlOf(name), typeDefs: parse(sdlOf(name, rights)) })))
  if (supergraphSdl === undefined) throw new Error(errors.map(String).join('\n'))
  return supergraphSdl
}

const customers = 40
/** As many make an answer of 300 KB. */
const ordersEach = 260

export const customerIds: readonly string[] = Array.from({ length: customers }, (_, index) => `C-${1_000 + index}`)

const eventsOf = (id: string) =>
  Array.from({ length: 5 }, (_, index) => ({ at: `2026-11-${10 + index}T06:05:09.000Z`, place: `hub ${index} of ${id}`, text: 'the parcel has left for the next hub on its way' }))

const makeOrder = (customer: string, index: number) => {
  const id = `${customer}-${index}`
  return {
    ...{ id, status: 'SHIPPED', total: 129.5 + index, placedAt: '2026-11-03T06:05:09.000Z', note: 'to be left at the door of the neighbour, please' },
    lines: Array.from({ length: 3 }, (_, line) => ({ sku: `SKU-${line}`, title: 'an aluminium stand for a laptop', quantity: line + 1, price: 39.9 })),
    shipments: [{ id: `S-${id}`, carrier: 'ZTO', status: 'IN_TRANSIT', trackingNumber: `ZTO${index}`, events: eventsOf(id) }],
    rating: { stars: index % 5, text: 'as it was described, and in good time' },
  }
}

type Order = ReturnType<typeof makeOrder>

const allOrders = new Map<string, readonly Order[]>()
const byId = new Map<string, Order>()
/** One whose orders are as many as are ever asked for at once. */
export const largestCustomer = { id: 'C-largest', orders: 10_000 } as const

for (const customer of [...customerIds, largestCustomer.id]) {
  const own = Array.from({ length: customer === largestCustomer.id ? largestCustomer.orders : ordersEach }, (_, index) => makeOrder(customer, index))
  allOrders.set(customer, own)
  for (const order of own) byId.set(order.id, order)
}

type Ref = { readonly id: string }
type Loading = { load(id: string): PromiseLike<unknown> }
type Context = { readonly loaders?: Loading }

/** A row by its id, as a subgraph reads it once for each entity. With loaders it comes through them and a fuse. */
const through =
  <T>(read: (id: string) => T) =>
  ({ id }: Ref, { loaders }: Context) =>
    loaders ? loaders.load(id).then(() => read(id)) : read(id)

const readCustomer = through((id) => ({ id, name: `the name of ${id}`, email: `${id}@example.com`, city: 'Shanghai' }))
const readOrders = through((id) => allOrders.get(id) ?? [])
const readOrder = through((id) => byId.get(id) ?? null)
const readProfile = through((id) => ({ id, profile: { tier: 'GOLD', since: '2021-03-08', phone: '+86 138 0013 8000', languages: ['zh', 'en'] } }))

export const resolversOf = (name: SubgraphName) => {
  switch (name) {
    case 'customers':
      return { Query: { customer: (_: unknown, ref: Ref, context: Context) => readCustomer(ref, context) }, Customer: { __resolveReference: readCustomer } }
    case 'orders':
      return {
        Query: { order: (_: unknown, ref: Ref, context: Context) => readOrder(ref, context) },
        Customer: { orders: async (ref: Ref, { first }: { first: number }, context: Context) => (await readOrders(ref, context)).slice(0, first) },
        Order: { __resolveReference: readOrder },
      }
    case 'shipments':
    case 'ratings':
      return { Order: { __resolveReference: readOrder } }
    case 'profiles':
      return { Customer: { __resolveReference: readProfile } }
  }
}

/** What reads an id for a subgraph: a batch through a fuse. */
export const fuseIds = (fuse: Fuse) => fuse.batch<string, string>('row', async (ids: readonly string[], _: CallOptions) => ids)

const order = 'id status total placedAt note lines { sku title quantity price }'
const shipments = 'shipments { id carrier status trackingNumber events { at place text } }'

/** By the number of fetches that they take and about the size of their answers. */
export const queries = {
  small: `query Small($id: ID!) { customer(id: $id) { id name orders(first: 5) { ${order} } } }`,
  customer360: `query Customer360($id: ID!) { customer(id: $id) { id name email city orders(first: 25) { ${order} ${shipments} } } }`,
  wide: `query Wide($id: ID!) { customer(id: $id) { id name email city profile { tier since phone languages } orders(first: ${ordersEach}) { ${order} ${shipments} rating { stars text } } } }`,
} as const

export type QueryName = keyof typeof queries
