import { useCallback, useState } from 'react'
import { useWords } from '../words/words.ts'
import type { Choice } from './order-row.tsx'
import { AboutOrder, OrdersBlock } from './orders-block.tsx'
import { PastBlock } from './past-block.tsx'
import { ProfileBlock } from './profile-block.tsx'
import { ShipmentsBlock } from './shipments-block.tsx'
import styles from './customer.module.css'

export type CustomerPanelProps = {
  /** Null for a visitor whom no backend knows. */
  readonly customerId: string | null
  /** The order that the conversation is about. */
  readonly orderId: string | null
  readonly onOpen: (conversationId: string) => void
}

/** A customer out of every system, each part as fresh as its own system lets it be. */
export const CustomerPanel = ({ customerId, orderId, onOpen }: CustomerPanelProps) => (
  <Parts key={`${customerId ?? ''}/${orderId ?? ''}`} customerId={customerId} orderId={orderId} onOpen={onOpen} />
)

/** As long as it is not known which orders there are, the one of the conversation is not missing. */
const sameIds = (a: readonly string[] | null, b: readonly string[]) => a?.length === b.length && a.every((id, i) => id === b[i])

const Parts = ({ customerId, orderId, onOpen }: CustomerPanelProps) => {
  const { customer } = useWords()
  const [choice, setChoice] = useState<Choice>({ orderId, isFolded: true })
  const [newest, setNewest] = useState<readonly string[] | null>(null)
  const onRows = useCallback((ids: readonly string[]) => setNewest((was) => (sameIds(was, ids) ? was : ids)), [])
  const shown = choice.orderId ?? newest?.[0] ?? null
  const chosen = { ...choice, orderId: shown }
  const isElsewhere = orderId !== null && (customerId === null || (newest !== null && !newest.includes(orderId)))
  return (
    <aside className={styles.panel} aria-label={customer.title}>
      {customerId === null ? <p className={styles.anonymous}>{customer.anonymous}</p> : <ProfileBlock customerId={customerId} />}
      {isElsewhere && <AboutOrder orderId={orderId} choice={chosen} onChoose={setChoice} />}
      {customerId !== null && <OrdersBlock customerId={customerId} choice={chosen} onChoose={setChoice} onRows={onRows} />}
      {shown !== null && <ShipmentsBlock key={shown} orderId={shown} />}
      {customerId !== null && <PastBlock customerId={customerId} onOpen={onOpen} />}
    </aside>
  )
}
