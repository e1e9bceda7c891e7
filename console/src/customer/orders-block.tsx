import { useEffect, useMemo, useState } from 'react'
import { CustomerOrdersDocument, OneOrderDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useWords } from '../words/words.ts'
import { OrderRow } from './order-row.tsx'
import type { Choice } from './order-row.tsx'
import { readOrder, readOrders } from './readings.ts'
import type { OrderBlock, OrdersBlock as OrdersAnswer } from './readings.ts'
import styles from './customer.module.css'

const kept = openKept<Asked<OrdersAnswer>>(neverAsked)
const keptOne = openKept<Asked<OrderBlock>>(neverAsked)

const firstPage = 5
const pageStep = 15
const mostRows = 100

export type OrdersBlockProps = {
  readonly customerId: string
  readonly choice: Choice
  readonly onChoose: (choice: Choice) => void
  /** Which are there, the newest first, once that is known. */
  readonly onRows: (ids: readonly string[]) => void
}

export const OrdersBlock = ({ customerId, choice, onChoose, onRows }: OrdersBlockProps) => {
  const { customer } = useWords()
  const [first, setFirst] = useState(firstPage)
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: CustomerOrdersDocument, variables: { id: customerId, first }, ...sending }), readOrders), [customerId, first])
  const asking = useAsked({ kept, key: customerId, ask, backend: 'orders' })
  const { refresh, asked } = asking
  const answer = asked.answer?.value
  useEffect(() => {
    if (first > firstPage) refresh()
  }, [first, refresh])
  useEffect(() => {
    if (answer) onRows(answer.rows.flatMap((row) => (row ? [row.id] : [])))
  }, [answer, onRows])
  const total = answer?.total ?? null
  return (
    <Block title={customer.orders} aside={!total || !answer ? undefined : customer.ordersOf(answer.rows.length, total)} asking={asking} lines={10} missing={customer.nothingYet}>
      {({ rows, hasMore }) => (
        <>
          {rows.length === 0 && <p className={styles.empty}>{customer.noOrders}</p>}
          <ul className={styles.orders}>
            {rows.map((row, i) => (row ? <OrderRow key={row.id} order={row} choice={choice} onChoose={onChoose} onRefunded={refresh} /> : <li key={i} className={styles.lost}>{customer.rowLost}</li>))}
          </ul>
          {hasMore && rows.length < mostRows && <button type="button" className={styles.more} onClick={() => setFirst((was) => Math.min(mostRows, was + pageStep))}>{customer.moreOrders}</button>}
        </>
      )}
    </Block>
  )
}

export type AboutOrderProps = { readonly orderId: string; readonly choice: Choice; readonly onChoose: (choice: Choice) => void }

/** The order of the conversation, where it is not among the customer's newest. */
export const AboutOrder = ({ orderId, choice, onChoose }: AboutOrderProps) => {
  const { customer } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: OneOrderDocument, variables: { id: orderId }, ...sending }), readOrder), [orderId])
  const asking = useAsked({ kept: keptOne, key: orderId, ask, backend: 'orders' })
  return (
    <Block title={customer.aboutOrder} asking={asking} lines={2} missing={customer.nothingYet}>
      {({ order }) => (order
        ? <ul className={styles.orders}><OrderRow order={order} choice={choice} onChoose={onChoose} onRefunded={asking.refresh} /></ul>
        : <p className={styles.empty}>{customer.noSuchOrder(orderId)}</p>)}
    </Block>
  )
}
