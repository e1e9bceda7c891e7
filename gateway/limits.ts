import { GraphQLError, Kind, NoSchemaIntrospectionCustomRule, OperationTypeNode } from 'graphql'
import type { ASTVisitor, DocumentNode, FieldNode, FragmentDefinitionNode, SelectionSetNode, ValidationContext } from 'graphql'

export type Limits = {
  readonly bodyBytes: number
  readonly tokens: number
  readonly depth: number
  /** Fields under another name, fragments counted as often as they are spread. */
  readonly aliases: number
  /** Fields in the whole operation, fragments counted as often as they are spread. */
  readonly fields: number
  readonly rootFields: number
  readonly budgetMs: number
  readonly introspection: boolean
}

type Measure = {
  readonly depth: number
  readonly aliases: number
  readonly fields: number
  /** How often the schema itself is asked for, and the aliases below that. */
  readonly introspections: number
  readonly schemaAliases: number
}

const nothing: Measure = { depth: 0, aliases: 0, fields: 0, introspections: 0, schemaAliases: 0 }

const add = (a: Measure, b: Measure): Measure => ({
  depth: Math.max(a.depth, b.depth),
  aliases: a.aliases + b.aliases,
  fields: a.fields + b.fields,
  introspections: a.introspections + b.introspections,
  schemaAliases: a.schemaAliases + b.schemaAliases,
})

/** A schema is a graph with many roads between its types: a few aliases on each multiply to more than can be answered. No tool sends any. */
const maxIntrospections = 10

const isIntrospection = (field: FieldNode) => field.name.value.startsWith('__')

/**
 * Measures operations. Each fragment is measured once and its figures are added where it is spread, so that fragments
 * that multiply each other cost no time; one that spreads itself counts as nothing, as another rule refuses it.
 */
const openMeasure = (document: DocumentNode) => {
  const fragments = new Map(
    document.definitions.filter((d): d is FragmentDefinitionNode => d.kind === Kind.FRAGMENT_DEFINITION).map((d) => [d.name.value, d]),
  )
  const measured = new Map<string, Measure>()
  const measureFragment = (name: string): Measure => {
    const known = measured.get(name)
    if (known) return known
    measured.set(name, nothing)
    const fragment = fragments.get(name)
    const measure = fragment ? measureSet(fragment.selectionSet) : nothing
    measured.set(name, measure)
    return measure
  }
  const measureField = (field: FieldNode): Measure => {
    const below = field.selectionSet ? measureSet(field.selectionSet) : nothing
    const aliases = field.alias ? 1 : 0
    // Introspection has many fields and levels by nature; a rule of graphql-js bounds its recursion.
    const isOfSchema = field.selectionSet !== undefined && isIntrospection(field)
    if (isOfSchema) return { ...nothing, aliases, fields: 1, introspections: 1, schemaAliases: below.aliases }
    return { ...below, depth: below.depth + 1, aliases: below.aliases + aliases, fields: below.fields + 1 }
  }
  const measureSet = (set: SelectionSetNode): Measure =>
    set.selections
      .map((selection) =>
        selection.kind === Kind.FIELD
          ? measureField(selection)
          : selection.kind === Kind.FRAGMENT_SPREAD
            ? measureFragment(selection.name.value)
            : measureSet(selection.selectionSet),
      )
      .reduce(add, nothing)
  return measureSet
}

const tooMuch = (what: string, found: number, limit: number) =>
  new GraphQLError(`the operation has ${what} ${found}, and ${limit} is the limit`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })

const notServed = (operation: string) =>
  new GraphQLError(`this schema has no ${operation}`, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } })

/** A validation rule for what is not carried out over a socket: a subscription answers more than once. */
export const refuseSubscriptions = (context: ValidationContext): ASTVisitor => ({
  OperationDefinition: ({ operation }) => {
    if (operation !== OperationTypeNode.SUBSCRIPTION || !context.getSchema().getSubscriptionType()) return
    const message = 'subscriptions are served over WebSocket at this URL, with the subprotocol graphql-transport-ws'
    context.reportError(new GraphQLError(message, { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }))
  },
})

/** A validation rule that refuses an operation that asks for too much, before anything is planned. */
export const limitsRule =
  (limits: Limits) =>
  (context: ValidationContext): ASTVisitor => {
    const measureSet = openMeasure(context.getDocument())
    return {
      ...(limits.introspection ? {} : NoSchemaIntrospectionCustomRule(context)),
      OperationDefinition: (operation) => {
        const { selections } = operation.selectionSet
        if (!context.getSchema().getRootType(operation.operation)) context.reportError(notServed(operation.operation))
        const { depth, aliases, fields, introspections, schemaAliases } = measureSet(operation.selectionSet)
        if (depth > limits.depth) context.reportError(tooMuch('a depth of', depth, limits.depth))
        if (aliases > limits.aliases) context.reportError(tooMuch('aliases:', aliases, limits.aliases))
        if (fields > limits.fields) context.reportError(tooMuch('fields:', fields, limits.fields))
        if (introspections > maxIntrospections) context.reportError(tooMuch('introspection fields:', introspections, maxIntrospections))
        if (schemaAliases > 0) context.reportError(tooMuch('aliases within introspection:', schemaAliases, 0))
        if (selections.length > limits.rootFields) context.reportError(tooMuch('root fields:', selections.length, limits.rootFields))
      },
    }
  }
