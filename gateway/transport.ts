import { Kind, print } from 'graphql'
import type { DocumentNode, OperationDefinitionNode, SelectionNode } from 'graphql'
import { Pool } from 'undici'
import type { Span } from '../fuse/span.ts'
import type { RequestContext } from '../subgraphs/context.ts'
import type { Subgraph, SubgraphRequest } from '../subgraphs/define.ts'
import { mapSource } from '../subgraphs/event-source.ts'
import type { EventSource } from '../subgraphs/event-source.ts'
import { formatFreshness } from '../subgraphs/freshness.ts'
import type { InternalSigner } from '../subgraphs/internal.ts'
import { readAnswer, toFetchResult } from './fetch-result.ts'
import type { FetchResult } from './fetch-result.ts'
import { openSubgraphSocket } from './subgraph-socket.ts'

/** How a fetch reaches a subgraph: in this process, or over HTTP. It never throws: what fails is an error in the result. */
export type Transport = AsyncDisposable & {
  readonly kind: 'in-process' | 'http'
  /** `span`: the fetch, where the request is traced. */
  fetch(request: SubgraphRequest, context: RequestContext, span?: Span): Promise<FetchResult>
  /** What a subscription's root field listens to. Rejects with a GraphQLError where the subgraph refuses, or can't be reached. */
  subscribe(request: SubgraphRequest, context: RequestContext): Promise<EventSource<SourceEvent>>
}

/** One event of a subscription's root field. */
export type SourceEvent = {
  /** The same object for each listener of this process that has the same event: what is executed of it may be shared. Null: it never is. */
  readonly shared: object | null
  /** The root field with what its owner knows of it: the first fetch of the plan. */
  answer(context: RequestContext): Promise<FetchResult>
}

/** A function call, with the plan's parsed document. Disposing it disposes the subgraph. */
export const openInProcess = (subgraph: Subgraph): Transport => ({
  kind: 'in-process',
  fetch: async (request, context, span) => toFetchResult(await subgraph.execute(request, context, span)),
  subscribe: async (request, context) =>
    mapSource(await subgraph.subscribe(request, context), (event) => ({
      shared: event,
      answer: async (each) => toFetchResult(await subgraph.execute({ ...request, event }, each)),
    })),
  [Symbol.asyncDispose]: () => subgraph[Symbol.asyncDispose](),
})

export type HttpTransportOptions = {
  readonly name: string
  /** The subgraph's `/graphql`. */
  readonly url: string
  readonly sign: InternalSigner
  readonly connections?: number
}

/** HTTP over an undici pool (four connections did better than sixteen), and one socket for all subscriptions. The caller travels as an internal token. */
export const openOverHttp = ({ name, url, sign, connections = 4 }: HttpTransportOptions): Transport => {
  const { origin, pathname } = new URL(url)
  const pool = new Pool(origin, { connections, headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 2_000 } })
  const textOf = openPrinter()
  const socket = openSubgraphSocket({ name, url, sign })
  const send = async ({ document, variables, operationName }: SubgraphRequest, context: RequestContext, traceparent: string | undefined) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: pathname,
      headers: headersFor(context, sign, traceparent),
      body: JSON.stringify({ query: textOf(document), variables, operationName }),
      signal: context.signal,
    })
    if (statusCode === 200) return readAnswer(await body.json())
    await body.dump()
    throw new Error(`the subgraph ${name} answered with status ${statusCode}`)
  }
  return {
    kind: 'http',
    fetch: async (request, context, span) => {
      try {
        return await send(request, context, span?.traceparent ?? context.traceparent)
      } catch (error) {
        context.log.warn({ err: error, requestId: context.requestId, subgraph: name }, 'a subgraph did not answer')
        return failureOf(name, request, context)
      }
    },
    subscribe: async (request, context) => socket.subscribe(textOf(request.document), request, context),
    [Symbol.asyncDispose]: async () => {
      await socket[Symbol.asyncDispose]()
      await pool.destroy()
    },
  }
}

/** The planner gives the same document again for the same operation; its text is made once. */
const openPrinter = () => {
  const texts = new WeakMap<DocumentNode, string>()
  return (document: DocumentNode): string => {
    const text = texts.get(document) ?? print(document)
    texts.set(document, text)
    return text
  }
}

const headersFor = (context: RequestContext, sign: InternalSigner, traceparent: string | undefined) => ({
  'content-type': 'application/json',
  authorization: `Bearer ${sign(context.caller)}`,
  'cache-control': formatFreshness(context.freshness),
  'x-request-id': context.requestId,
  'x-deadline-ms': String(Math.max(1, Math.ceil(context.deadlineAt - Date.now()))),
  ...(traceparent === undefined ? {} : { traceparent }),
})

/** As many errors as one dead subgraph may add to an answer; the fields beyond are null as well. */
const maxErrors = 200

/** A subgraph that can't be reached costs each field that was asked of it, and each of those says so. */
export const failureOf = (name: string, request: Pick<SubgraphRequest, 'document' | 'variables'>, { signal }: Pick<RequestContext, 'signal'>): FetchResult => {
  const late = signal.aborted
  const error = {
    message: late ? `${name} did not answer in time` : `${name} is unavailable`,
    extensions: { code: late ? 'BACKEND_TIMEOUT' : 'BACKEND_UNAVAILABLE', backend: name, retryable: true },
  }
  return { data: null, degraded: [], errors: pathsOf(request).slice(0, maxErrors).map((at) => ({ ...error, path: at })) }
}

const responseKeys = (selections: readonly SelectionNode[]): readonly string[] =>
  selections.flatMap((selection) =>
    selection.kind === Kind.FIELD
      ? [selection.alias?.value ?? selection.name.value]
      : selection.kind === Kind.INLINE_FRAGMENT
        ? responseKeys(selection.selectionSet.selections)
        : [],
  )

const pathsOf = ({ document, variables }: Pick<SubgraphRequest, 'document' | 'variables'>): (string | number)[][] => {
  const operation = document.definitions.find((d): d is OperationDefinitionNode => d.kind === Kind.OPERATION_DEFINITION)
  const selections = operation?.selectionSet.selections ?? []
  const [root] = selections
  const isEntities = root?.kind === Kind.FIELD && root.name.value === '_entities'
  if (!isEntities) return responseKeys(selections).map((key) => [key])
  const { representations } = variables
  const keys = responseKeys(root.selectionSet?.selections ?? []).filter((key) => key !== '__typename')
  return Array.isArray(representations) ? representations.flatMap((_, index) => keys.map((key) => ['_entities', index, key])) : []
}
