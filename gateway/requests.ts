import { ApolloServer } from '@apollo/server'
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled'
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache'
import type { KeyValueCache } from '@apollo/utils.keyvaluecache'
import type { DocumentNode } from 'graphql'
import type { Freshness } from '../fuse/call.ts'
import type { RequestContext } from '../subgraphs/context.ts'
import { openAnswers } from './answers.ts'
import type { Handle } from './answers.ts'
import { answerCompiled } from './compiled-answers.ts'
import { limitsRule, refuseSubscriptions } from './limits.ts'
import type { Limits } from './limits.ts'
import { maskError } from './masking.ts'
import { openRegistered, runListed } from './persisted-operations.ts'
import type { PersistedOperations, Registered } from './persisted-operations.ts'
import { reportRequests } from './request-report.ts'
import type { ReportTo } from './request-report.ts'
import type { Supergraph } from './supergraph.ts'

/* Queries and mutations, whichever door they come in by: parsed, checked, planned and executed by Apollo Server with the gateway. */

/** `freshness`: what holds for a caller who does not say what they accept. */
export type DoorSettings = {
  readonly limits: Limits
  readonly freshness: Omit<Freshness, 'onlyIfCached'>
  readonly persisted: PersistedOperations
}

/** `listed` is the persisted operation that the request is to run; null where it runs what it sent. */
export type DoorContext = RequestContext & { readonly listed: string | null }

export type RequestsOptions = ReportTo & {
  readonly supergraph: Supergraph
  /** Asked for each request, so that others may take their place. */
  readonly settings: () => DoorSettings
  /** What clients may register themselves, all together; 0 where nothing. */
  readonly registeredBytes: number
}

export type Requests = AsyncDisposable & {
  readonly apollo: ApolloServer<DoorContext>
  /** For a route of the HTTP door. */
  readonly handle: Handle<DoorContext>
  /** What clients registered; null where they may not. */
  readonly registered: Registered | null
  /** Other limits hold from now on: what passed the earlier ones is looked at again. */
  reloaded(): void
}

export const openRequests = async (opt: RequestsOptions): Promise<Requests> => {
  const registered = opt.registeredBytes === 0 ? null : openRegistered(opt.registeredBytes)
  const limits = () => opt.settings().limits
  const documents = openDocumentStore()
  const answers = openAnswers()
  const apollo = new ApolloServer<DoorContext>({
    gateway: opt.supergraph,
    logger: opt.log,
    formatError: maskError,
    // Whether it is allowed is a limit like the others, and may change.
    introspection: true,
    parseOptions: {
      get maxLexicalTokens() {
        return limits().tokens
      },
    },
    documentStore: documents.store,
    validationRules: [refuseSubscriptions, (context) => limitsRule(limits())(context)],
    maxRecursiveSelections: true,
    persistedQueries: registered === null ? false : { cache: registered },
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    stringifyResult: answers.stringifyResult,
    nodeEnv: 'production',
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      runListed(({ listed }) => listed),
      reportRequests(opt),
      ...(opt.supergraph.executor === 'compiled' ? [answerCompiled(opt.supergraph)] : []),
    ],
  })
  await apollo.start()
  return { apollo, handle: answers.handle(apollo), registered, reloaded: () => documents.clear(), [Symbol.asyncDispose]: () => apollo.stop() }
}

const maxDocumentBytes = 30 * 1024 * 1024

/** Documents that were parsed and validated, by their text's hash. Clearing it leaves none that an earlier setting let through. */
const openDocumentStore = () => {
  const open = () => new InMemoryLRUCache<DocumentNode>({ maxSize: maxDocumentBytes })
  let current = open()
  const store: KeyValueCache<DocumentNode> = {
    get: (key) => current.get(key),
    set: (key, document, options) => current.set(key, document, options),
    delete: (key) => current.delete(key),
  }
  return {
    store,
    clear: () => {
      current = open()
    },
  }
}
