import { useEffect } from 'react'
import { openStore, useStore } from '../store.ts'

const tick = openStore(Date.now())
let users = 0
let timer: ReturnType<typeof setInterval> | undefined

/** Now, in ms since the epoch, once a second; nothing ticks while nobody looks. */
export const useNow = (): number => {
  useEffect(() => {
    users += 1
    if (users === 1) {
      tick.set(() => Date.now())
      timer = setInterval(() => tick.set(() => Date.now()), 1_000)
    }
    return () => {
      users -= 1
      if (users === 0) clearInterval(timer)
    }
  }, [])
  return useStore(tick, (now) => now)
}
