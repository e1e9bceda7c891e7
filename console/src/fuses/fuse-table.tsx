import type { Shown } from './fuse-card.tsx'
import { StateLine } from './fuse-card.tsx'
import styles from './fuse-table.module.css'
import { causeOf, msOf, protocolOf } from './sentences.ts'
import type { Saying } from './sentences.ts'
import { sinceWhen } from './trips.ts'

export type TableProps = {
  readonly all: readonly Shown[]
  readonly now: number
  readonly offset: number
  readonly saying: Saying
  readonly onOpen: (id: string) => void
}

type Row = Omit<TableProps, 'all' | 'onOpen'> & { readonly shown: Shown; readonly onOpen: () => void }

const FuseTableRow = ({ shown, saying, now, offset, onOpen }: Row) => {
  const { words, span, number } = saying
  const { fuse } = shown
  return (
    <tr>
      <th scope="row">
        <button type="button" className={styles.open} data-fuse={fuse.id} aria-haspopup="dialog" onClick={onOpen}>{fuse.backend}</button>
      </th>
      <td><StateLine shown={shown} saying={saying} now={now} offset={offset} /></td>
      <td className="tabular">{span(Math.max(0, now - sinceWhen(shown.trips, fuse)))}</td>
      <td className={styles.number}>{msOf(saying, fuse.p50Ms)}</td>
      <td className={styles.number}>{msOf(saying, fuse.p99Ms)}</td>
      <td className={styles.number}>{number(fuse.calls)}</td>
      <td className={styles.number}>{number(fuse.failures)}</td>
      <td className={styles.number}>{number(fuse.rejected)}</td>
      <td>{fuse.lastErrorCode === null ? words.none : causeOf(saying, fuse.lastErrorCode)}</td>
      <td>{protocolOf(saying, fuse.protocol)}</td>
      <td>{fuse.instance}</td>
    </tr>
  )
}

/** The board without its drawings. */
export const FuseTable = ({ all, saying, onOpen, ...rest }: TableProps) => {
  const { columns, title } = saying.words
  return (
    <div className={styles.scroll} tabIndex={0} role="region" aria-label={title}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{columns.name}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col">{columns.since}</th>
            <th scope="col" className={styles.number}>{columns.p50}</th>
            <th scope="col" className={styles.number}>{columns.p99}</th>
            <th scope="col" className={styles.number}>{columns.calls}</th>
            <th scope="col" className={styles.number}>{columns.failed}</th>
            <th scope="col" className={styles.number}>{columns.refused}</th>
            <th scope="col">{columns.lastError}</th>
            <th scope="col">{columns.protocol}</th>
            <th scope="col">{columns.instance}</th>
          </tr>
        </thead>
        <tbody>
          {all.map((shown) => <FuseTableRow key={shown.fuse.id} shown={shown} saying={saying} onOpen={() => onOpen(shown.fuse.id)} {...rest} />)}
        </tbody>
      </table>
    </div>
  )
}
