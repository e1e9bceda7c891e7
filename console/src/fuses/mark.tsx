import styles from './mark.module.css'

/** A wire in its holder, 32 units wide; at 16 px and less the holder would only blur it. */
export const Mark = ({ size }: { size: number }) => (
  <svg width={size} height={size} viewBox={size > 16 ? '0 0 32 32' : '4 4 24 24'} aria-hidden="true" focusable="false" className={styles.mark}>
    {size > 16 && <rect x="0.75" y="0.75" width="30.5" height="30.5" rx="7" className={styles.holder} />}
    <path d={wire} className={styles.wire} />
  </svg>
)

const wire = 'M5 16H11C13.5 8 15.5 8 16 16S18.5 24 21 16H27'
