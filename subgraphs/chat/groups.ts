/** Listeners by what they listen to. */
export type Groups<T> = {
  add(keys: readonly string[], listener: T): void
  remove(keys: readonly string[], listener: T): void
  get(key: string): ReadonlySet<T> | undefined
  /** Those of any of the keys, each once. */
  among(keys: readonly string[]): ReadonlySet<T>
  entries(): readonly (readonly [key: string, listeners: ReadonlySet<T>])[]
  all(): ReadonlySet<T>
  /** Of the listeners, each once. */
  count(): number
}

export const openGroups = <T>(): Groups<T> => {
  const groups = new Map<string, Set<T>>()
  const add = (key: string, listener: T) => {
    const group = groups.get(key)
    if (group) group.add(listener)
    else groups.set(key, new Set([listener]))
  }
  const remove = (key: string, listener: T) => {
    const group = groups.get(key)
    group?.delete(listener)
    if (group?.size === 0) groups.delete(key)
  }
  const among = (keys: readonly string[]): ReadonlySet<T> => new Set(keys.flatMap((key) => [...(groups.get(key) ?? [])]))
  return {
    add: (keys, listener) => keys.forEach((key) => add(key, listener)),
    remove: (keys, listener) => keys.forEach((key) => remove(key, listener)),
    get: (key) => groups.get(key),
    among,
    entries: () => [...groups],
    all: () => among([...groups.keys()]),
    count: () => among([...groups.keys()]).size,
  }
}
