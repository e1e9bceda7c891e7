import type { Server } from 'node:http'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import pino from 'pino'
import type { Logger } from 'pino'
import { openAuthenticate } from '../../gateway/caller.ts'
import { configSchema } from '../../gateway/config-schema.ts'
import { openHttpDoor } from '../../gateway/http-door.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { openPersistedOperations } from '../../gateway/persisted-operations.ts'
import { openSocketDoor } from '../../gateway/socket-door.ts'
import type { SocketDoor } from '../../gateway/socket-door.ts'
import { openSupergraph } from '../../gateway/supergraph.ts'
import type { ExecutorName, Supergraph } from '../../gateway/supergraph.ts'
import { signToken } from '../../gateway/token-signing.ts'
import type { TokenClaims } from '../../gateway/token-signing.ts'
import { openInProcess, openOverHttp } from '../../gateway/transport.ts'
import type { Transport } from '../../gateway/transport.ts'
import { defineSubgraph } from '../../subgraphs/define.ts'
import type { Subgraph } from '../../subgraphs/define.ts'
import { openInternalSigner, openInternalVerifier } from '../../subgraphs/internal.ts'
import { serveSubgraph } from '../../subgraphs/serve.ts'
import { openAsk } from './asking.ts'
import type { Ask } from './asking.ts'
import type { TransportName } from './running-hub.ts'

const secret = 'the secret of the tests, long enough for HS256'
const internal = 'the internal secret of the tests, of 32 bytes'

/** What every small schema begins with. */
export const preamble = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@composeDirective"])
  @link(url: "https://fuseboard.dev/allow/v1.0", import: ["@allow"])
  @link(url: "https://fuseboard.dev/personal/v1.0", import: ["@personal"])
  @composeDirective(name: "@allow")
  @composeDirective(name: "@personal")
scalar DateTime
directive @allow(roles: [Role!]!) on FIELD_DEFINITION | OBJECT
directive @personal on FIELD_DEFINITION
enum Role { VISITOR AGENT ANALYST ADMIN }
`

type Resolvers = Parameters<typeof defineSubgraph>[0]['resolvers']

export type SmallSubgraph = { readonly name: string; readonly sdl: string; readonly resolvers: Resolvers; readonly close?: () => Promise<void> }

/** A gateway with both doors, in front of subgraphs that a test makes itself. */
export type SmallHub = AsyncDisposable & {
  readonly url: string
  readonly ask: Ask
  readonly door: SocketDoor
  readonly supergraph: Supergraph
  readonly supergraphSdl: string
  readonly logged: readonly string[]
  token(claims?: TokenClaims, ttl?: string): Promise<string>
  /** The value of a metric without labels, or with these. */
  metric(series: string): Promise<number>
  /** Ends the process of one subgraph, so to say; over HTTP alone. */
  endSubgraph(name: string): Promise<void>
  /** Ends the sockets alone, as SIGTERM does. */
  drain(): Promise<void>
}

export type SmallHubOptions = {
  readonly transport?: TransportName
  readonly sockets?: object
  readonly limits?: object
  readonly persisted?: ReturnType<typeof openPersistedOperations>
  readonly executor?: ExecutorName
}

export const composeSmall = (subgraphs: readonly SmallSubgraph[]): string => {
  const { supergraphSdl, errors = [] } = composeServices(subgraphs.map(({ name, sdl }) => ({ name, url: `http://${name}.invalid`, typeDefs: parse(preamble + sdl) })))
  if (supergraphSdl === undefined) throw new Error(errors.map(String).join('\n'))
  return supergraphSdl
}

type Opened = { readonly transport: Transport; readonly end: () => Promise<void> }

const openTransport = async (subgraph: Subgraph, log: Logger, over: TransportName): Promise<Opened> => {
  if (over === 'in-process') return { transport: openInProcess(subgraph), end: async () => {} }
  const fuses = { listFuses: async () => [], command: async () => null }
  const served = await serveSubgraph({ subgraph, verify: openInternalVerifier(internal), fuses, tracer: null, log, host: '127.0.0.1', port: 0, bodyBytes: 1_000_000 })
  const transport = openOverHttp({ name: subgraph.name, url: served.url, sign: openInternalSigner(internal) })
  const once = new AsyncDisposableStack()
  once.use(subgraph)
  once.use(served)
  return { transport: { ...transport, [Symbol.asyncDispose]: async () => { await transport[Symbol.asyncDispose](); await once.disposeAsync() } }, end: () => once.disposeAsync() }
}

export const startSmallHub = async (subgraphs: readonly SmallSubgraph[], opt: SmallHubOptions = {}): Promise<SmallHub> => {
  await using opening = new AsyncDisposableStack()
  const logged: string[] = []
  const log = pino({ level: 'info' }, { write: (line) => void logged.push(line) })
  const opened = new Map<string, Opened>()
  for (const { name, sdl, resolvers, close } of subgraphs) {
    const subgraph = defineSubgraph({ name, sdl: preamble + sdl, resolvers, openLoaders: () => ({}), ...(close ? { close } : {}) })
    const one = await openTransport(subgraph, log, opt.transport ?? 'in-process')
    opening.use(one.transport)
    opened.set(name, one)
  }
  const transports = new Map([...opened].map(([name, { transport }]) => [name, transport]))
  const { limits, sockets, freshness, auth } = configSchema.parse({ limits: opt.limits, sockets: opt.sockets })
  const persisted = opt.persisted ?? openPersistedOperations(new Map())
  const supergraphSdl = composeSmall(subgraphs)
  const supergraph = openSupergraph({ supergraphSdl, transports, traced: false, log, ...(opt.executor ? { executor: opt.executor } : {}) })
  const metrics = openMetrics()
  const authenticate = openAuthenticate({ secret, jwks: null, issuer: null, audience: auth.audience })
  const asked = { supergraph, authenticate, settings: () => ({ limits, freshness, persisted }), metrics, tracer: null, log }
  const http = opening.use(await openHttpDoor({ ...asked, registeredBytes: 100_000 }))
  const server: Server = http.app.server
  const door = openSocketDoor({ ...asked, server, requests: http.requests, transports, bounds: sockets })
  const doorAlone = new AsyncDisposableStack()
  doorAlone.use(door)
  opening.use(doorAlone)
  const url = `${await http.app.listen({ host: '127.0.0.1', port: 0 })}/graphql`
  const ask = opening.use(openAsk(url, secret))
  const all = opening.move()
  return {
    ...{ url, door, supergraph, supergraphSdl, logged, ask: ask.ask },
    token: (claims = { role: 'agent', name: 'agent-1', departments: ['support'] }, ttl = '1h') => signToken(secret, claims, ttl),
    metric: async (series) => {
      const line = (await metrics.expose()).text.split('\n').find((one) => one.startsWith(`${series} `))
      return line === undefined ? 0 : Number(line.slice(series.length))
    },
    endSubgraph: async (name) => opened.get(name)?.end(),
    drain: () => doorAlone.disposeAsync(),
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}
