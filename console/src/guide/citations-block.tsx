import { useEffect, useMemo } from 'react'
import type { Asking } from '../kit/use-asked.ts'
import { CitationsDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { momentOf } from '../kit/dates.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { CitationGlyph } from './citation-glyph.tsx'
import type { HitActions } from './hit-card.tsx'
import { readCitations } from './readings.ts'
import type { Cited, CitationsBlock as CitationsAnswer } from './readings.ts'
import { useRevision } from './routing-block.tsx'
import { useNotices } from './use-notices.ts'
import styles from './guide.module.css'

const kept = openKept<Asked<CitationsAnswer>>(neverAsked)

/** Asked again when the conversation changes, and when a notice tells that an article of it did. */
export const useCitations = (conversationId: string, revision: number): Asking<CitationsAnswer> => {
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: CitationsDocument, variables: { id: conversationId }, ...sending }), readCitations), [conversationId])
  const asking = useAsked({ kept, key: conversationId, ask, backend: 'knowledge' })
  const { refresh } = asking
  useRevision(revision, refresh)
  const { notices } = useNotices()
  const told = notices.filter((one) => one.conversationId === conversationId).map(({ id, state }) => `${id} ${state}`).join('\n')
  useEffect(() => {
    if (told !== '') refresh()
  }, [told, refresh])
  return asking
}

export const CitationsBlock = ({ asking, actions }: { readonly asking: Asking<CitationsAnswer>; readonly actions: HitActions }) => {
  const { guide } = useWords()
  return (
    <Block title={guide.citations} asking={asking} lines={3} missing={guide.nothingYet}>
      {({ citations }) => citations.length === 0
        ? <p className={styles.empty}>{guide.noCitations}</p>
        : <ul className={styles.plain}>{citations.map((one) => <Citation key={one.id} citation={one} actions={actions} />)}</ul>}
    </Block>
  )
}

const Citation = ({ citation: { articleId, title, citedAt, state }, actions }: { readonly citation: Cited; readonly actions: HitActions }) => {
  const { guide } = useWords()
  const language = useLanguage()
  return (
    <li className={styles.citation} data-state={state}>
      <button type="button" className={styles.citationTitle} disabled={state === 'GONE'} onClick={() => actions.onRead({ id: articleId, title })}><bdi>{title}</bdi></button>
      <p className={styles.by}>
        <span className={styles.citationState} data-state={state}><CitationGlyph state={state} /> {guide.citationStates[state]}</span>
        {' · '}<time dateTime={citedAt} title={exactly(language, citedAt)}>{guide.citedAt(momentOf(language, citedAt))}</time>
      </p>
      {state === 'CHANGED' && <button type="button" className={styles.more} onClick={() => actions.onCite(articleId)}>{guide.citeAnew}</button>}
    </li>
  )
}
