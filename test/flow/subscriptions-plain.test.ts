import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { getOperationAST, parse } from 'graphql'
import pino from 'pino'
import { openCompiledJoins } from '../../gateway/joining.ts'
import { openPlanning } from '../../gateway/planning.ts'
import { openSubscriptions } from '../../gateway/subscriptions.ts'
import { openSupergraph } from '../../gateway/supergraph.ts'
import { openInProcess } from '../../gateway/transport.ts'
import { defineSubgraph } from '../../subgraphs/define.ts'
import { composeSmall, preamble } from '../kit/small-hub.ts'
import { openTalk } from '../kit/talk.ts'

/* Where a subscription needs its owner alone, the owner's answer goes out as it is: it is the same, to the letter, as what the executor of queries makes of it. */

const log = pino({ level: 'silent' })
const talk = openTalk()
const sdl = composeSmall(talk.subgraphs)
const transports = new Map(talk.subgraphs.map(({ name, sdl: own, resolvers }) => [name, openInProcess(defineSubgraph({ name, sdl: preamble + own, resolvers, openLoaders: () => ({}) }))]))
const supergraph = openSupergraph({ supergraphSdl: sdl, transports, traced: false, log })
await supergraph.load({})
const subscriptions = openSubscriptions({ transports, budgetMs: () => 5_000, tracer: null, log })
/** A supergraph that hides something is not answered by the owner alone; where the word stands does not matter. */
const planningOf = (supergraphSdl: string) => openPlanning({ supergraphSdl, openJoins: openCompiledJoins(supergraph.ask) })
const [plain, full] = [planningOf(sdl), planningOf(`# @inaccessible\n${sdl}`)]

const answerOf = async (planning: typeof plain, query: string, variables: Readonly<Record<string, unknown>>, text: string): Promise<string> => {
  const document = parse(query)
  const operation = getOperationAST(document) ?? assert.fail('no operation')
  const planned = planning.plan(document, operation)
  assert.equal(planned.joins === null, planning === plain)
  const caller = { id: 'a', name: 'a', role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 } as const
  const listening = { planned, variables: { room: 'r', ...variables }, caller, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }, requestId: 'request-1', operation: 1 }
  const source = await subscriptions.subscribe(listening)
  talk.say('r', text)
  const next = await source.next()
  await source.return()
  assert.ok(next.done !== true)
  return subscriptions.answer(listening, next.value).text
}

const queries: readonly (readonly [query: string, variables?: Readonly<Record<string, unknown>>])[] = [
  ['subscription ($room: ID!) { said(room: $room) { text } }'],
  ['subscription ($room: ID!) { x: said(room: $room) { __typename b: text a: text text author { __typename id } } }'],
  ['subscription ($room: ID!) { said(room: $room) { shout text } }'],
  ['subscription ($room: ID!) { said(room: $room) { text ...F ... on Said { again shout } } } fragment F on Said { two: again(times: 2) author { key: id } }'],
  ['subscription ($room: ID!, $n: Int, $no: Boolean = true) { said(room: $room) { again(times: $n) text @skip(if: $no) shout @include(if: $no) } }'],
  ['subscription ($room: ID!, $n: Int, $no: Boolean = true) { said(room: $room) { again(times: $n) text @skip(if: $no) shout @include(if: $no) } }', { n: 3, no: false }],
  ['subscription ($room: ID!) { said(room: $room) { __proto__: text constructor: shout toString: again } }'],
  ['subscription ($room: ID!) { said(room: $room) { about { ... on Note { text kind: __typename } ... on Person { id } } } }'],
  ['subscription ($room: ID!) { said(room: $room) { about { ...N __typename } } } fragment N on Note { loud text }'],
  ['subscription A($room: ID!) { said(room: $room) { author { id id: id } mine } }', { unused: 1 }],
]

describe('a subscription that its owner answers alone', () => {
  for (const [query, variables = {}] of queries) {
    it(`has the answer that the executor makes: ${query.slice(0, 90)} ${JSON.stringify(variables)}`, async () => {
      for (const text of ['hello', 'quiet']) {
        assert.equal(await answerOf(plain, query, variables, text), await answerOf(full, query, variables, text))
      }
    })
  }
})
