import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useKeys } from '../app/keys.ts'
import { go } from '../app/route.ts'
import { useConsole } from '../console.ts'
import { useNow } from '../kit/clock.ts'
import { useStore } from '../store.ts'
import { useLanguage } from '../words/language.ts'
import { useWords } from '../words/words.ts'
import { extentOf } from './desk.ts'
import type { Extent, InboxDesk } from './desk.ts'
import { heldOrder, listRows } from './inbox.ts'
import type { InboxRow, View } from './inbox.ts'
import styles from './inbox-list.module.css'
import { InboxRowView } from './inbox-row.tsx'
import { take } from './taking.ts'

const rowPx = 68
const nearEndRows = 20

/** In the order of the list; under the pointer nothing moves. */
const useRows = (desk: InboxDesk, view: View, me: string) => {
  const inbox = useStore(desk.inbox, (one) => one)
  const rows = useMemo(() => listRows({ rows: inbox.rows, offered: inbox.offered }, view, me), [inbox.rows, inbox.offered, view, me])
  const [held, setHeld] = useState<readonly string[] | null>(null)
  const shown = useMemo(() => (held === null ? rows : heldOrder(rows, held)), [rows, held])
  return { rows: shown, hold: () => setHeld(shown.map(({ conversation }) => conversation.id)), release: () => setHeld(null) }
}

/** Loads on as the end comes near. */
const useFilling = (desk: InboxDesk, view: View, extent: Extent, isNearEnd: boolean) => {
  useEffect(() => desk.open(view), [desk, view])
  useEffect(() => {
    if (isNearEnd && !extent.isFailed) desk.loadMore(view)
  }, [desk, view, isNearEnd, extent])
}

const openConversation = (id: string) => go({ at: 'INBOX', conversationId: id })

const useMoving = (rows: readonly InboxRow[], at: number, onMove: (to: number) => void) => {
  const move = (by: number) => onMove(Math.max(0, Math.min(rows.length - 1, at + by)))
  const open = () => {
    const row = rows[at]
    if (row) openConversation(row.conversation.id)
  }
  useKeys({ j: () => move(1), k: () => move(-1), o: open, Enter: open })
}

type ListProps = { readonly desk: InboxDesk; readonly view: View; readonly openId: string | null }

/** One list of the inbox: as long as it may be, with rows of one height. */
export const InboxList = ({ desk, view, openId }: ListProps) => {
  const hub = useConsole()
  const words = useWords()
  const language = useLanguage()
  const now = useNow()
  const drafts = useStore(hub.drafts.all, (all) => all)
  const extent = useStore(desk.extents, (all) => extentOf(all, view))
  const { rows, hold, release } = useRows(desk, view, hub.me.id)
  const [at, setAt] = useState(0)
  const scroller = useRef<HTMLDivElement>(null)
  const list = useVirtualizer({
    count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowPx, overscan: 6, directDomUpdates: true, measureElement: () => rowPx,
    getItemKey: useCallback((i: number) => rows[i]?.conversation.id ?? i, [rows]),
  })
  useFilling(desk, view, extent, (list.getVirtualItems().at(-1)?.index ?? 0) > rows.length - nearEndRows)
  useMoving(rows, at, (next) => {
    setAt(next)
    list.scrollToIndex(next)
  })

  return (
    <div ref={scroller} className={styles.scroller} tabIndex={0} role="region" aria-label={words.inbox.list} onPointerEnter={hold} onPointerLeave={release}>
      {rows.length === 0 && <p className={styles.empty}>{extent.isLoading ? words.frame.loading : extent.isFailed ? words.inbox.failed : words.inbox.empty[view.name]}
        {extent.isFailed && <button type="button" onClick={() => desk.loadMore(view)}>{words.frame.again}</button>}</p>}
      <ul ref={list.containerRef} className={styles.list}>
        {list.getVirtualItems().map(({ index, key }) => {
          const row = rows[index]
          return row && (
            <li key={key} ref={list.measureElement} data-index={index} className={styles.item}>
              <InboxRowView
                row={row} isOpen={row.conversation.id === openId} isAt={index === at} waitedMs={Math.max(0, now - Date.parse(row.conversation.openedAt))}
                draft={drafts.get(row.conversation.id)?.text ?? ''} {...{ words, language }} onOpen={openConversation} onTake={(id) => void take(hub, id)}
              />
            </li>
          )
        })}
      </ul>
    </div>
  )
}
