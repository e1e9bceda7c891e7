import styles from './drawers.module.css'
import type { Outcome } from './operate.ts'
import type { Saying } from './sentences.ts'

/** Why what somebody wanted was not done; it is there before it says anything, so that it is read out. */
export const Refusal = ({ outcome, saying: { words: { refusals } } }: { readonly outcome: Outcome; readonly saying: Saying }) => (
  <p role="alert" className={styles.refusal}>{outcome === null ? null : outcome === 'FORBIDDEN' || outcome === 'HUB_UNREACHABLE' ? refusals[outcome] : refusals.other}</p>
)
