import { useEffect, useState } from 'react'

/** `performance.now()`, anew each `ms` while the page is looked at; null stands still. */
export const useBeat = (ms: number | null): number => {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    setNow(performance.now())
    if (ms === null) return
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible') setNow(performance.now())
    }, ms)
    return () => clearInterval(timer)
  }, [ms])
  return now
}
