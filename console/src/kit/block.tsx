import { useId } from 'react'
import type { ReactNode } from 'react'
import { useNow } from './clock.ts'
import { FreshnessLine } from './freshness.tsx'
import { freshnessOf } from './freshness-words.ts'
import { useSlow } from './slow.ts'
import type { Asking } from './use-asked.ts'
import styles from './block.module.css'

export type BlockProps<T> = {
  readonly title: string
  /** Beside the title: what or how many. */
  readonly aside?: string | undefined
  readonly asking: Asking<T>
  /** Lines that the skeleton takes, about as many as there will be. */
  readonly lines: number
  /** What is shown of the last answer. */
  readonly children: (value: T) => ReactNode
  /** What is shown where there has been none, and none comes. */
  readonly missing: string
}

/** Reads the clock with each tick of it. */
const useMoment = (): number => {
  useNow()
  return performance.now()
}

/** One part of a panel that stands and falls with one backend: its state at the top, and the last that came below, greyed where it is behind. */
export const Block = <T,>({ title, aside, asking: { asked, backend, fuse, refresh }, lines, children, missing }: BlockProps<T>) => {
  const heading = useId()
  const freshness = freshnessOf(asked, backend, fuse, useMoment())
  const isSlow = useSlow(asked.askingSince)
  const isBehind = freshness.is === 'STALE' || freshness.is === 'UNAVAILABLE'
  return (
    <section className={styles.block} aria-labelledby={heading} aria-busy={asked.askingSince !== null} data-freshness={freshness.is}>
      <header className={styles.header}>
        <h3 id={heading} className={styles.title}>{title}</h3>
        {aside !== undefined && <span className={styles.aside}>{aside}</span>}
      </header>
      <FreshnessLine freshness={freshness} of={title} isSlow={isSlow} onRefresh={refresh} />
      <div className={styles.body} data-behind={isBehind}>
        {asked.answer ? children(asked.answer.value) : asked.silent ? <p className={styles.missing}>{missing}</p> : <Skeleton lines={lines} isSeen={isSlow} />}
      </div>
    </section>
  )
}

/** Takes its height at once and is seen when it takes long. */
export const Skeleton = ({ lines, isSeen }: { readonly lines: number; readonly isSeen: boolean }) => (
  <div className={styles.skeleton} data-seen={isSeen} aria-hidden="true">
    {Array.from({ length: lines }, (_, i) => <div key={i} className={styles.bone} />)}
  </div>
)
