import { useMemo } from 'react'
import { OrderShipmentsDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { dayOf, exactly, timeOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { readShipments } from './readings.ts'
import type { ShipmentRow, ShipmentsBlock as ShipmentsAnswer } from './readings.ts'
import styles from './customer.module.css'

const kept = openKept<Asked<ShipmentsAnswer>>(neverAsked)

export const ShipmentsBlock = ({ orderId }: { readonly orderId: string }) => {
  const { customer } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: OrderShipmentsDocument, variables: { id: orderId }, ...sending }), readShipments), [orderId])
  const asking = useAsked({ kept, key: orderId, ask, backend: 'logistics' })
  return (
    <Block title={customer.shipments} aside={customer.shipmentsOf(orderId)} asking={asking} lines={6} missing={customer.nothingYet}>
      {({ rows }) => (
        <>
          {rows.length === 0 && <p className={styles.empty}>{customer.noShipments}</p>}
          {rows.map((row, i) => (row ? <Shipment key={row.id} shipment={row} /> : <p key={i} className={styles.lost}>{customer.rowLost}</p>))}
        </>
      )}
    </Block>
  )
}

const newestEvents = 3

const Shipment = ({ shipment: { carrier, trackingNumber, status, statusText, estimatedDelivery, events } }: { readonly shipment: ShipmentRow }) => {
  const { customer } = useWords()
  const language = useLanguage()
  const earlier = events.slice(newestEvents)
  return (
    <article className={styles.shipment}>
      <p className={styles.parcel}>
        <span className={styles.status} data-status={status}>{status === 'UNKNOWN' && statusText !== null ? statusText : customer.shipmentStatuses[status]}</span>
        {estimatedDelivery !== null && status !== 'DELIVERED' && <time className={styles.placed} dateTime={estimatedDelivery} title={exactly(language, estimatedDelivery)}>{customer.expected(dayOf(language, estimatedDelivery))}</time>}
      </p>
      <p className={styles.by}><bdi>{carrier}</bdi> <span className={styles.sku} title={customer.track}>{trackingNumber}</span></p>
      {events.length === 0 ? <p className={styles.empty}>{customer.noEvents}</p> : <Timeline events={events.slice(0, newestEvents)} />}
      {earlier.length > 0 && <details className={styles.fold}><summary>{customer.earlierEvents(earlier.length)}</summary><Timeline events={earlier} /></details>}
    </article>
  )
}

/** The newest first. */
const Timeline = ({ events }: { readonly events: ShipmentRow['events'] }) => {
  const language = useLanguage()
  return (
    <ol className={styles.timeline}>
      {events.map(({ occurredAt, place, description }, i) => (
        <li key={`${occurredAt}/${i}`}>
          <p className={styles.event}>{description}</p>
          <p className={styles.by}><time dateTime={occurredAt} title={exactly(language, occurredAt)}>{dayOf(language, occurredAt)} {timeOf(language, occurredAt)}</time>{place !== '' && ` · ${place}`}</p>
        </li>
      ))}
    </ol>
  )
}
