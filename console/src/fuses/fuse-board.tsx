import { useEffect, useMemo, useState } from 'react'
import { useKeys } from '../app/keys.ts'
import { go, useRoute } from '../app/route.ts'
import { useConsole } from '../console.ts'
import { useFocusBack } from '../kit/focus-back.ts'
import { useStore } from '../store.ts'
import { Announcer } from './announcer.tsx'
import { useBeat } from './beat.ts'
import { BoardHeader } from './board-header.tsx'
import { FaultSwitch } from './fault-switch.tsx'
import styles from './fuse-board.module.css'
import { FuseCard, FuseRow } from './fuse-card.tsx'
import type { Shown } from './fuse-card.tsx'
import { FuseDrawer } from './fuse-drawer.tsx'
import type { FuseNow } from './fuse-feed.ts'
import { FuseTable } from './fuse-table.tsx'
import { LastHour } from './last-hour.tsx'
import { useOperations } from './operate.ts'
import type { Operations, Outcome } from './operate.ts'
import { inOrder, manyInstances, nameOf } from './order.ts'
import { nothingKnown, openPast } from './past.ts'
import type { Past } from './past.ts'
import { Refusal } from './refusal.tsx'
import { useSaying } from './saying.ts'
import type { Saying } from './sentences.ts'
import { TripDrawer } from './trip-drawer.tsx'
import { addressOf, inTime, stepFrom, tripIdOf } from './trips.ts'
import { useFaults } from './use-faults.tsx'

/** More than these are rows. */
const mostCards = 23

const usePast = (): Past => {
  const { client, fuses, connection } = useConsole()
  const [past, setPast] = useState(nothingKnown)
  useEffect(() => {
    const opened = openPast({ client, fuses, connection })
    const unsubscribe = opened.past.subscribe(() => setPast(opened.past.get()))
    return () => {
      unsubscribe()
      opened.close()
    }
  }, [client, fuses, connection])
  return past
}

const shownOf = (fuses: ReadonlyMap<string, FuseNow>, { seconds, trips, timeouts, listed }: Past): readonly Shown[] => {
  const all = inOrder(fuses.values(), listed)
  const isMany = manyInstances(all)
  return all.map((fuse) => {
    const isAmbiguous = all.some((other) => other !== fuse && other.backend === fuse.backend)
    return {
      fuse,
      name: nameOf(fuse, isAmbiguous),
      instance: isMany && !isAmbiguous ? fuse.instance : null,
      seconds: seconds.get(fuse.id) ?? [],
      trips: trips.get(fuse.id) ?? [],
      timeoutMs: timeouts.get(fuse.id) ?? null,
    }
  })
}

type Board = {
  readonly all: readonly Shown[]
  readonly past: Past
  readonly saying: Saying
  readonly now: number
  readonly offset: number
  readonly beat: number
}

const openTrip = (trip: string | null) => go({ at: 'FUSES', trip })

const stepTrip = (past: Past, link: string | null) => (steps: 1 | -1) => {
  const found = stepFrom(inTime(past.trips), link, steps)
  if (found) openTrip(tripIdOf(found.fuseId, found.trip))
}

/** Moves from fuse to fuse; from none to the first. */
const moveBy = (steps: 1 | -1) => {
  const names = [...document.querySelectorAll<HTMLElement>('[data-fuse]')]
  const at = names.findIndex((name) => name === document.activeElement || name.closest('article, tr')?.contains(document.activeElement))
  const next = names[at === -1 ? 0 : Math.min(names.length - 1, Math.max(0, at + steps))]
  next?.focus()
  next?.closest('article, tr')?.scrollIntoView({ block: 'nearest' })
}

const useBoardKeys = (past: Past, link: string | null, toggle: () => void) => {
  const keys = useMemo(() => ({
    j: () => moveBy(1),
    k: () => moveBy(-1),
    v: toggle,
    '[': () => stepTrip(past, link)(-1),
    ']': () => stepTrip(past, link)(1),
  }), [past, link, toggle])
  useKeys(keys)
}

type DrawersProps = Board & { readonly link: string; readonly operations: Operations | null }

/** What the address names: an outage, or a fuse. */
const Drawers = ({ all, past, saying, now, beat, link, operations }: DrawersProps) => {
  useFocusBack()
  const { fuseId, openedAt } = addressOf(link)
  const shown = all.find(({ fuse }) => fuse.id === fuseId) ?? all.find(({ fuse }) => fuse.backend === fuseId)
  if (!shown) return null
  const onClose = () => openTrip(null)
  if (openedAt === null) return <FuseDrawer key={link} shown={shown} now={now} beat={beat} saying={saying} operations={operations} onClose={onClose} onTrip={openTrip} />
  const trip = shown.trips.find((one) => one.openedAt === openedAt) ?? null
  if (!trip && past.state === 'ASKING') return null
  return <TripDrawer shown={shown} trip={trip} now={now} saying={saying} onClose={onClose} step={stepTrip(past, link)} />
}

type CardsProps = Board & { readonly operations: Operations; readonly isAdmin: boolean }

const Cards = ({ all, saying, now, offset, operations, isAdmin }: CardsProps) => {
  const faults = useFaults(operations)
  const [outcome, setOutcome] = useState<Outcome>(null)
  const tell = async (asking: Promise<Outcome>) => setOutcome(await asking)
  const Card = all.length > mostCards ? FuseRow : FuseCard
  return (
    <>
      <div className={styles.bus} aria-hidden="true" />
      <div className={styles.risers} aria-hidden="true">{all.length > mostCards ? null : all.map(({ fuse }) => <span key={fuse.id} className={styles.riser} />)}</div>
      <div className={all.length > mostCards ? styles.rows : styles.cards}>
        {all.map((shown) => (
          <Card
            key={shown.fuse.id} shown={shown} saying={saying} now={now} offset={offset} onOpen={() => openTrip(shown.fuse.id)}
            tryNow={isAdmin && shown.fuse.state === 'OPEN' ? () => void tell(operations.tryNow(shown.fuse.id)) : null}
            faultSwitch={faults.areOffered && (
              <FaultSwitch name={shown.name} saying={saying} chosen={faults.chosen.get(shown.fuse.backend) ?? null} choose={(fault) => tell(faults.choose(shown.fuse.backend, fault))} />
            )}
          />
        ))}
      </div>
      {faults.areRefused ? <p role="alert" className="quiet">{saying.words.noFaults}</p> : <Refusal outcome={outcome} saying={saying} />}
    </>
  )
}

const useBoard = (): Board => {
  const fuses = useStore(useConsole().fuses, (all) => all)
  const past = usePast()
  const saying = useSaying()
  const beat = useBeat(1_000)
  const all = useMemo(() => shownOf(fuses, past), [fuses, past])
  // Until the hub's clock is heard of, this machine's has to do.
  const offset = past.offset ?? Date.now() - performance.now()
  return { all, past, saying, offset, beat, now: beat + offset }
}

const FuseBoard = () => {
  const board = useBoard()
  const { all, past, saying, now, offset } = board
  const route = useRoute()
  const link = route.at === 'FUSES' ? route.trip : null
  const [asTable, setAsTable] = useState(false)
  const [toggle] = useState(() => () => setAsTable((was) => !was))
  const operations = useOperations()
  const isAdmin = useConsole().me.role === 'ADMIN'
  useBoardKeys(past, link, toggle)
  return (
    <div className={styles.board}>
      <BoardHeader fuses={all.map(({ fuse }) => fuse)} saying={saying} asTable={asTable} toggle={toggle} />
      {all.length === 0 && <p className="quiet">{saying.words.waiting}</p>}
      {asTable
        ? <FuseTable all={all} now={now} offset={offset} saying={saying} onOpen={openTrip} />
        : <Cards {...board} operations={operations} isAdmin={isAdmin} />}
      {past.state === 'FAILED' && <p role="status" className="quiet">{saying.words.historyFailed}</p>}
      <LastHour all={all} now={now} saying={saying} chosen={link} onChoose={openTrip} />
      {link !== null && <Drawers {...board} link={link} operations={isAdmin ? operations : null} />}
      <Announcer saying={saying} nameOf={({ id, backend }) => all.find((one) => one.fuse.id === id)?.name ?? backend} />
    </div>
  )
}

export default FuseBoard
