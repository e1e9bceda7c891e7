import { useConsole } from '../console.ts'
import { useStore } from '../store.ts'
import { useWords } from '../words/words.ts'
import styles from './banner.module.css'

/** Quiet: the connection is gone, and what was written is not. */
export const Banner = () => {
  const { connection, outbox } = useConsole()
  const { frame } = useWords()
  const isOffline = useStore(connection, (state) => state === 'OFFLINE')
  const queued = useStore(outbox.pending, (all) => all.filter(({ state }) => state.is !== 'FAILED').length)
  if (!isOffline) return <div role="status" className="out-of-sight" />
  return <div role="status" className={styles.banner}>{frame.reconnecting}{queued > 0 && ` · ${frame.queued(queued)}`}</div>
}
