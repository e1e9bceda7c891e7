const mayHave = (value: unknown): value is { readonly then?: unknown } => (typeof value === 'object' || typeof value === 'function') && value !== null

/** As graphql-js has it: whatever has a `then` that can be called. Reading that may throw. */
export const isPromise = (value: unknown): value is PromiseLike<unknown> => mayHave(value) && typeof value.then === 'function'

/**
 * What stands in for another promise-like may do anything; the continuations of ours do not. `otherwise` is of both: the promise's own rejection,
 * and what `then` throws or rejects with.
 */
export const after = (value: PromiseLike<unknown>, then: (value: unknown) => unknown, otherwise?: (error: unknown) => unknown): Promise<unknown> => {
  const settled = value instanceof Promise ? value : Promise.resolve(value)
  return otherwise ? settled.then(guarded(then, otherwise), otherwise) : settled.then(then)
}

const guarded = (then: (value: unknown) => unknown, otherwise: (error: unknown) => unknown) => (value: unknown): unknown => {
  try {
    const next = then(value)
    return next instanceof Promise ? next.then(undefined, otherwise) : next
  } catch (error) {
    return otherwise(error)
  }
}
