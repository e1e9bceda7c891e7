import type { GraphQLFieldResolver, GraphQLOutputType, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema, OperationDefinitionNode, FieldNode, FragmentDefinitionNode } from 'graphql'
import type { Collecting } from './collect.ts'
import type { CompiledField } from './compiled-set.ts'
import type { FoundErrors, Place } from './place.ts'

/** Throws where whom the context is of may not have something. */
export type Check = (contextValue: unknown) => void

/** The definitions of the fields whose resolver, where their property is plain, does nothing but check who asks and read it. */
export type Checks = ReadonlyMap<object, Check>

/** One operation that is being executed. */
export type Running = Collecting & {
  /** Of no other execution in this process; above 0. */
  readonly id: number
  readonly checks: Checks
  /** How often a selection is used before it is worth a function of its own. */
  readonly hotAfter: number
  /** The same for the same selections: what the variables are that decide about them. */
  readonly conditions: string
  readonly operation: OperationDefinitionNode
  readonly rootValue: unknown
  readonly contextValue: unknown
  readonly found: FoundErrors
}

export type Resolver = GraphQLFieldResolver<unknown, unknown>

/** What graphql-js tells a resolver, made of what is there already. There is one for each value, so that what is the same for all is read from its field. */
export class Info implements GraphQLResolveInfo {
  readonly #field: CompiledField
  readonly #running: Running
  readonly path: Place

  constructor(field: CompiledField, running: Running, path: Place) {
    this.#field = field
    this.#running = running
    this.path = path
  }

  get fieldName(): string {
    return this.#field.name
  }

  get fieldNodes(): readonly FieldNode[] {
    return this.#field.nodes
  }

  get returnType(): GraphQLOutputType {
    return this.#field.definition.type
  }

  get parentType(): GraphQLObjectType {
    return this.#field.parentType
  }

  get schema(): GraphQLSchema {
    return this.#running.schema
  }

  get fragments(): Record<string, FragmentDefinitionNode> {
    return Object.fromEntries(this.#running.fragments)
  }

  get rootValue(): unknown {
    return this.#running.rootValue
  }

  get operation(): OperationDefinitionNode {
    return this.#running.operation
  }

  get variableValues(): Record<string, unknown> {
    return this.#running.variables
  }
}
