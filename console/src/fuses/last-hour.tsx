import type { Shown } from './fuse-card.tsx'
import styles from './last-hour.module.css'
import { blockNameOf } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { blocksOf, tripIdOf } from './trips.ts'
import type { Block, Part } from './trips.ts'

export type LastHourProps = {
  readonly all: readonly Shown[]
  readonly now: number
  readonly saying: Saying
  /** The link of the trip whose drawer is open. */
  readonly chosen: string | null
  readonly onChoose: (trip: string) => void
}

const place = ({ from, to }: Part) => ({ left: `${from * 100}%`, width: `${(to - from) * 100}%` })

type BlockProps = Omit<LastHourProps, 'all'> & { readonly block: Block; readonly shown: Shown }

const TripBlock = ({ block, shown: { fuse, name }, now, saying, chosen, onChoose }: BlockProps) => {
  const newest = block.trips.at(-1)
  if (!newest) return null
  const whole = { from: block.refusing.from, to: block.tail?.to ?? block.refusing.to }
  const within = (share: number) => `${((share - whole.from) / Math.max(1e-9, whole.to - whole.from)) * 100}%`
  const label = blockNameOf(saying, name, block.trips, now)
  return (
    <button
      type="button" className={styles.block} style={place(whole)} aria-haspopup="dialog" title={label} aria-label={label}
      data-chosen={block.trips.some((trip) => tripIdOf(fuse.id, trip) === chosen)} onClick={() => onChoose(tripIdOf(fuse.id, newest))}
    >
      <span className={styles.refusing} style={{ width: within(block.refusing.to) }} />
      {block.tail && <span className={styles.tail} />}
      {block.notches.map((at) => <span key={at} className={styles.notch} style={{ left: within(at) }} />)}
    </button>
  )
}

const axis = [60, 45, 30, 15, 0] as const

/** A lane for each fuse: a thin line while it was closed, and a block for each time that it was not. */
export const LastHour = ({ all, ...rest }: LastHourProps) => (
  <section className={styles.hour} aria-labelledby="last-hour">
    <h2 id="last-hour" className={styles.title}>
      {rest.saying.words.lastHour}
      <span className={styles.hint}>{rest.saying.words.lastHourHint}</span>
    </h2>
    <ul className={styles.lanes}>
      {all.map((shown) => (
        <li key={shown.fuse.id} className={styles.lane}>
          <span className={styles.name}>{shown.name}</span>
          <div className={styles.track}>
            {shown.trips.length === 0 && <span className="out-of-sight">{rest.saying.words.noTrips}</span>}
            {blocksOf(shown.trips, shown.fuse.phases, rest.now).map((block) => (
              <TripBlock key={block.trips[0]?.openedAt} block={block} shown={shown} {...rest} />
            ))}
          </div>
        </li>
      ))}
    </ul>
    <div className={`${styles.axis} tabular`} aria-hidden="true">
      {axis.map((minutes) => <span key={minutes} className={styles.tick} style={{ left: `${(1 - minutes / 60) * 100}%` }}>{rest.saying.words.minutesAgo(minutes)}</span>)}
    </div>
  </section>
)
