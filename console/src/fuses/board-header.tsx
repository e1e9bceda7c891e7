import { Button } from '@mantine/core'
import { useConsole } from '../console.ts'
import { useStore } from '../store.ts'
import styles from './fuse-board.module.css'
import type { FuseNow } from './fuse-feed.ts'
import { Mark } from './mark.tsx'
import { countByState } from './order.ts'
import type { Saying } from './sentences.ts'

export type BoardHeaderProps = {
  readonly fuses: readonly FuseNow[]
  readonly saying: Saying
  readonly asTable: boolean
  readonly toggle: () => void
}

/** How the fuses are, and the sentence that matters. It is this page's own socket that shows it: the chat goes over the same. */
export const BoardHeader = ({ fuses, saying: { words, number }, asTable, toggle }: BoardHeaderProps) => {
  const isOnline = useStore(useConsole().connection, (connection) => connection === 'ONLINE')
  const counts = countByState(fuses).map(({ state, count }) => words.counts[state](number(count)))
  return (
    <header className={styles.header}>
      <Mark size={32} />
      <h1 className={styles.title}>{words.title}</h1>
      <p className={`${styles.summary} tabular`}>
        <span>{counts.join(' · ')}</span>
        <span className={isOnline ? undefined : styles.cutOff}>{isOnline ? words.chatUnaffected : words.pageCutOff}</span>
      </p>
      <Button variant="default" size="xs" title={asTable ? words.asBoard : words.asTable} aria-keyshortcuts="v" onClick={toggle}>{asTable ? words.board : words.table}</Button>
    </header>
  )
}
