import type { FuseState } from '../../gql/graphql.ts'
import { useBeat } from './beat.ts'
import styles from './cartridge.module.css'
import { retryInMs } from './fuse-feed.ts'
import type { FuseNow } from './fuse-feed.ts'
import { probesOf } from './phases.ts'
import { countdown } from './sentences.ts'
import type { Moment, Saying } from './sentences.ts'
import type { Second } from './seconds.ts'

/*
 * The element is drawn around the middle of the glass, at 0 0, and its ends run beyond it: it is as wide as the card is.
 */

const wave = 'M-60 0q15 -14 30 0t30 0t30 0t30 0'
const solder = [-130, -65, 0, 65, 130] as const

const Whole = ({ pulse }: { pulse: Second | null }) => (
  <g>
    <path d="M-2000 0H-60M60 0H2000" className={styles.element} />
    <path d={wave} pathLength="100" className={`${styles.element} ${styles.closing}`} />
    {solder.map((x) => <circle key={x} cx={x} cy="0" r="2.5" className={styles.filled} />)}
    {pulse && pulse.calls > 0 && <path key={pulse.at} d={`M-150 0H-60${wave.slice(6)}H150`} pathLength="100" className={styles.shimmer} style={{ opacity: brightness(pulse.calls) }} />}
  </g>
)

const brightness = (calls: number) => Math.min(0.9, 0.3 + 0.25 * Math.log10(calls))

const Parted = ({ label }: { label: string }) => (
  <g>
    <ellipse cx="0" cy="0" rx="52" ry="16" className={styles.scorch} />
    <path d="M-2000 0H-52q7 0 9 -8" className={`${styles.element} ${styles.left}`} />
    <path d="M2000 0H52q-7 0 -9 -8" className={`${styles.element} ${styles.right}`} />
    <text x="0" y="5" textAnchor="middle" className={styles.countdown}>{label}</text>
  </g>
)

const maxBeads = 5
const Bridge = ({ probes }: { probes: number }) => {
  const beads = Math.min(probes, maxBeads)
  return (
    <g>
      <path d="M-2000 0H-30M30 0H2000" className={styles.element} />
      <path d="M-30 0H30" className={`${styles.element} ${styles.dotted}`} />
      {Array.from({ length: beads }, (_, i) => (
        <circle key={i} cx={-30 + (60 * (beads - i)) / (beads + 1)} cy="0" r="5" className={`${styles.filled} ${styles.bead}`} style={{ animationDelay: `${i * 120}ms` }} />
      ))}
    </g>
  )
}

const ringLength = 2 * Math.PI * 9

/** What is left of the time until the next probe. */
const Ring = ({ left }: { left: number }) => (
  <g transform="rotate(-90)">
    <circle r="9" className={styles.track} />
    <circle r="9" className={styles.ring} strokeDasharray={ringLength} strokeDashoffset={ringLength * (1 - left)} />
  </g>
)

export type CartridgeProps = {
  readonly fuse: FuseNow
  readonly saying: Saying
  /** The hub's clock is ahead of `performance.now()` by so much. */
  readonly offset: number
  /** The newest second: where something was asked in it, it runs through the element. */
  readonly pulse: Second | null
  readonly sentence: (moment: Moment) => string
  readonly isSmall?: boolean
}

const freshMs = 800

/** A change that was seen here, just now, is shown as one. */
const isFresh = ({ phases, since }: FuseNow, hubNow: number) => phases.length > 1 && hubNow - Date.parse(since) < freshMs

const beatMs: Readonly<Record<FuseState, number | null>> = { CLOSED: null, HALF_OPEN: null, OPEN: 250 }

/** A fuse in its glass, between two caps; the element itself is the state. */
export const Cartridge = ({ fuse, saying, offset, pulse, sentence, isSmall = false }: CartridgeProps) => {
  const now = Math.max(useBeat(beatMs[fuse.state]), fuse.receivedAt)
  const leftMs = retryInMs(fuse, now)
  const openMs = Math.max(1, now + offset - Date.parse(fuse.since) + (leftMs ?? 0))
  return (
    <div className={isSmall ? styles.small : styles.cartridge} data-state={fuse.state} data-fresh={isFresh(fuse, now + offset)}>
      <div className={styles.glass} key={`glass ${fuse.state}`} />
      <svg width="100%" height="50" role="img" aria-label={sentence({ now: now + offset, retryInMs: leftMs })} className={styles.drawing}>
        <svg x="50%" y="25" overflow="visible" key={fuse.state}>
          {fuse.state === 'CLOSED' && <Whole pulse={pulse} />}
          {fuse.state === 'HALF_OPEN' && <Bridge probes={probesOf(fuse)} />}
          {fuse.state === 'OPEN' && <Parted label={inGap(fuse, saying, leftMs)} />}
        </svg>
        <rect y="0" width="30" height="50" rx="5" className={styles.cap} />
        <svg x="100%" overflow="visible">
          <rect x="-30" y="0" width="30" height="50" rx="5" className={styles.cap} />
        </svg>
        <svg x="100%" y="25" overflow="visible">
          <g transform="translate(-15 0)">{leftMs !== null && <Ring left={Math.min(1, leftMs / openMs)} />}</g>
        </svg>
      </svg>
    </div>
  )
}

const inGap = ({ heldUntil }: FuseNow, saying: Saying, leftMs: number | null): string => {
  if (heldUntil !== null) return saying.words.heldShort
  return leftMs === null || leftMs === 0 ? '…' : countdown(saying, leftMs)
}
