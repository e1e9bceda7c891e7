import { useId, useState } from 'react'
import type { KeyboardEvent, PointerEvent } from 'react'
import type { FuseState } from '../../gql/graphql.ts'
import type { Span } from './phases.ts'
import { secondAt, shownMs } from './seconds.ts'
import type { Second } from './seconds.ts'
import { readingOf } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { hatchesOf, height, linesOf, width, yOf } from './sparkline.ts'
import styles from './sparkline.module.css'

export type SparklineProps = {
  readonly name: string
  readonly state: FuseState
  readonly seconds: readonly Second[]
  readonly open: readonly Span[]
  readonly probed: readonly Span[]
  readonly timeoutMs: number | null
  /** By the hub's clock. */
  readonly now: number
  readonly saying: Saying
}

const farthest = shownMs / 1_000 - 1

const steps: Readonly<Record<string, (at: number) => number>> = {
  ArrowLeft: (at) => at + 1,
  ArrowRight: (at) => at - 1,
  ArrowUp: (at) => at + 1,
  ArrowDown: (at) => at - 1,
  PageUp: (at) => at + 10,
  PageDown: (at) => at - 10,
  Home: () => farthest,
  End: () => 0,
}

/** Which second is read: how many ago, by the pointer or by arrow keys; null where none is. */
const useReading = () => {
  const [ago, setAgo] = useState<number | null>(null)
  const [held, setHeld] = useState(0)
  const within = (value: number) => Math.min(farthest, Math.max(0, value))
  return {
    ago,
    held,
    handlers: {
      onPointerMove: ({ currentTarget, clientX }: PointerEvent<HTMLDivElement>) => {
        const { left, width: drawn } = currentTarget.getBoundingClientRect()
        setAgo(within(Math.round((1 - (clientX - left) / Math.max(1, drawn)) * (shownMs / 1_000))))
      },
      onPointerLeave: () => setAgo(null),
      onFocus: () => setAgo((was) => was ?? held),
      onBlur: () => setAgo(null),
      onKeyDown: (event: KeyboardEvent) => {
        const step = Object.hasOwn(steps, event.key) ? steps[event.key] : undefined
        if (!step) return
        event.preventDefault()
        const next = within(step(ago ?? held))
        setHeld(next)
        setAgo(next)
      },
    },
  }
}

type DrawingProps = Omit<SparklineProps, 'name' | 'saying'> & { readonly ago: number | null }

const Drawing = ({ state, seconds, open, probed, timeoutMs, now, ago }: DrawingProps) => {
  const hatch = useId()
  const lines = linesOf(seconds, now)
  const readX = ago === null ? null : width - (ago / (shownMs / 1_000)) * width
  return (
    <svg viewBox={`0 0 ${width} ${height}`} width={width} height={height} preserveAspectRatio="none" aria-hidden="true" focusable="false" className={styles.drawing} data-state={state}>
      <defs>
        <pattern id={hatch} width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
          <rect width="2" height="6" className={styles.hatch} />
        </pattern>
      </defs>
      {timeoutMs !== null && <path d={`M0 ${yOf(timeoutMs)}H${width}`} className={styles.timeout} />}
      {hatchesOf(open, probed, now).map(({ x, width: wide }) => <rect key={x} x={x} y="0" width={wide} height={height} fill={`url(#${hatch})`} />)}
      <path d={lines.band} className={styles.band} />
      <path d={lines.p50} className={styles.line} />
      <path d={lines.dots} className={`${styles.line} ${styles.dots}`} />
      <path d={lines.failures} className={styles.failures} />
      {readX !== null && <path d={`M${readX} 0V${height}`} className={styles.cursor} />}
    </svg>
  )
}

/** Two minutes of answers. It is no picture for who can't see it, but something to be read, second by second. */
export const Sparkline = ({ name, saying, ...drawn }: SparklineProps) => {
  const { ago, held, handlers } = useReading()
  const readAgo = ago ?? held
  const at = drawn.now - readAgo * 1_000
  const reading = readingOf(saying, readAgo, secondAt(drawn.seconds, drawn.now, readAgo), drawn.open.some(({ from, to }) => at >= from && at <= to))
  return (
    <div
      role="slider" tabIndex={0} className={styles.sparkline} aria-label={saying.words.spark(name)} aria-orientation="horizontal"
      aria-valuemin={-farthest} aria-valuemax={0} aria-valuenow={-readAgo} aria-valuetext={reading} {...handlers}
    >
      <Drawing {...drawn} ago={ago} />
      {ago !== null && <span className={`${styles.reading} tabular`} aria-hidden="true">{reading}</span>}
    </div>
  )
}
