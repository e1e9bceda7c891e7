import { Button, Drawer } from '@mantine/core'
import { useState } from 'react'
import type { KeyboardEvent } from 'react'
import { pathOf } from '../app/route.ts'
import styles from './drawers.module.css'
import { Facts } from './facts.tsx'
import type { Shown } from './fuse-card.tsx'
import { causeOf, incidentNote } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { spanOfTrip, tripIdOf } from './trips.ts'
import type { Trip } from './trips.ts'

export type TripDrawerProps = {
  readonly shown: Shown
  /** Null where it is none of the last hour's. */
  readonly trip: Trip | null
  readonly now: number
  readonly saying: Saying
  readonly onClose: () => void
  readonly step: (steps: 1 | -1) => void
}

type Copying = { readonly is: 'COPIED' } | { readonly is: 'BY_HAND'; readonly text: string }

/** A page that is not secure has no clipboard, whatever its types say. */
const copy = async (text: string): Promise<Copying> => {
  try {
    await navigator.clipboard.writeText(text)
    return { is: 'COPIED' }
  } catch {
    return { is: 'BY_HAND', text }
  }
}

const CopyNote = ({ text, saying: { words } }: { text: string; saying: Saying }) => {
  const [copying, setCopying] = useState<Copying | null>(null)
  return (
    <>
      <div className={styles.actions}>
        <Button variant="default" onClick={() => void copy(text).then(setCopying)}>{words.copyNote}</Button>
        <span role="status">{copying?.is === 'COPIED' ? words.copied : null}</span>
      </div>
      {copying?.is === 'BY_HAND' && (
        <label>
          {words.copyByHand}
          <textarea className={styles.note} readOnly value={copying.text} onFocus={({ currentTarget }) => currentTarget.select()} />
        </label>
      )}
    </>
  )
}

const Cost = ({ shown, trip, now, saying }: Pick<TripDrawerProps, 'shown' | 'now' | 'saying'> & { trip: Trip }) => {
  const { words, span, time, number } = saying
  const { from, to } = spanOfTrip(trip, now)
  const link = `${location.origin}${pathOf({ at: 'FUSES', trip: tripIdOf(shown.fuse.id, trip) })}`
  const text = incidentNote(saying, { fuseId: shown.fuse.id, name: shown.name, protocol: shown.fuse.protocol, trip, link }, now)
  return (
    <>
      <Facts
        facts={[
          [words.opened, time(from)],
          [words.closedAt, trip.closedAt === null ? words.goesOn : time(to)],
          [words.lasted, span(to - from)],
          [words.cause, causeOf(saying, trip.errorCode)],
          [words.refusedCalls, number(trip.rejected)],
          [words.fromStale, number(trip.servedStale)],
        ]}
      />
      <CopyNote key={link} text={text} saying={saying} />
    </>
  )
}

/** What an outage cost. */
export const TripDrawer = ({ shown, trip, now, saying, onClose, step }: TripDrawerProps) => {
  const { words } = saying
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === '[') step(-1)
    if (event.key === ']') step(1)
  }
  return (
    <Drawer opened onClose={onClose} position="right" title={words.outageOf(shown.name)} closeButtonProps={{ 'aria-label': words.close }} onKeyDown={onKeyDown}>
      {trip ? <Cost shown={shown} trip={trip} now={now} saying={saying} /> : <p>{words.tripGone}</p>}
      <div className={styles.actions}>
        <Button variant="subtle" onClick={() => step(-1)}>{`[ ${words.earlierTrip}`}</Button>
        <Button variant="subtle" onClick={() => step(1)}>{`${words.laterTrip} ]`}</Button>
      </div>
    </Drawer>
  )
}
