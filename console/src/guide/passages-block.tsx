import { useMemo } from 'react'
import { PassagesDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useWords } from '../words/words.ts'
import { HitCard } from './hit-card.tsx'
import type { HitActions } from './hit-card.tsx'
import { readPassages } from './readings.ts'
import type { PassagesBlock as PassagesAnswer } from './readings.ts'
import { useRevision } from './routing-block.tsx'
import styles from './guide.module.css'

const kept = openKept<Asked<PassagesAnswer>>(neverAsked)

export const PassagesBlock = ({ conversationId, revision, actions }: { readonly conversationId: string; readonly revision: number; readonly actions: HitActions }) => {
  const { guide } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: PassagesDocument, variables: { id: conversationId }, ...sending }), readPassages), [conversationId])
  const asking = useAsked({ kept, key: conversationId, ask, backend: 'knowledge' })
  useRevision(revision, asking.refresh)
  const source = asking.asked.answer?.value.chosen?.source
  return (
    <Block title={guide.passages} aside={source === undefined ? undefined : guide.from(source)} asking={asking} lines={8} missing={guide.nothingYet}>
      {({ chosen }) => {
        if (!chosen) return <p className={styles.empty}>{guide.noSource}</p>
        if (chosen.hits.length === 0) return <p className={styles.empty}>{guide.noPassages}</p>
        return <ul className={styles.plain}>{chosen.hits.map((hit, i) => <HitCard key={`${hit.article.id}/${i}`} hit={hit} actions={actions} />)}</ul>
      }}
    </Block>
  )
}
