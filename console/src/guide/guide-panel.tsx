import { useMemo, useState } from 'react'
import { useWords } from '../words/words.ts'
import { ArticleReader } from './article-reader.tsx'
import { CitationsBlock, useCitations } from './citations-block.tsx'
import type { HitActions } from './hit-card.tsx'
import { KnowledgeSearch } from './knowledge-search.tsx'
import { PassagesBlock } from './passages-block.tsx'
import { RoutingBlock } from './routing-block.tsx'
import { useCiting } from './use-citing.ts'
import styles from './guide.module.css'

export type GuidePanelProps = {
  readonly conversationId: string
  /** Whoever shows the panel makes it another number when the conversation has changed, and the panel asks again. */
  readonly revision?: number
  readonly onInsert: (text: string, articleId: string | null) => void
}

/** Why a conversation is where it is, and what knowledge says to it. */
export const GuidePanel = ({ conversationId, revision = 0, onInsert }: GuidePanelProps) =>
  <Parts key={conversationId} conversationId={conversationId} revision={revision} onInsert={onInsert} />

const Parts = ({ conversationId, revision, onInsert }: Required<GuidePanelProps>) => {
  const { guide } = useWords()
  const [read, setRead] = useState<{ readonly id: string; readonly title: string } | null>(null)
  const citations = useCitations(conversationId, revision)
  const { states, cite } = useCiting(conversationId, citations.refresh)
  const actions = useMemo<HitActions>(() => ({
    states,
    onInsert: (text, articleId) => {
      onInsert(text, articleId)
      void cite(articleId)
    },
    onCite: (articleId) => void cite(articleId),
    onRead: setRead,
  }), [states, cite, onInsert])
  return (
    <aside className={styles.panel} aria-label={guide.title}>
      <RoutingBlock conversationId={conversationId} revision={revision} />
      <PassagesBlock conversationId={conversationId} revision={revision} actions={actions} />
      <KnowledgeSearch actions={actions} />
      <CitationsBlock asking={citations} actions={actions} />
      <ArticleReader articleId={read?.id ?? null} title={read?.title ?? ''} onClose={() => setRead(null)} />
    </aside>
  )
}
