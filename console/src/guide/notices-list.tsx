import { Button } from '@mantine/core'
import { useState } from 'react'
import { useWords } from '../words/words.ts'
import { ArticleReader } from './article-reader.tsx'
import { CitationGlyph } from './citation-glyph.tsx'
import type { Notice } from './notices.ts'
import { useNotices } from './use-notices.ts'
import styles from './guide.module.css'

export type NoticesProps = {
  /** Opens the conversation in which it was cited. */
  readonly onOpen: (conversationId: string) => void
}

/** Tells who cited an article that it changed, or is gone. Nothing is shown while there is nothing to tell. */
export const Notices = ({ onOpen }: NoticesProps) => {
  const { guide } = useWords()
  const { notices, dismiss } = useNotices()
  const [read, setRead] = useState<Notice | null>(null)
  const [failed, setFailed] = useState<string | null>(null)
  return (
    <section aria-label={guide.notices} aria-live="polite" className={styles.notices} hidden={notices.length === 0}>
      {notices.length > 0 && <h3 className={styles.noticesTitle}>{guide.notices}</h3>}
      <ul className={styles.plain}>
        {notices.map((notice) => (
          <li key={notice.id} className={styles.notice}>
            <p className={styles.noticeText}><CitationGlyph state={notice.state} /> <bdi>{notice.title}</bdi> {guide.noticeOf[notice.state]}</p>
            {failed === notice.id && <p role="alert" className={styles.trouble}>{guide.dismissFailed}</p>}
            <div className={styles.buttons}>
              {notice.state !== 'GONE' && <Button size="compact-xs" variant="default" aria-label={guide.readOf(notice.title)} onClick={() => setRead(notice)}>{guide.read}</Button>}
              <Button size="compact-xs" variant="default" onClick={() => onOpen(notice.conversationId)}>{guide.toConversation}</Button>
              <Button size="compact-xs" variant="subtle" aria-label={guide.dismissOf(notice.title)} onClick={() => void dismiss(notice.id).then((isDone) => setFailed(isDone ? null : notice.id))}>{guide.dismiss}</Button>
            </div>
          </li>
        ))}
      </ul>
      <ArticleReader articleId={read?.articleId ?? null} title={read?.title ?? ''} onClose={() => setRead(null)} />
    </section>
  )
}
