/** What was made of JSON; arrays included, as they have keys too. */
export type JsonObject = Record<string, unknown>

export const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null

export const hasOwn = (value: object, key: string): boolean => Object.hasOwn(value, key)

/** The value's own property, never one of its prototype: names such as `constructor` and `__proto__` are as good as any other. */
export const getOwn = (value: unknown, key: string): unknown => (isObject(value) && hasOwn(value, key) ? value[key] : undefined)

/** Whether a name means something on every object, so that reading and writing it plainly is wrong. */
export const isInherited = (key: string): boolean => inherited.has(key)

const inherited: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

/** Sets a property of the object itself, whatever its name is. */
export const setOwn = (target: object, key: string, value: unknown): void =>
  void Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true })
