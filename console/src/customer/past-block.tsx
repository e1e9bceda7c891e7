import { useEffect, useMemo, useState } from 'react'
import { PastConversationsDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { dateOf } from '../kit/dates.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { readPast } from './readings.ts'
import type { PastBlock as PastAnswer } from './readings.ts'
import styles from './customer.module.css'

const kept = openKept<Asked<PastAnswer>>(neverAsked)

const firstPage = 5
const pageStep = 15
const mostRows = 100

export const PastBlock = ({ customerId, onOpen }: { readonly customerId: string; readonly onOpen: (conversationId: string) => void }) => {
  const { customer, inbox } = useWords()
  const language = useLanguage()
  const [first, setFirst] = useState(firstPage)
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: PastConversationsDocument, variables: { id: customerId, first }, ...sending }), readPast), [customerId, first])
  const asking = useAsked({ kept, key: customerId, ask, backend: 'chat' })
  const { refresh } = asking
  useEffect(() => {
    if (first > firstPage) refresh()
  }, [first, refresh])
  return (
    <Block title={customer.past} asking={asking} lines={4} missing={customer.nothingYet}>
      {({ rows, hasMore }) => (
        <>
          {rows.length === 0 && <p className={styles.empty}>{customer.noPast}</p>}
          <ul className={styles.past}>
            {rows.map(({ id, subject, status, lastActivityAt, agent }) => (
              <li key={id}>
                <button type="button" className={styles.pastRow} onClick={() => onOpen(id)}>
                  <span className={styles.subject}><bdi>{subject ?? customer.untitled}</bdi></span>
                  <span className={styles.by}>
                    {inbox.statuses[status]} · <time dateTime={lastActivityAt} title={exactly(language, lastActivityAt)}>{dateOf(language, lastActivityAt)}</time>{agent && <> · <bdi>{agent.displayName}</bdi></>}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {hasMore && rows.length < mostRows && <button type="button" className={styles.more} onClick={() => setFirst((was) => Math.min(mostRows, was + pageStep))}>{customer.morePast}</button>}
        </>
      )}
    </Block>
  )
}
