import { useId, useState } from 'react'
import { useConsole } from '../console.ts'
import { dateOf } from '../kit/dates.ts'
import { useStore } from '../store.ts'
import { tagOf, useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import type { OrderRow as Row } from './readings.ts'
import { formatMoney } from './refund.ts'
import { aboutRefund, Refund } from './refund-form.tsx'
import styles from './customer.module.css'

/** The order that is looked at, whose parcels are shown, and whether its lines are. */
export type Choice = { readonly orderId: string | null; readonly isFolded: boolean }

export type OrderRowProps = {
  readonly order: Row
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
  readonly onRefunded: () => void
}

/** Nothing can be given back of these. */
const isOver = (status: Row['status']) => status === 'CANCELLED' || status === 'REFUNDED'

export const OrderRow = ({ order, choice, onChoose, onRefunded }: OrderRowProps) => {
  const { customer } = useWords()
  const language = useLanguage()
  const details = useId()
  const { id, status, statusText, placedAt, total, lines } = order
  const isChosen = choice.orderId === id
  const { isHeldOpen, release } = useHeldOpen(id)
  const isOpen = isHeldOpen || (isChosen && !choice.isFolded)
  const words = status === null ? customer.statusUntold : status === 'UNKNOWN' && statusText !== null ? statusText : customer.statuses[status]
  return (
    <li className={styles.order} data-chosen={isChosen}>
      <button type="button" className={styles.orderHead} aria-expanded={isOpen} aria-controls={details} onClick={() => { release(); onChoose({ orderId: id, isFolded: isOpen }) }}>
        <span className={styles.orderId}>{id}</span>
        <span className={styles.status} data-status={status}>{words}</span>
        <span className={styles.placed}>
          {placedAt !== null && <time dateTime={placedAt} title={exactly(language, placedAt)}>{dateOf(language, placedAt)}</time>}
          {lines && ` · ${customer.lines(lines.length)}`}
        </span>
        <span className={styles.total}>{total ? formatMoney(tagOf(language), total) : customer.totalUntold}</span>
      </button>
      <div id={details} hidden={!isOpen} className={styles.details}>
        {isOpen && <Lines lines={lines} />}
        {isOpen && <RefundPart order={order} onRefunded={onRefunded} />}
      </div>
    </li>
  )
}

/** A refund of which it is not known whether it was made is not folded away; nor is what became of it, until somebody folds it. */
const useHeldOpen = (id: string) => {
  const isUnsettled = useStore(useConsole().unsettled.all, (all) => all.has(aboutRefund(id)))
  const [isHeld, setHeld] = useState(isUnsettled)
  if (isUnsettled && !isHeld) setHeld(true)
  return { isHeldOpen: isHeld, release: () => setHeld(false) }
}

const RefundPart = ({ order: { id, status, total }, onRefunded }: Pick<OrderRowProps, 'order' | 'onRefunded'>) =>
  <Refund orderId={id} total={total} isOver={isOver(status)} onRefunded={onRefunded} />

const Lines = ({ lines }: { readonly lines: Row['lines'] }) => {
  const { customer } = useWords()
  if (!lines || lines.length === 0) return <p className={styles.empty}>{customer.noLines}</p>
  return (
    <ul className={styles.lines}>
      {lines.map(({ sku, title, quantity }, i) => <li key={`${sku}/${i}`}><span className={styles.quantity}>{customer.times(quantity)}</span><span><bdi>{title}</bdi> <span className={styles.sku}>{sku}</span></span></li>)}
    </ul>
  )
}
