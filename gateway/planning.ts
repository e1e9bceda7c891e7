import { operationFromDocument, Supergraph } from '@apollo/federation-internals'
import { QueryPlanner } from '@apollo/query-planner'
import type { QueryPlan } from '@apollo/query-planner'
import { parse, separateOperations, validate } from 'graphql'
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql'
import type { SubgraphRequest } from '../subgraphs/define.ts'
import { compileOperation, pickOperation } from './execution/compile.ts'
import type { CompiledOperation } from './execution/compile.ts'
import { openMeets } from './execution/subtypes.ts'
import type { Joins, OpenJoins, PlanningSchemas } from './joining.ts'
import { personalFields, selectsAny } from './personal.ts'
import { unresolved } from './request-report.ts'

/** How a subscription is carried out: what its owner is subscribed to with, and what is done with each event. */
export type PlannedSubscription = {
  /** The subgraph that owns the root field. */
  readonly service: string
  /** What it is asked, at first and for each event. */
  readonly document: DocumentNode
  readonly operationName: string | undefined
  /** The variables that this document uses; null for all that the client sent. */
  readonly variableUsages: readonly string[] | null
  /** What makes the client's answer of the owner's; null where they are the same. */
  readonly joins: Joins | null
  /** Whether the selection has a field that depends on who asks. */
  readonly personal: boolean
}

/** One supergraph, as operations are planned over it. */
export type Planning = {
  /** What clients see. */
  readonly schema: GraphQLSchema
  /** `document` is valid, and `operation` is a subscription of it with one root field. */
  plan(document: DocumentNode, operation: OperationDefinitionNode): PlannedSubscription
  /** Queries and mutations of a valid document. Throws where the planner refuses, and where the document has not that operation. */
  readonly compile: (document: DocumentNode, operationName: string | undefined) => CompiledOperation
}

export type PlanningOptions = {
  readonly supergraphSdl: string
  /** Makes what joins the events of a subscription. */
  readonly openJoins: OpenJoins
}

/** The gateway plans no subscription, but its planner does (https://www.npmjs.com/package/@apollo/query-planner). */
export const openPlanning = ({ supergraphSdl, openJoins }: PlanningOptions): Planning => {
  const supergraph = Supergraph.build(supergraphSdl, { validateSupergraph: false })
  const planner = new QueryPlanner(supergraph, { exposeDocumentNodeInFetchNode: true })
  const apiSchema = supergraph.apiSchema()
  const schema = apiSchema.toGraphQLJSSchema()
  const supergraphSchema = supergraph.schema.toGraphQLJSSchema()
  const schemas: PlanningSchemas = { apiSchema, schema, supergraphSchema, meets: openMeets(supergraphSchema) }
  const personal = personalFields(parse(supergraphSdl))
  const mayAnswer = openMayAnswer(supergraph, supergraphSdl)
  return {
    schema,
    compile: (whole, operationName) => {
      const picked = pickOperation(whole, operationName)
      if (!picked) throw unresolved()
      return compileOperation({ ...picked, ...schemas, plan: planner.buildQueryPlan(operationFromDocument(apiSchema, picked.document)) })
    },
    plan: (whole, operation) => {
      const document = separateOperations(whole)[operation.name?.value ?? ''] ?? whole
      const { node } = planner.buildQueryPlan(operationFromDocument(apiSchema, document))
      if (node?.kind !== 'Subscription') throw new Error('the planner made no subscription of a subscription')
      const { primary, rest } = node
      const isPersonal = selectsAny(schema, document, personal)
      if (!rest && mayAnswer(primary.serviceName, document)) {
        return { service: primary.serviceName, document, operationName: operation.name?.value, variableUsages: null, joins: null, personal: isPersonal }
      }
      const plan: QueryPlan = { kind: 'QueryPlan', node: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary }
      return {
        service: primary.serviceName,
        document: primary.operationDocumentNode ?? parse(primary.operation),
        operationName: primary.operationName,
        variableUsages: primary.variableUsages ?? [],
        joins: openJoins({ ...schemas, plan, primary, document, operation }),
        personal: isPersonal,
      }
    },
  }
}

/**
 * Whether a subgraph that is all that a plan asks can be given the client's own document. Its answer is the client's then as it is: nothing
 * was added that would have to be dropped. Where the supergraph hides something of a subgraph's, or calls it otherwise, that is not so.
 */
const openMayAnswer = (supergraph: Supergraph, sdl: string): ((service: string, document: DocumentNode) => boolean) => {
  const isPlain = !/@inaccessible|isInterfaceObject: true/.test(sdl)
  const schemas = new Map([...supergraph.subgraphs()].map(({ name, schema }) => [name, schema.toGraphQLJSSchema()]))
  return (service, document) => {
    const schema = schemas.get(service)
    return isPlain && schema !== undefined && validate(schema, document).length === 0
  }
}

/** The fetch that asks the owner of a subscription, at first and for each event. */
export const toRequest = ({ document, operationName, variableUsages }: PlannedSubscription, variables: Readonly<Record<string, unknown>>): SubgraphRequest => ({
  document,
  operationName,
  // What the client did not send is not sent on, so that the subgraph's own default holds.
  variables: variableUsages === null ? variables : Object.fromEntries(variableUsages.filter((name) => Object.hasOwn(variables, name)).map((name) => [name, variables[name]])),
})
