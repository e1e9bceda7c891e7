import { TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useEffect, useId, useMemo, useRef, useState } from 'react'
import { SearchKnowledgeDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { useNow } from '../kit/clock.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { spanOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { HitCard } from './hit-card.tsx'
import type { HitActions } from './hit-card.tsx'
import { readSearch } from './readings.ts'
import type { Search } from './readings.ts'
import styles from './guide.module.css'

const pauseMs = 250
const longestText = 500

/** Asks once somebody pauses; while an input method composes, nothing is meant yet. */
export const KnowledgeSearch = ({ actions }: { readonly actions: HitActions }) => {
  const { guide } = useWords()
  const [typed, setTyped] = useState('')
  const [meant, setMeant] = useState('')
  const [text] = useDebouncedValue(meant.trim(), pauseMs)
  const heading = useId()
  return (
    <section className={styles.search} aria-labelledby={heading}>
      <TextInput
        id={heading} type="search" size="sm" label={guide.search} placeholder={guide.searchHint} maxLength={longestText} value={typed} autoComplete="off" data-knowledge-search
        onChange={({ currentTarget: { value }, nativeEvent }) => {
          setTyped(value)
          if (!('isComposing' in nativeEvent && nativeEvent.isComposing === true)) setMeant(value)
        }}
        onCompositionEnd={({ currentTarget: { value } }) => setMeant(value)}
      />
      {text !== '' && <Results text={text} actions={actions} />}
    </section>
  )
}

const kept = openKept<Asked<Search>>(neverAsked, 20)

const Results = ({ text, actions }: { readonly text: string; readonly actions: HitActions }) => {
  const { guide } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: SearchKnowledgeDocument, variables: { text }, ...sending }), readSearch), [text])
  const own = useAsked({ kept, key: text, ask, backend: 'knowledge' })
  // What was found before stays until there is something else to see.
  const before = useRef(own.asked.answer)
  useEffect(() => {
    if (own.asked.answer) before.current = own.asked.answer
  }, [own.asked.answer])
  const asking = own.asked.answer || own.asked.silent ? own : { ...own, asked: { ...own.asked, answer: before.current } }
  const { answer } = own.asked
  return (
    <>
      <p role="status" className="out-of-sight">{answer ? guide.found(answer.value.hits.length) : ''}</p>
      <Block title={answer ? guide.found(answer.value.hits.length) : guide.search} asking={asking} lines={8} missing={guide.nothingYet}>
        {({ hits, silentSources }) => (
          <>
            {silentSources.length > 0 && <SilentSources sources={silentSources} since={answer?.at ?? null} onAgain={own.refresh} />}
            <ul className={styles.plain}>{hits.map((hit) => <HitCard key={hit.article.id} hit={hit} actions={actions} />)}</ul>
          </>
        )}
      </Block>
    </>
  )
}

const shortestPauseMs = 2_000

type SilentProps = { readonly sources: Search['silentSources']; readonly since: number | null; readonly onAgain: () => void }

/** Which sources have not answered, when they are tried again, and the trying. */
const SilentSources = ({ sources, since, onAgain }: SilentProps) => {
  const { guide } = useWords()
  const language = useLanguage()
  useNow()
  const told = sources.flatMap(({ retryAfterMs }) => (retryAfterMs === null ? [] : [retryAfterMs]))
  const soonest = told.length > 0 ? Math.min(...told) : null
  const due = soonest === null || since === null ? null : since + Math.max(shortestPauseMs, soonest)
  useEffect(() => {
    if (due === null) return
    const timer = setTimeout(onAgain, Math.max(0, due - performance.now()))
    return () => clearTimeout(timer)
  }, [due, onAgain])
  const leftOf = (retryAfterMs: number) => spanOf(language, Math.max(0, (since ?? 0) + Math.max(shortestPauseMs, retryAfterMs) - performance.now()))
  return (
    <ul className={styles.silent}>
      {sources.map(({ name, retryAfterMs }) => <li key={name}>{guide.silent(name)}{retryAfterMs !== null && since !== null && ` · ${guide.nextTry(leftOf(retryAfterMs))}`}</li>)}
    </ul>
  )
}
