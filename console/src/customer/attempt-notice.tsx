import { useWords } from '../words/words.ts'
import type { Attempt, Refused } from './attempt.ts'
import styles from './customer.module.css'

export type AttemptNoticeProps = {
  readonly attempt: Attempt<unknown>
  readonly done: string
  readonly unsure: string
  readonly heldBack: string
  /** Refusals that no field of the form shows. */
  readonly elsewhere: readonly Refused[]
}

/** What became of it; read out when it changes. */
export const AttemptNotice = ({ attempt, done, unsure, heldBack, elsewhere }: AttemptNoticeProps) => {
  const { customer } = useWords()
  return (
    <div role="status" className={styles.notice} data-is={attempt.is}>
      {attempt.is === 'DONE' && <p>{done}</p>}
      {attempt.is === 'UNSURE' && <p>{unsure}</p>}
      {attempt.is === 'HELD_BACK' && <p>{heldBack}</p>}
      {elsewhere.map((one, i) => <p key={i}>{customer.refused(customer.refusals[one.code], one.message)}</p>)}
    </div>
  )
}
