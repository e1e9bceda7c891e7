import type { FuseState } from '../../gql/graphql.ts'
import styles from './state-glyph.module.css'

/** A dot, a half disc or a cross: the state without its colour. */
export const StateGlyph = ({ state }: { state: FuseState }) => (
  <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true" focusable="false" className={styles.glyph} data-state={state}>
    {state === 'CLOSED' && <circle cx="6" cy="6" r="5" className={styles.filled} />}
    {state === 'HALF_OPEN' && <><circle cx="6" cy="6" r="5" className={styles.line} /><path d="M6 1a5 5 0 0 1 0 10z" className={styles.filled} /></>}
    {state === 'OPEN' && <path d="M1 1L11 11M11 1L1 11" className={styles.cross} />}
  </svg>
)
