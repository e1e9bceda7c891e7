import { useRef, useState } from 'react'
import type { KeyboardEvent } from 'react'
import type { Fault } from '../../gql/graphql.ts'
import styles from './fault-switch.module.css'
import type { Saying } from './sentences.ts'

export const faults = ['OFF', 'SLOW', 'HANG', 'ERROR', 'GARBAGE'] as const satisfies readonly Fault[]
export type DemoFault = (typeof faults)[number]

export type FaultSwitchProps = {
  readonly name: string
  /** What this page has set; the hub does not tell what others have. */
  readonly chosen: DemoFault | null
  readonly choose: (fault: DemoFault) => Promise<void>
  readonly saying: Saying
}

const along: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }

/** Five positions, of the demo alone. Arrow keys move and a press sets: a fault is nothing to be set in passing. */
export const FaultSwitch = ({ name, chosen, choose, saying: { words } }: FaultSwitchProps) => {
  const [isBusy, setBusy] = useState(false)
  const [at, setAt] = useState(0)
  const buttons = useRef<(HTMLButtonElement | null)[]>([])
  const set = (fault: DemoFault) => {
    setBusy(true)
    void choose(fault).finally(() => setBusy(false))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = Object.hasOwn(along, event.key) ? along[event.key] : undefined
    if (step === undefined) return
    event.preventDefault()
    const next = (at + step + faults.length) % faults.length
    setAt(next)
    buttons.current[next]?.focus()
  }
  return (
    <div className={styles.row}>
      <span className={styles.label} aria-hidden="true">{words.fault}</span>
      <div role="radiogroup" aria-label={words.faultOf(name)} aria-busy={isBusy} className={styles.switch} onKeyDown={onKeyDown}>
        {faults.map((fault, i) => (
          <button
            key={fault} type="button" role="radio" aria-checked={chosen === fault} tabIndex={i === at ? 0 : -1} className={styles.position} data-fault={fault}
            ref={(button) => { buttons.current[i] = button }} onFocus={() => setAt(i)} onClick={() => set(fault)}
          >
            {words.faults[fault]}
          </button>
        ))}
      </div>
    </div>
  )
}
