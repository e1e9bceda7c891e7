import { ApolloServer, HeaderMap } from '@apollo/server'
import type { ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { ApolloGateway, LocalGraphQLDataSource, RemoteGraphQLDataSource } from '@apollo/gateway'
import type { GraphQLDataSource } from '@apollo/gateway'
import { fastifyApolloHandler } from '@as-integrations/fastify'
import DataLoader from 'dataloader'
import fastify from 'fastify'
import type { RouteHandlerMethod } from 'fastify'
import pino from 'pino'
import { z } from 'zod'
import { openRegistry } from '../../fuse/registry.ts'
import { openAuthenticate } from '../../gateway/caller.ts'
import { openAnswers } from '../../gateway/answers.ts'
import { answerCompiled } from '../../gateway/compiled-answers.ts'
import { configSchema } from '../../gateway/config-schema.ts'
import { parseBackends, silenceDependencies } from '../../gateway/config.ts'
import { openHttpDoor } from '../../gateway/http-door.ts'
import { openMetrics } from '../../gateway/metrics.ts'
import { openPersistedOperations } from '../../gateway/persisted-operations.ts'
import type { DoorContext } from '../../gateway/requests.ts'
import type { Supergraph } from '../../gateway/supergraph.ts'
import { openInProcess, openOverHttp } from '../../gateway/transport.ts'
import type { Transport } from '../../gateway/transport.ts'
import type { RequestContext } from '../../subgraphs/context.ts'
import { readOptions } from '../../subgraphs/context.ts'
import { defineSubgraph } from '../../subgraphs/define.ts'
import { openDocuments } from '../../subgraphs/documents.ts'
import { openExecutor } from '../../subgraphs/execution/executor.ts'
import { openInternalSigner } from '../../subgraphs/internal.ts'
import { composeCompany, fuseIds, resolversOf, sdlOf, subgraphNames } from './company.ts'
import type { SubgraphName } from './company.ts'
import { nextContext, openBare, openSupergraphOf, schemaOf, subgraphUrls } from './gateway.ts'

/* One server of the bench, in a process of its own: `server.ts ROLE SECRET [URL of the subgraphs]`. Says its URL when it listens. */

silenceDependencies()
const [role = '', secret = '', remote] = process.argv.slice(2)
const log = pino({ level: role === 'ours-on' ? 'info' : 'silent' }, pino.destination('/dev/null'))

/** One as the hub has them: rights on every field, loaders, a fuse. */
const openWhole = (name: SubgraphName): Transport => {
  const [configured] = parseBackends({ orders: { protocol: 'rest', url: 'http://127.0.0.1:1' } })
  if (!configured) throw new Error('no settings of a fuse')
  const registry = openRegistry({ instance: 'bench', staleBytes: 67_108_864, log })
  const find = fuseIds(registry.open({ backend: name, protocol: 'rest', settings: configured.fuse }))
  const openLoaders = (context: RequestContext) => new DataLoader<string, unknown>((ids) => find(ids, readOptions(context)), { maxBatchSize: 500 })
  return openInProcess(defineSubgraph({ name, sdl: sdlOf(name, true), resolvers: Object.assign({}, resolversOf(name)), openLoaders }))
}

const urlOf = subgraphUrls(remote)

const openOurs = (rights: boolean, open: (name: SubgraphName) => Transport) => openSupergraphOf({ rights, open, urlOf, log })

const overHttp = (name: SubgraphName) => openOverHttp({ name, url: urlOf(name), sign: openInternalSigner(secret) })

type Answering = { readonly stringifyResult: (result: unknown) => string; readonly handle: (apollo: ApolloServer<DoorContext>) => RouteHandlerMethod }

/** As Apollo's documentation has it for production. */
const stockAnswers: Answering = { stringifyResult: JSON.stringify, handle: (apollo) => fastifyApolloHandler(apollo, { context: async () => nextContext() }) }

/** As the hub answers. */
const ownAnswers = (): Answering => {
  const { stringifyResult, handle } = openAnswers()
  return { stringifyResult, handle: (apollo) => handle(apollo)(async () => nextContext()) }
}

const startApollo = async (gateway: Supergraph | ApolloGateway, { stringifyResult, handle }: Answering, plugins: readonly ApolloServerPlugin<DoorContext>[]) => {
  const apollo = new ApolloServer<DoorContext>({
    ...{ gateway, introspection: true, stringifyResult, includeStacktraceInErrorResponses: false, stopOnTerminationSignals: false },
    ...{ persistedQueries: false, plugins: [ApolloServerPluginLandingPageDisabled(), ...plugins] },
  })
  await apollo.start()
  const app = fastify()
  app.route({ method: ['POST'], url: '/graphql', handler: handle(apollo) })
  return app
}

const startStock = (open: (name: string) => GraphQLDataSource<DoorContext>) => {
  const sdl = composeCompany(false, urlOf)
  return startApollo(new ApolloGateway({ supergraphSdl: sdl, buildService: ({ name }) => open(name) }), stockAnswers, [])
}

/** With loaders as the hub's subgraphs have them, one for each request, and no fuse behind them. */
const withLoaders = (source: LocalGraphQLDataSource<DoorContext>): GraphQLDataSource<DoorContext> => {
  const known = new WeakMap<DoorContext, DoorContext>()
  const contextOf = (context: DoorContext): DoorContext => {
    const loading = known.get(context) ?? Object.assign({}, context, { loaders: new DataLoader<string, unknown>(async (ids) => ids, { maxBatchSize: 500 }) })
    known.set(context, loading)
    return loading
  }
  return { process: async (options) => source.process('incomingRequestContext' in options ? { ...options, context: contextOf(options.context) } : options) }
}

const isName = (name: string): name is SubgraphName => name in Object.fromEntries(subgraphNames.map((one) => [one, one]))
const named = (name: string): SubgraphName => (isName(name) ? name : subgraphNames[0])

/** The answer is there before anybody asks: the first one of each operation and its variables. */
const readyMade = (supergraph: Supergraph): ApolloServerPlugin<DoorContext> => {
  const known = new Map<string, Record<string, unknown> | null>()
  return {
    requestDidStart: async () => ({
      responseForOperation: async ({ queryHash = '', document, request: { variables = {}, operationName }, contextValue: context }) => {
        const key = `${queryHash} ${String(variables['id'])}`
        const data = known.get(key) ?? (await supergraph.plans().find({ hash: queryHash, document, operationName }).compiled.execute({ variables, context, ask: supergraph.ask })).data ?? null
        known.set(key, data)
        return { body: { kind: 'single', singleResult: { data } }, http: { headers: new HeaderMap() } }
      },
    }),
  }
}

const startWhole = async () => {
  const { limits, freshness, auth } = configSchema.parse({})
  const authenticate = openAuthenticate({ secret, jwks: null, issuer: null, audience: auth.audience })
  const persisted = openPersistedOperations(new Map())
  const asked = { supergraph: openOurs(true, openWhole), authenticate, settings: () => ({ limits, freshness, persisted }), metrics: openMetrics(), tracer: null, log }
  return (await openHttpDoor({ ...asked, registeredBytes: 1_000_000 })).app
}

const asked = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).default({}) })

const startSubgraphs = async () => {
  const app = fastify()
  for (const name of subgraphNames) {
    const schema = schemaOf(name)
    const [execute, documentOf] = [openExecutor(schema), openDocuments(schema)]
    app.post(`/${name}`, async (request) => {
      const { query, variables } = asked.parse(request.body)
      const document = documentOf(query)
      return 'errors' in document ? document : execute({ document, variableValues: variables, contextValue: {} })
    })
  }
  return app
}

const bare = async (open: (name: SubgraphName) => Transport, plugin: (supergraph: Supergraph) => ApolloServerPlugin<DoorContext>) => {
  const supergraph = openOurs(false, open)
  return startApollo(supergraph, ownAnswers(), [plugin(supergraph)])
}

type Listening = { listen(at: { readonly host: string; readonly port: number }): Promise<string> }

const roles: Readonly<Record<string, () => Promise<Listening>>> = {
  subgraphs: startSubgraphs,
  ours: () => bare(remote === undefined ? openBare : overHttp, answerCompiled),
  'ours-on': startWhole,
  ready: () => bare(openBare, readyMade),
  'stock-loaders': () => startStock((name) => withLoaders(new LocalGraphQLDataSource<DoorContext>(schemaOf(named(name))))),
  stock: () => startStock(remote === undefined ? (name) => new LocalGraphQLDataSource(schemaOf(named(name))) : (name) => new RemoteGraphQLDataSource({ url: urlOf(named(name)) })),
}

const app = await roles[role]?.()
if (!app) throw new Error(`there is no role ${role}`)
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
