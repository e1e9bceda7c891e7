/** Does `work`, which `end` cuts short where the signal is aborted meanwhile; afterwards that ends nothing any more. Rejects with its reason where it was aborted before. */
export const cuttingShort = async <T>(signal: AbortSignal, end: () => void, work: () => Promise<T>): Promise<T> => {
  signal.throwIfAborted()
  signal.addEventListener('abort', end, { once: true })
  try {
    return await work()
  } finally {
    signal.removeEventListener('abort', end)
  }
}
