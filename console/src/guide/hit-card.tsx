import { Button } from '@mantine/core'
import { dateOf } from '../kit/dates.ts'
import { useLanguage } from '../words/language.ts'
import { exactly, spanOf } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { segmentsOf } from '../kit/highlights.ts'
import { safeLink } from './links.ts'
import type { Hit } from './readings.ts'
import type { Citing } from './use-citing.ts'
import styles from './guide.module.css'

/** What can be done with what was found. */
export type HitActions = {
  readonly states: ReadonlyMap<string, Citing>
  readonly onInsert: (text: string, articleId: string) => void
  readonly onCite: (articleId: string) => void
  readonly onRead: (article: { readonly id: string; readonly title: string }) => void
}

export const HitCard = ({ hit: { article, passage, highlights, duplicates }, actions }: { readonly hit: Hit; readonly actions: HitActions }) => {
  const { guide } = useWords()
  const { states, onInsert, onCite, onRead } = actions
  const { id, title } = article
  return (
    <li className={styles.hit}>
      <h4 className={styles.hitTitle}><bdi>{title}</bdi></h4>
      <Origin article={article} />
      <p className={styles.passage}>{segmentsOf(passage, highlights).map(({ text, marked }, i) => (marked ? <mark key={i}>{text}</mark> : <span key={i}>{text}</span>))}</p>
      {duplicates.length > 0 && <p className={styles.by}>{guide.alsoIn(duplicates.length)}</p>}
      <div className={styles.buttons}>
        <Button size="compact-xs" aria-label={guide.insertOf(title)} onClick={() => onInsert(passage, id)}>{guide.insert}</Button>
        <Button size="compact-xs" variant="default" aria-label={guide.readOf(title)} onClick={() => onRead(article)}>{guide.read}</Button>
      </div>
      <CitingLine state={states.get(id)} onAgain={() => onCite(id)} />
    </li>
  )
}

const Origin = ({ article: { url, updatedAt, source } }: Pick<Hit, 'article'>) => {
  const { guide } = useWords()
  const language = useLanguage()
  const address = safeLink(url)
  return (
    <p className={styles.by}>
      {address === null ? source.backend : <a href={address} target="_blank" rel="noopener noreferrer" title={guide.elsewhere}>{source.backend}</a>}
      {' · '}<time dateTime={updatedAt} title={exactly(language, updatedAt)}>{guide.updated(dateOf(language, updatedAt))}</time>
      {source.state === 'STALE' && <span className={styles.stale}>{` · ○ ${guide.stale(spanOf(language, source.ageMs))}`}</span>}
    </p>
  )
}

const CitingLine = ({ state, onAgain }: { readonly state: Citing | undefined; readonly onAgain: () => void }) => {
  const { guide } = useWords()
  return (
    <div role="status" className={styles.citing} data-state={state}>
      {state === 'CITING' && guide.citing}
      {state === 'CITED' && guide.cited}
      {state === 'NOT_CITED' && <>{guide.notCited} <button type="button" className={styles.more} onClick={onAgain}>{guide.again}</button></>}
    </div>
  )
}
