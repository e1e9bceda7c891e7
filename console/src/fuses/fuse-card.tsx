import { Cartridge } from './cartridge.tsx'
import styles from './fuse-card.module.css'
import type { FuseNow } from './fuse-feed.ts'
import { retryInMs } from './fuse-feed.ts'
import { probedSpans } from './phases.ts'
import type { Second } from './seconds.ts'
import { msOf, protocolOf, sentenceOf, sinceOf, statusOf } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { Sparkline } from './sparkline.tsx'
import { StateGlyph } from './state-glyph.tsx'
import { openSpans, sinceWhen } from './trips.ts'
import type { Trip } from './trips.ts'
import { useBeat } from './beat.ts'

/** A fuse with what is known of it. */
export type Shown = {
  readonly fuse: FuseNow
  readonly name: string
  /** Where there is more than one process, and the name does not say it. */
  readonly instance: string | null
  readonly seconds: readonly Second[]
  readonly trips: readonly Trip[]
  readonly timeoutMs: number | null
}

export type PartProps = {
  readonly shown: Shown
  readonly saying: Saying
  /** By the hub's clock. */
  readonly now: number
  /** The hub's clock is ahead of `performance.now()` by so much. */
  readonly offset: number
}

/** State by glyph, word and colour, and what comes next. */
export const StateLine = ({ shown: { fuse }, saying, offset }: PartProps) => {
  const beat = Math.max(useBeat(fuse.state === 'OPEN' ? 250 : 1_000), fuse.receivedAt)
  const status = statusOf(saying, fuse, { now: beat + offset, retryInMs: retryInMs(fuse, beat) })
  return (
    <span className={styles.state} data-state={fuse.state}>
      <StateGlyph state={fuse.state} />
      <span className={styles.word}>{saying.words.states[fuse.state]}</span>
      {status !== null && <span className="tabular">{`· ${status}`}</span>}
    </span>
  )
}

export const Spark = ({ shown: { fuse, name, seconds, trips, timeoutMs }, saying, now }: PartProps) => (
  <Sparkline
    name={name} state={fuse.state} seconds={seconds} timeoutMs={timeoutMs} now={now} saying={saying}
    open={openSpans(trips, fuse, now)} probed={probedSpans(fuse.phases, now)}
  />
)

export const Element = ({ shown: { fuse, name, seconds, trips }, saying, offset, isSmall = false }: PartProps & { readonly isSmall?: boolean }) => (
  <Cartridge fuse={fuse} saying={saying} offset={offset} pulse={seconds.at(-1) ?? null} isSmall={isSmall} sentence={(moment) => sentenceOf(saying, name, fuse, trips, moment)} />
)

export const Counts = ({ shown: { fuse }, saying: { words, number } }: PartProps) => (
  <p className={`${styles.counts} tabular`}>
    <span>{words.calls(number(fuse.calls))}</span>
    <span className={styles.strong}>{words.failed(number(fuse.failures))}</span>
    <span>{words.refused(number(fuse.rejected))}</span>
  </p>
)

export const Quantiles = ({ shown: { fuse }, saying }: PartProps) => (
  <span className={`${styles.quantiles} tabular`}>
    <span className={styles.strong}>{`${saying.words.p50} ${msOf(saying, fuse.p50Ms)}`}</span>
    <span>{`${saying.words.p99} ${msOf(saying, fuse.p99Ms)}`}</span>
  </span>
)

export type CardProps = PartProps & {
  readonly onOpen: () => void
  readonly tryNow: (() => void) | null
  readonly faultSwitch: React.ReactNode
}

/** As a heading, so that one may go from fuse to fuse; and a button, so that it opens. */
const Name = ({ shown: { name, fuse }, onOpen }: Pick<CardProps, 'shown' | 'onOpen'>) => (
  <h2 className={styles.name}>
    <button type="button" className={styles.open} data-fuse={fuse.id} aria-haspopup="dialog" onClick={onOpen}>{name}</button>
  </h2>
)

const Origin = ({ shown: { fuse, instance, timeoutMs }, saying }: PartProps) => {
  const parts = [instance, protocolOf(saying, fuse.protocol), timeoutMs === null ? null : saying.words.waitsAtMost(saying.words.ms(saying.number(timeoutMs)))]
  return <span className={styles.origin}>{parts.filter((part) => part !== null).join(' · ')}</span>
}

export const FuseCard = ({ onOpen, tryNow, faultSwitch, ...part }: CardProps) => (
  <article className={styles.card}>
    <header className={styles.head}>
      <Name shown={part.shown} onOpen={onOpen} />
      <Origin {...part} />
    </header>
    <Element {...part} />
    <div className={styles.line}>
      <StateLine {...part} />
      <span className={`${styles.since} tabular`}>{sinceOf(part.saying, sinceWhen(part.shown.trips, part.shown.fuse), part.now)}</span>
    </div>
    <div className={styles.past}>
      <Spark {...part} />
      <Quantiles {...part} />
    </div>
    <div className={styles.foot}>
      <Counts {...part} />
      {tryNow && <button type="button" className={styles.try} onClick={tryNow}>{part.saying.words.tryNow}</button>}
    </div>
    {faultSwitch}
  </article>
)

/** One line of many fuses: the same drawing, smaller. */
export const FuseRow = ({ onOpen, tryNow, faultSwitch: _, ...part }: CardProps) => (
  <article className={styles.row}>
    <Name shown={part.shown} onOpen={onOpen} />
    <Element {...part} isSmall />
    <StateLine {...part} />
    <Spark {...part} />
    <Quantiles {...part} />
    <Counts {...part} />
    {tryNow && <button type="button" className={styles.try} onClick={tryNow}>{part.saying.words.tryNow}</button>}
  </article>
)
