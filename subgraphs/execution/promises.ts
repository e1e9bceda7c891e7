/** As graphql-js has it: whatever has a `then`. Reading that may throw. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  (typeof value === 'object' || typeof value === 'function') && value !== null && 'then' in value && typeof value.then === 'function'

/** What stands in for another promise-like may do anything; the continuation of ours does not. */
export const after = (value: PromiseLike<unknown>, then: (value: unknown) => unknown): Promise<unknown> => Promise.resolve(value).then(then)
