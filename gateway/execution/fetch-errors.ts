import { GraphQLError } from 'graphql'
import type { DegradedValue } from '../../subgraphs/context.ts'
import type { FetchResult } from '../fetch-result.ts'
import { beforeLists, locateEntities } from './cursor.ts'
import type { PlanPath, ResponsePath } from './cursor.ts'
import type { Folded } from './fold.ts'
import { renamePath } from './rewrites.ts'
import type { Renamed } from './rewrites.ts'
import type { ExecutionError, Run } from './run.ts'

/*
 * Where in the client's answer something is that a fetch says of its own. In a fetch of entities a path begins with the position of a representation: it
 * is told for each entity that is represented by it. (The stock executor takes it for a position among all that is at the plan's path, so that one
 * that could not be asked about shifts all that follow, and leaves `@` and names of its own in other paths.)
 */

/** What is needed to find the places of a fetch. */
export type Whereabouts = {
  readonly service: string
  readonly path: PlanPath
  readonly renamed: Renamed
}

type Placed = Whereabouts & { readonly run: Run; readonly entities: readonly unknown[]; readonly folded: Folded | null }

type FetchError = NonNullable<FetchResult['errors']>[number]

/** To be called before the fetch's data is laid over the rest. */
export const noteTold = (placed: Placed, { errors = [], degraded }: FetchResult): void => {
  if (errors.length === 0 && degraded.length === 0) return
  const places = openPlaces(placed)
  for (const error of errors) noteError(placed, error, places)
  for (const value of degraded) noteDegraded(placed, value, places)
}

const noteError = ({ run, service }: Placed, error: FetchError, places: Places): void => {
  const { message, path, extensions } = error
  const code = extensions?.['code']
  const told = {
    message: message === '' ? `the subgraph ${service} failed` : message,
    extensions: { ...extensions, code: code !== undefined && code !== null && code !== '' ? code : 'DOWNSTREAM_SERVICE_ERROR', serviceName: service },
  }
  if (!path) run.errors.push(told)
  else for (const at of places(path)) run.errors.push(at ? { ...told, path: at } : told)
}

const noteDegraded = ({ run: { degraded } }: Placed, value: FetchResult['degraded'][number], places: Places): void => {
  for (const path of places(value.path)) if (path) degraded.push({ ...value, path } satisfies DegradedValue)
}

/** Undefined where there is none. */
type Places = (path: ResponsePath) => readonly (ResponsePath | undefined)[]

const openPlaces = ({ run, path, renamed, entities, folded }: Placed): Places => {
  let located: readonly ResponsePath[] | null = null
  const placeOf = (): readonly ResponsePath[] => (located ??= pathsOf(run, path, entities))
  if (!folded) {
    if (path.length === 0) return (at) => [renamePath(at, renamed)]
    return (at) => placeOf().map((place) => [...place, ...renamePath(at, renamed)])
  }
  const positions = openPositions(folded)
  return (at) => {
    const [, position, ...below] = at
    if (typeof position !== 'number') return [beforeLists(path)]
    const rest = renamePath(below, renamed)
    const found = positions(position).flatMap((index) => {
      const place = placeOf()[index]
      return place ? [[...place, ...rest]] : []
    })
    return found.length > 0 ? found : [undefined]
  }
}

/** Which entities a representation stands for. */
const openPositions = ({ ownOf }: Folded): ((position: number) => readonly number[]) => {
  let known: Map<number, number[]> | null = null
  return (position) => {
    known ??= Map.groupBy(ownOf.keys(), (index) => ownOf[index] ?? -1)
    return position < 0 ? [] : (known.get(position) ?? [])
  }
}

/** What runs beside the fetch may have put another list in the place of the one that it began with; then the entities are found one by one. */
const pathsOf = (run: Run, path: PlanPath, entities: readonly unknown[]): readonly ResponsePath[] => {
  const located = locateEntities(run.root, path)
  if (located.length === entities.length && located.every(({ entity }, index) => entity === entities[index])) return located.map(({ path: at }) => at)
  const known = new Map(located.map(({ entity, path: at }) => [entity, at]))
  return entities.map((entity) => known.get(entity) ?? beforeLists(path))
}

/** A fetch that could not be carried out, or whose answer can't be used. */
export const toExecutionError = (error: unknown): ExecutionError =>
  error instanceof GraphQLError
    ? { message: error.message, extensions: { ...error.extensions }, cause: error, ...(error.path ? { path: error.path } : {}) }
    : { message: error instanceof Error ? error.message : 'a fetch failed', cause: error }
