import { useEffect, useMemo, useRef } from 'react'
import { RoutingDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block } from '../kit/block.tsx'
import { momentOf } from '../kit/dates.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { tagOf, useLanguage } from '../words/language.ts'
import type { Language } from '../words/language.ts'
import { dayOf, exactly, timeOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { readRouting } from './readings.ts'
import type { Decision, RoutingBlock as RoutingAnswer } from './readings.ts'
import styles from './guide.module.css'

const kept = openKept<Asked<RoutingAnswer>>(neverAsked)

/** The conversation has changed since. */
export const useRevision = (revision: number, refresh: () => void) => {
  const before = useRef(revision)
  useEffect(() => {
    if (before.current !== revision) refresh()
    before.current = revision
  }, [revision, refresh])
}

export const RoutingBlock = ({ conversationId, revision }: { readonly conversationId: string; readonly revision: number }) => {
  const { guide } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: RoutingDocument, variables: { id: conversationId }, ...sending }), readRouting), [conversationId])
  const asking = useAsked({ kept, key: conversationId, ask, backend: 'routing' })
  useRevision(revision, asking.refresh)
  return (
    <Block title={guide.routing} asking={asking} lines={6} missing={guide.nothingYet}>
      {(found) => found.is === 'ROUTED' ? <DecisionText decision={found.decision} /> : <p className={styles.empty}>{found.is === 'MISSING' ? guide.missing : guide.notRouted}</p>}
    </Block>
  )
}

const percent = (language: Language, score: number) => new Intl.NumberFormat(tagOf(language), { style: 'percent', maximumFractionDigits: 0 }).format(Math.min(1, Math.max(0, score)))

/** As it is written in the examples: `wrong-parcel` and `wrong_parcel` are a wrong parcel. */
const spoken = (name: string) => name.replace(/[-_]+/g, ' ').trim() || name

const DecisionText = ({ decision: { intent, department, fallback, reasons, alternatives, rulesVersion, decidedAt } }: { readonly decision: Decision }) => {
  const { guide } = useWords()
  const language = useLanguage()
  return (
    <>
      <p className={styles.intent}>
        {intent ? <><bdi>{guide.intent(spoken(intent.name))}</bdi> <span className={styles.score}>{guide.sure(percent(language, intent.score))}</span></> : guide.noIntent}
      </p>
      <p className={styles.department}><bdi>{guide.department(department.name ?? department.path)}</bdi> <span className={styles.score}>{openText(department, guide, language)}</span></p>
      {fallback && <p className={styles.fallback}>{guide.fallback}</p>}
      {reasons.length > 0 && <><h4 className={styles.subtitle}>{guide.reasons}</h4><ol className={styles.reasons}>{reasons.map((reason, i) => <li key={i}>{reason}</li>)}</ol></>}
      {alternatives.length > 0 && (
        <details className={styles.fold}>
          <summary>{guide.alternatives(alternatives.length)}</summary>
          <ul className={styles.plain}>{alternatives.map(({ name, score }, i) => <li key={i} className={styles.alternative}><bdi>{spoken(name)}</bdi><span className={styles.score}>{percent(language, score)}</span></li>)}</ul>
        </details>
      )}
      <p className={styles.by}><time dateTime={decidedAt} title={exactly(language, decidedAt)}>{guide.decided(momentOf(language, decidedAt), rulesVersion.slice(0, 12))}</time></p>
    </>
  )
}

const openText = ({ open, opensAt }: Decision['department'], guide: ReturnType<typeof useWords>['guide'], language: Language): string => {
  if (open === null) return guide.openUntold
  if (open) return guide.open
  return opensAt === null ? guide.closed : guide.closedUntil(`${dayOf(language, opensAt)} ${timeOf(language, opensAt)}`)
}
