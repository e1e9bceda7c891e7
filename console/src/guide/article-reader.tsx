import { Modal } from '@mantine/core'
import { lazy, Suspense, useMemo } from 'react'
import { ArticleDocument } from '../../gql/graphql.ts'
import { askFor } from '../kit/ask-for.ts'
import { Block, Skeleton } from '../kit/block.tsx'
import { dateOf } from '../kit/dates.ts'
import { neverAsked } from '../kit/freshness-words.ts'
import type { Asked } from '../kit/freshness-words.ts'
import { openKept } from '../kit/kept.ts'
import { useAsked } from '../kit/use-asked.ts'
import { useLanguage } from '../words/language.ts'
import { exactly } from '../words/times.ts'
import { useWords } from '../words/words.ts'
import { safeLink } from './links.ts'
import { readArticle } from './readings.ts'
import type { Article, ArticleBlock } from './readings.ts'
import styles from './guide.module.css'

/** The renderer of Markdown is fetched when the first article is opened. */
const ArticleText = lazy(() => import('./article-text.tsx'))

const kept = openKept<Asked<ArticleBlock>>(neverAsked, 20)

export type ArticleReaderProps = {
  /** Null while none is read. */
  readonly articleId: string | null
  /** As it is called where it was chosen. */
  readonly title: string
  readonly onClose: () => void
}

export const ArticleReader = ({ articleId, title, onClose }: ArticleReaderProps) => {
  const { frame } = useWords()
  return (
    <Modal opened={articleId !== null} onClose={onClose} size="lg" title={<bdi className={styles.readerTitle}>{title}</bdi>} closeButtonProps={{ 'aria-label': frame.close }} transitionProps={{ duration: 0 }}>
      {articleId !== null && <Reading key={articleId} articleId={articleId} />}
    </Modal>
  )
}

export const sourceOf = (articleId: string): string => articleId.slice(0, Math.max(0, articleId.indexOf(':')))

const Reading = ({ articleId }: { readonly articleId: string }) => {
  const { guide } = useWords()
  const ask = useMemo(() => askFor((client, sending) => client.query({ query: ArticleDocument, variables: { id: articleId }, ...sending }), readArticle), [articleId])
  const asking = useAsked({ kept, key: articleId, ask, backend: sourceOf(articleId) })
  return (
    <Block title={guide.article} aside={guide.from(sourceOf(articleId))} asking={asking} lines={12} missing={guide.nothingYet}>
      {({ article }) => (article ? <Text article={article} /> : <p className={styles.empty}>{guide.articleGone}</p>)}
    </Block>
  )
}

const Text = ({ article: { title, body, url, revision, updatedAt, author } }: { readonly article: Article }) => {
  const { guide } = useWords()
  const language = useLanguage()
  const address = safeLink(url)
  return (
    <>
      <p className={styles.by}>
        <bdi>{title}</bdi> · <time dateTime={updatedAt} title={exactly(language, updatedAt)}>{guide.updated(dateOf(language, updatedAt))}</time> · {guide.revision(revision)}
        {author !== null && <> · <bdi>{guide.author(author)}</bdi></>}
        {address !== null && <> · <a href={address} target="_blank" rel="noopener noreferrer">{guide.elsewhere}</a></>}
      </p>
      <Suspense fallback={<Skeleton lines={10} isSeen={false} />}><ArticleText body={body} /></Suspense>
    </>
  )
}
