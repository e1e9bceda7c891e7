import { Button, Drawer, NativeSelect, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { SubmitEvent } from 'react'
import styles from './drawers.module.css'
import { Facts } from './facts.tsx'
import type { Shown } from './fuse-card.tsx'
import { retryInMs } from './fuse-feed.ts'
import type { FuseNow } from './fuse-feed.ts'
import type { Operations, Outcome } from './operate.ts'
import { Refusal } from './refusal.tsx'
import { blockNameOf, causeOf, countdown, msOf, protocolOf } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { tripIdOf } from './trips.ts'

export type FuseDrawerProps = {
  readonly shown: Shown
  readonly now: number
  /** By `performance.now()`. */
  readonly beat: number
  readonly saying: Saying
  /** Null for who is no operator. */
  readonly operations: Operations | null
  readonly onClose: () => void
  readonly onTrip: (trip: string) => void
}

const holdSpans = { m5: 300_000, m30: 1_800_000, h1: 3_600_000, h4: 14_400_000, h24: 86_400_000 } as const
type HoldSpan = keyof typeof holdSpans
const spanNames = ['m5', 'm30', 'h1', 'h4', 'h24'] as const satisfies readonly HoldSpan[]
const maxReason = 500

type Act = (asking: Promise<Outcome>) => Promise<void>
type HoldFormProps = { readonly saying: Saying; readonly isBusy: boolean; readonly hold: (reason: string, forMs: number) => void }

const HoldForm = ({ saying: { words }, isBusy, hold }: HoldFormProps) => {
  const [reason, setReason] = useState('')
  const [span, setSpan] = useState<HoldSpan>('m30')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (reason.trim() !== '') hold(reason.trim(), holdSpans[span])
  }
  return (
    <form className={styles.form} onSubmit={submit}>
      <TextInput label={words.reason} placeholder={words.reasonPlaceholder} required maxLength={maxReason} value={reason} onChange={({ currentTarget }) => setReason(currentTarget.value)} />
      <NativeSelect
        label={words.forHowLong} value={span} data={spanNames.map((value) => ({ value, label: words.spans[value] }))}
        onChange={({ currentTarget }) => setSpan(spanNames.find((one) => one === currentTarget.value) ?? 'm30')}
      />
      <div className={styles.actions}>
        <Button type="submit" color="red" variant="outline" disabled={reason.trim() === ''} loading={isBusy}>{words.hold}</Button>
      </div>
      <p className={styles.hint}>{words.holdHint}</p>
    </form>
  )
}

const Operate = ({ fuse: { id, heldUntil }, saying, operations }: { fuse: FuseNow; saying: Saying; operations: Operations }) => {
  const { words } = saying
  const [isBusy, setBusy] = useState(false)
  const [outcome, setOutcome] = useState<Outcome>(null)
  const act: Act = async (asking) => {
    setBusy(true)
    setOutcome(await asking)
    setBusy(false)
  }
  return (
    <section aria-label={words.operate}>
      <h3 className={styles.part}>{words.operate}</h3>
      <div className={styles.actions}>
        <Button variant="default" loading={isBusy} onClick={() => void act(operations.tryNow(id))}>{words.tryNow}</Button>
        {heldUntil !== null && <Button variant="default" loading={isBusy} onClick={() => void act(operations.release(id))}>{words.release}</Button>}
      </div>
      <p className={styles.hint}>{heldUntil === null ? words.tryHint : words.releaseHint}</p>
      <Refusal outcome={outcome} saying={saying} />
      <HoldForm saying={saying} isBusy={isBusy} hold={(reason, forMs) => void act(operations.hold(id, reason, forMs))} />
    </section>
  )
}

const factsOf = ({ shown: { fuse, timeoutMs }, beat, saying }: Pick<FuseDrawerProps, 'shown' | 'beat' | 'saying'>): readonly (readonly [string, string])[] => {
  const { words: { facts, meanings, none, missing, ms }, time, number } = saying
  const leftMs = retryInMs(fuse, Math.max(beat, fuse.receivedAt))
  return [
    [facts.state, meanings[fuse.state]],
    [facts.since, time(Date.parse(fuse.since))],
    ...(fuse.heldUntil === null ? [] : [[facts.heldUntil, time(Date.parse(fuse.heldUntil))] as const]),
    ...(leftMs === null || fuse.heldUntil !== null ? [] : [[facts.nextTry, countdown(saying, leftMs)] as const]),
    [facts.timeout, timeoutMs === null ? missing : ms(number(timeoutMs))],
    [facts.p50, msOf(saying, fuse.p50Ms)],
    [facts.p99, msOf(saying, fuse.p99Ms)],
    [facts.calls, number(fuse.calls)],
    [facts.failed, number(fuse.failures)],
    [facts.refused, number(fuse.rejected)],
    [facts.lastError, fuse.lastErrorCode === null ? none : causeOf(saying, fuse.lastErrorCode)],
    [facts.protocol, protocolOf(saying, fuse.protocol)],
    [facts.instance, fuse.instance],
  ]
}

const maxTrips = 20

/** One fuse, what is known of it, and what an operator can do about it. */
export const FuseDrawer = ({ shown, now, beat, saying, operations, onClose, onTrip }: FuseDrawerProps) => {
  const { words } = saying
  const { fuse, name, trips } = shown
  return (
    <Drawer opened onClose={onClose} position="right" title={words.drawerOf(name)} closeButtonProps={{ 'aria-label': words.close }}>
      <Facts facts={factsOf({ shown, beat, saying })} />
      <h3 className={styles.part}>{words.hourOf}</h3>
      {trips.length === 0 && <p className={styles.hint}>{words.none}</p>}
      <ul className={styles.trips}>
        {trips.slice(-maxTrips).toReversed().map((trip) => (
          <li key={trip.openedAt}>
            <button type="button" className={`${styles.trip} tabular`} onClick={() => onTrip(tripIdOf(fuse.id, trip))}>{blockNameOf(saying, name, [trip], now)}</button>
          </li>
        ))}
      </ul>
      {operations && <Operate fuse={fuse} saying={saying} operations={operations} />}
    </Drawer>
  )
}
