import { parse } from 'graphql'
import type { OperationTypeNode } from 'graphql'
import type { FetchNode } from '@apollo/query-planner'
import type { FetchResult } from '../fetch-result.ts'
import { collectEntities } from './cursor.ts'
import type { PlanPath } from './cursor.ts'
import { noteTold, toExecutionError } from './fetch-errors.ts'
import type { Whereabouts } from './fetch-errors.ts'
import { openFold } from './fold.ts'
import type { Folded } from './fold.ts'
import { hasOwn, isObject, setOwn } from './json.ts'
import type { JsonObject } from './json.ts'
import { mergeInto } from './merge.ts'
import { compileRepresent } from './representations.ts'
import { compileRewrites, renamedIn } from './rewrites.ts'
import type { Rewrite } from './rewrites.ts'
import type { Ask, Run, Step } from './run.ts'
import type { Meets } from './subtypes.ts'

type Asked = Omit<Ask, 'variables' | 'entities'>

type Fetching = Whereabouts & { readonly asked: Asked; readonly variablesOf: (run: Run) => JsonObject; readonly rewrite: Rewrite | null }

/** One fetch of a plan. What fails in it is an error of the answer, and the plan goes on. */
export const compileFetch = (node: FetchNode, path: PlanPath, meets: Meets, kind: OperationTypeNode): Step => {
  const { serviceName: service, operation: text, operationName, operationDocumentNode, variableUsages = [], requires, inputRewrites, outputRewrites } = node
  const fetching: Fetching = {
    ...{ service, path, renamed: renamedIn(outputRewrites) },
    asked: { service, text, document: operationDocumentNode ?? parse(text), operationName, path, kind },
    variablesOf: compileVariables(variableUsages),
    rewrite: outputRewrites && outputRewrites.length > 0 ? compileRewrites(outputRewrites, meets) : null,
  }
  if (!requires) return compilePlain(fetching)
  const represent = compileRepresent(requires, meets)
  return compileEntities(fetching, represent, compileRewrites(inputRewrites, meets))
}

/** What the client did not send is not sent on, so that the subgraph's own default holds. */
const compileVariables =
  (usages: readonly string[]) =>
  ({ variables }: Run): JsonObject => {
    const used: JsonObject = {}
    for (const name of usages) if (hasOwn(variables, name) && variables[name] !== undefined) setOwn(used, name, variables[name])
    return used
  }

/** A fetch of root fields. Where it belongs below the root, each of what is there gets all of it. */
const compilePlain =
  ({ asked, variablesOf, rewrite, ...whereabouts }: Fetching): Step =>
  (run) => {
    const entities = asked.path.length === 0 ? [run.root] : collectEntities(run.root, asked.path)
    if (entities.length === 0) return
    return settle(run, { ...asked, variables: variablesOf(run), entities: null }, (result) => {
      noteTold({ ...whereabouts, run, entities, folded: null }, result)
      if (!result.data) return
      rewrite?.(result.data)
      for (const [index, entity] of entities.entries()) mergeInto(entity, index === 0 ? result.data : structuredClone(result.data))
    })
  }

/** Asks, and takes the answer; what goes wrong in either is an error of the answer. */
const settle = async (run: Run, asked: Ask, take: (result: FetchResult) => void): Promise<void> => {
  try {
    take(await run.ask(asked, run.context))
  } catch (error) {
    run.errors.push(toExecutionError(error))
  }
}

const compileEntities =
  (fetching: Fetching, represent: ReturnType<typeof compileRepresent>, rewriteInput: Rewrite): Step =>
  (run) => {
    const entities = collectEntities(run.root, fetching.path)
    try {
      const folded = fold(entities, represent, rewriteInput)
      if (folded.representations.length === 0) return
      return askEntities(fetching, run, entities, folded)
    } catch (error) {
      run.errors.push(toExecutionError(error))
      return
    }
  }

const fold = (entities: readonly unknown[], represent: ReturnType<typeof compileRepresent>, rewriteInput: Rewrite): Folded => {
  const { folded, add } = openFold(entities.length, rewriteInput)
  for (let index = 0; index < entities.length; index += 1) {
    const representation = represent(entities[index])
    if (representation && representation['__typename']) add(index, representation)
  }
  return folded
}

const askEntities = ({ asked, variablesOf, rewrite, ...whereabouts }: Fetching, run: Run, entities: readonly unknown[], folded: Folded): Promise<void> => {
  const { representations } = folded
  const own = variablesOf(run)
  if (hasOwn(own, 'representations')) throw new Error('a variable of the operation is called representations')
  const variables = { ...own, representations }
  return settle(run, { ...asked, variables, entities: representations.length }, (result) => {
    noteTold({ ...whereabouts, run, entities, folded }, result)
    if (result.data) mergeEntities(readEntities(result.data, representations.length, asked.service), entities, folded, rewrite)
  })
}

const readEntities = (data: NonNullable<FetchResult['data']>, count: number, service: string): readonly unknown[] => {
  const { _entities: received } = data
  if (!Array.isArray(received)) throw new Error(`the subgraph ${service} gave no list of entities`)
  if (received.length !== count) throw new Error(`the subgraph ${service} gave ${received.length} entities, not ${count}`)
  return received
}

const mergeEntities = (received: readonly unknown[], entities: readonly unknown[], { ownOf }: Folded, rewrite: Rewrite | null): void => {
  const rewritten = new Set<number>()
  for (let index = 0; index < entities.length; index += 1) {
    const own = ownOf[index] ?? -1
    if (own < 0) continue
    const said = received[own]
    if (!said) continue
    if (!isObject(said)) throw new TypeError('a subgraph gave an entity that is no object')
    const entity = entities[index]
    if (rewrite && !rewritten.has(own)) {
      rewritten.add(own)
      nameType(said, entity)
      rewrite(said)
    }
    mergeInto(entity, said)
  }
}

/** Rewrites want to know what an entity is, and its subgraph was not always asked. */
const nameType = (said: JsonObject, entity: unknown): void => {
  if (!said['__typename'] && isObject(entity)) said['__typename'] = entity['__typename']
}
