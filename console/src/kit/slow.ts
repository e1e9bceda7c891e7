import { useEffect, useState } from 'react'

/** Nobody needs a sign of waiting before this. */
const patienceMs = 400

/** True once something has been under way for longer than one waits without a sign. */
export const useSlow = (since: number | null): boolean => {
  const [slowSince, setSlowSince] = useState<number | null>(null)
  useEffect(() => {
    if (since === null) return
    const timer = setTimeout(() => setSlowSince(since), Math.max(0, since + patienceMs - performance.now()))
    return () => clearTimeout(timer)
  }, [since])
  return since !== null && slowSince === since
}
