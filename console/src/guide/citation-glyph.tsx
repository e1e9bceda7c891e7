import type { CitationState } from '../../gql/graphql.ts'
import styles from './guide.module.css'

const shapes: Readonly<Record<CitationState, string>> = { CURRENT: 'M3 6.5l2 2 4-5', CHANGED: 'M2 7.5q2-4 4-1.5t4-1.5', GONE: 'M3 3l6 6m0-6l-6 6' }

export const CitationGlyph = ({ state }: { readonly state: CitationState }) => (
  <svg className={styles.glyph} data-state={state} viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><path d={shapes[state]} /></svg>
)
