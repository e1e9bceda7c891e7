import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse } from 'graphql'
import type { Logger } from 'pino'
import pino from 'pino'
import type { DoorContext } from '../../gateway/requests.ts'
import { openSupergraph } from '../../gateway/supergraph.ts'
import type { Supergraph } from '../../gateway/supergraph.ts'
import { openInProcess } from '../../gateway/transport.ts'
import type { Transport } from '../../gateway/transport.ts'
import { openExecutor } from '../../subgraphs/execution/executor.ts'
import { composeCompany, resolversOf, sdlOf, subgraphNames } from './company.ts'
import type { SubgraphName } from './company.ts'

/* Our execution of the company's operations, with nothing around it. */

const silent = pino({ level: 'silent' })

type SchemaModule = { readonly typeDefs: ReturnType<typeof parse>; readonly resolvers: ReturnType<typeof resolversOf> }
const moduleOf = (name: SubgraphName): SchemaModule => ({ typeDefs: parse(sdlOf(name, false)), resolvers: resolversOf(name) })
export const schemaOf = (name: SubgraphName) => buildSubgraphSchema([Object.assign({}, moduleOf(name))])

/** Every request another caller, so that nothing is coalesced. */
export const nextContext = ((count) => (): DoorContext => {
  count.value += 1
  const id = `caller-${count.value}`
  return {
    caller: { id, name: id, role: 'AGENT', departments: [], customerId: null, verified: true, issuedAt: 0 },
    ...{ signal: new AbortController().signal, deadlineAt: Date.now() + 10_000, freshness: { maxAgeMs: 0, staleIfErrorMs: 0, onlyIfCached: false }, requestId: id, log: silent, listed: null },
  }
})({ value: 0 })

/** A subgraph with nothing around it, for our transport. */
export const openBare = (name: SubgraphName): Transport => {
  const schema = schemaOf(name)
  const execute = openExecutor(schema)
  return openInProcess({
    name, schema,
    execute: async ({ document, variables, operationName }, context) => ({ ...(await execute({ document, variableValues: variables, operationName, contextValue: context })), degraded: [] }),
    subscribe: () => Promise.reject(new Error('no subscriptions')),
    [Symbol.asyncDispose]: async () => undefined,
  })
}

/** Where each subgraph is, given where they all are. */
export const subgraphUrls = (remote = 'http://127.0.0.1:1') => (name: SubgraphName): string => `${remote}/${name}`

export type OpenOptions = {
  /** Whether every field is guarded. */
  readonly rights: boolean
  readonly open: (name: SubgraphName) => Transport
  readonly urlOf: (name: SubgraphName) => string
  readonly log: Logger
}

export const openSupergraphOf = ({ rights, open, urlOf, log }: OpenOptions): Supergraph =>
  openSupergraph({ supergraphSdl: composeCompany(rights, urlOf), transports: new Map(subgraphNames.map((name) => [name, open(name)])), traced: false, log })
