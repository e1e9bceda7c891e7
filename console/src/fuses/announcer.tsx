import { useEffect, useState } from 'react'
import { useConsole } from '../console.ts'
import type { FuseNow } from './fuse-feed.ts'
import { newsOf } from './sentences.ts'
import type { Saying, Spoken } from './sentences.ts'

const batchMs = 2_000

export type AnnouncerProps = { readonly saying: Saying; readonly nameOf: (fuse: FuseNow) => string }

/** Says changes of state to who listens to the page, and nothing else; what changes within two seconds is said as one. */
export const Announcer = ({ saying, nameOf }: AnnouncerProps) => {
  const { fuses } = useConsole()
  const [news, setNews] = useState<readonly FuseNow[]>([])
  useEffect(() => {
    let spoken: Spoken | null = null
    let timer: ReturnType<typeof setTimeout> | undefined
    const say = () => {
      timer = undefined
      const found = newsOf(spoken ?? new Map(), fuses.get().values())
      spoken = found.spoken
      if (found.news.length > 0) setNews(found.news)
    }
    const wait = () => {
      timer ??= setTimeout(say, batchMs)
    }
    wait()
    const unsubscribe = fuses.subscribe(wait)
    return () => {
      clearTimeout(timer)
      unsubscribe()
    }
  }, [fuses])
  return <p role="status" aria-live="polite" className="out-of-sight">{news.map((fuse) => `${saying.words.announced[fuse.state](nameOf(fuse))}.`).join(' ')}</p>
}
