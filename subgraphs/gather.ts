import { BackendFailure, Refused } from '../fuse/errors.ts'

/**
 * Asks for each key, at most `atMost` at a time, and answers in the order of `keys`. A key whose call failed has the failure at
 * its place. Where every key failed, the call as a whole did: it throws, so that the fuse counts it, and rather something
 * that says that the backend is ill than a refusal. What is no BackendFailure (the caller hung up, a defect of ours) is thrown as it is.
 */
export async function gather<K, T>(
  keys: readonly K[], atMost: number, ask: (key: K) => Promise<T>,
): Promise<readonly (T | BackendFailure)[]> {
  const places: (T | BackendFailure)[] = Array.from({ length: keys.length })
  const waiting = keys.entries()
  let over = false
  const work = async (): Promise<void> => {
    for (const [place, key] of waiting) {
      if (over) return
      places[place] = await askOne(key, ask)
    }
  }
  const stop = (error: unknown): never => {
    over = true
    throw error
  }
  await Promise.all(Array.from({ length: Math.min(atMost, keys.length) }, () => work().catch(stop)))
  return unlessAllFailed(places)
}

const askOne = async <K, T>(key: K, ask: (key: K) => Promise<T>): Promise<T | BackendFailure> => {
  try {
    return await ask(key)
  } catch (error) {
    if (error instanceof BackendFailure) return error
    throw error
  }
}

const unlessAllFailed = <T>(places: readonly (T | BackendFailure)[]): readonly (T | BackendFailure)[] => {
  const failures = places.filter(place => place instanceof BackendFailure)
  const [first] = failures
  if (first === undefined || failures.length < places.length) return places
  throw failures.find(failure => !(failure instanceof Refused)) ?? first
}
