import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/* Federation schemas made to be awkward: whatever a planner may ask of an executor is in one of them. */

export type Part = { readonly name: string; readonly sdl: string }

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@requires", "@provides", "@external", "@override", "@inaccessible", "@interfaceObject"])\n`

/** Throws where they do not compose. */
export const compose = (parts: readonly Part[]): string => {
  const { supergraphSdl, errors = [] } = composeServices(parts.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(link + sdl) })))
  if (supergraphSdl === undefined) throw new Error(errors.map(String).join('\n'))
  return supergraphSdl
}

/** Multiple, compound and nested keys; chains of `@requires`; `@provides`; `@override`; interfaces and unions of entities. */
const shop: readonly Part[] = [
  {
    name: 'products',
    sdl: `
      type Query { product(id: ID, sku: String = "s"): Product products(first: Int = 2): [Product!] items: [Item] search(text: String): [Found] top: Product! media: Media }
      type Mutation { rename(id: ID!, name: String!): Product addAll(names: [String!]): [Product] }
      interface Item { id: ID! title: String maker: Maker }
      interface Media { id: ID! length: Int }
      union Found = Book | Film | Shop
      interface Product { id: ID! name: String price: Int }
      type Book implements Item & Product & Media @key(fields: "id") @key(fields: "isbn edition") { id: ID! isbn: String! edition: Int! title: String name: String price: Int length: Int maker: Maker weight: Float @shareable kind: Kind! @override(from: "legacy") sequels: [Book!]! }
      type Film implements Item & Product & Media @key(fields: "id") { id: ID! title: String name: String! price: Int! length: Int maker: Maker kind: Kind tags: [String!] }
      type Shop @key(fields: "org { id country { code } }") { org: Org! name: String open: Boolean! }
      type Org { id: ID! country: Country! name: String @shareable }
      type Country { code: String! label: String @shareable }
      type Maker @key(fields: "id") { id: ID! name: String @shareable }
      enum Kind { PAPER SCREEN OTHER }`,
  },
  {
    name: 'stock',
    sdl: `
      type Query { stocked: [Book] warehouse(code: String): Warehouse }
      type Book @key(fields: "id") @key(fields: "isbn edition") { id: ID! isbn: String! edition: Int! weight: Float @external price: Int @external inStock(at: String = "here", express: Boolean): Int shipping: Int @requires(fields: "weight price") warehouse: Warehouse shelf: Shelf! }
      type Film @key(fields: "id") { id: ID! maker: Maker @external inStock: Int! label: String @requires(fields: "maker { id }") related: [[Film]] }
      type Maker @key(fields: "id") { id: ID! country: String name: String @shareable }
      type Warehouse @key(fields: "code") { code: String! capacity: Int! shelves: [Shelf] books: [Book!] @provides(fields: "weight") }
      type Shelf { row: Int! label: String }`,
  },
  {
    name: 'reviews',
    sdl: `
      type Query { latest(count: Int): [Review!]! reviewOf: Reviewed }
      type Mutation { review(text: String, stars: Int!): Review! }
      union Reviewed = Book | Film
      type Review @key(fields: "id") { id: ID! stars: Int! text: String of: Reviewed by: User! }
      type Book @key(fields: "id") { id: ID! shipping: Int @external reviews(first: Int): [Review!] rank: Int @requires(fields: "shipping") }
      type Film @key(fields: "id") { id: ID! reviews(first: Int): [Review!]! }
      type Shop @key(fields: "org { id country { code } }") { org: Org! rating: Float staff: [User] }
      type Org { id: ID! country: Country! }
      type Country { code: String! }
      type User @key(fields: "id") @key(fields: "login") { id: ID! login: String! name: String reviews: [Review] }`,
  },
  {
    name: 'legacy',
    sdl: `
      type Query { user(login: String!): User users: [[User!]] }
      type Book @key(fields: "id") { id: ID! kind: Kind! rank: Int @external verdict: Verdict @requires(fields: "rank") }
      type Verdict { score: Int! word: Kind of: User }
      type User @key(fields: "login") { login: String! age: Int email: String! friends: [User!]! bestFriend: User }
      enum Kind { PAPER SCREEN OTHER }`,
  },
]

/** `@interfaceObject`, `@inaccessible` types, fields and values, fields that only one subgraph's interface has. */
const hidden: readonly Part[] = [
  {
    name: 'accounts',
    sdl: `
      type Query { account(id: ID!): Account accounts: [Account!] me: Person secret: Secret @inaccessible any: [Anything!] node: Node }
      interface Node { id: ID! }
      interface Account @key(fields: "id") { id: ID! name: String level: Level }
      type Person implements Account & Node @key(fields: "id") { id: ID! name: String level: Level! boss: Person }
      type Company implements Account & Node @key(fields: "id") { id: ID! name: String level: Level people: [Person]! }
      type Robot implements Account & Node @key(fields: "id") @inaccessible { id: ID! name: String level: Level }
      union Anything = Person | Company
      type Secret @inaccessible { id: ID! }
      enum Level { LOW HIGH SECRET @inaccessible }`,
  },
  {
    name: 'billing',
    sdl: `
      type Query { debtors: [Account!]! invoice(no: Int): Invoice }
      type Mutation { pay(no: Int!): Invoice }
      type Account @key(fields: "id") @interfaceObject { id: ID! balance: Int! invoices(open: Boolean): [Invoice!] }
      type Invoice @key(fields: "no") { no: Int! amount: Float! of: Account internal: String @inaccessible state: State }
      enum State { OPEN PAID LOST @inaccessible }`,
  },
  {
    name: 'audit',
    sdl: `
      type Query { log: [Entry] audited: Account }
      type Account @key(fields: "id") @interfaceObject { id: ID! events: [Entry!]! lastSeen: String }
      type Invoice @key(fields: "no") { no: Int! amount: Float! @external trail: [Entry] @requires(fields: "amount") }
      type Entry { at: String! what: String who: Account }`,
  },
]

/** Lists of lists of entities, scalars of their own, names that mean something in JavaScript, the root within the answer. */
const nested: readonly Part[] = [
  {
    name: 'grid',
    sdl: `
      scalar JSON
      type Query { grid: [[Cell!]!] cells(of: [ID!]): [[Cell]!]! cube: [[[Cell]]] root: Query constructor: Odd odds: [Odd!] json: JSON jsons: [JSON!] }
      type Cell @key(fields: "x y") { x: Int! y: Int! value: Int neighbours: [[Cell!]] meta: JSON box: Box! }
      type Box @key(fields: "id") @key(fields: "cell { x y }") { id: ID! cell: Cell! }
      interface Shape { id: ID! area: Float }
      type Odd implements Shape @key(fields: "id") { id: ID! area: Float toString: String valueOf: Int hasOwnProperty: Odd isPrototypeOf: [Odd] }
      type Even implements Shape @key(fields: "id") { id: ID! area: Float! }`,
  },
  {
    name: 'paint',
    sdl: `
      scalar JSON
      type Query { painted: [Cell!] }
      type Cell @key(fields: "x y") { x: Int! y: Int! value: Int @external colour: Colour shade: Int @requires(fields: "value") tags: [[String!]] }
      type Box @key(fields: "id") { id: ID! colours: [Colour!]! inside: [Box] }
      type Odd @key(fields: "id") { id: ID! constructor: String colour: Colour! same: Odd mood: JSON }
      type Even @key(fields: "id") { id: ID! colour: Colour }
      enum Colour { RED GREEN BLUE }`,
  },
]

export const awkwardSchemas: Readonly<Record<string, () => string>> = { shop: () => compose(shop), hidden: () => compose(hidden), nested: () => compose(nested) }
