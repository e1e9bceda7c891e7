import { getOwn } from './json.ts'

/* Where in the answer a fetch belongs. A plan says it as a path with `@` for "each of the list". */

export type PlanPath = readonly (string | number)[]
export type ResponsePath = readonly (string | number)[]

/** All that is at the path and not null, in order: what a fetch asks about. Throws where a subgraph gave something else than the plan counts on. */
export const collectEntities = (root: unknown, path: PlanPath): readonly unknown[] => {
  const found: unknown[] = []
  collect(root, path, 0, found)
  return found
}

const collect = (value: unknown, path: PlanPath, depth: number, found: unknown[]): void => {
  if (value === undefined || value === null) return
  const part = path[depth]
  if (part === undefined) {
    if (Array.isArray(value)) addAll(value, found)
    else found.push(value)
  } else if (part === '@') {
    if (!Array.isArray(value)) throw new TypeError(`a subgraph gave no list at ${path.slice(0, depth).join('.')}`)
    for (const each of value) collect(each, path, depth + 1, found)
  } else {
    if (Array.isArray(value)) throw new TypeError(`a subgraph gave a list at ${path.slice(0, depth).join('.')}`)
    collect(getOwn(value, String(part)), path, depth + 1, found)
  }
}

const addAll = (values: readonly unknown[], found: unknown[]): void => {
  for (const each of values) if (each !== undefined && each !== null) found.push(each)
}

export type Located = { readonly entity: unknown; readonly path: ResponsePath }

/** The same with the place of each in the client's answer. Only for what went wrong, as it takes as long as a fetch. */
export const locateEntities = (root: unknown, path: PlanPath): readonly Located[] => {
  const found: Located[] = []
  locate(root, path, [], found)
  return found
}

const locate = (value: unknown, path: PlanPath, at: ResponsePath, found: Located[]): void => {
  if (value === undefined || value === null) return
  const [part, ...rest] = path
  if (Array.isArray(value)) {
    const isEnd = part === undefined
    if (!isEnd && part !== '@') return
    value.forEach((each: unknown, index) => {
      if (!isEnd) locate(each, rest, [...at, index], found)
      else if (each !== undefined && each !== null) found.push({ entity: each, path: [...at, index] })
    })
  } else if (part === undefined) found.push({ entity: value, path: at })
  else if (part !== '@') locate(getOwn(value, String(part)), rest, [...at, part], found)
}

/** As far as a path leads without a list: what all of it is in. */
export const beforeLists = (path: PlanPath): ResponsePath => {
  const list = path.indexOf('@')
  return list === -1 ? path : path.slice(0, list)
}
